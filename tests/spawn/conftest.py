from collections.abc import Iterator

import pytest

from tests.spawn.far_side import FarSide, far_side


@pytest.fixture
def service() -> Iterator[FarSide]:
    with far_side() as service:
        yield service
