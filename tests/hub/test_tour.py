"""A whole class on real parts, from the first launch to the cost per student."""

import pytest

from demo.steps import STEPS
from tests.hub.conftest import Played

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]


def test_a_whole_class_can_be_played(played: Played) -> None:
    failed = [str(outcome) for outcome in played.outcomes if not outcome.ok]
    assert not failed
    assert len(played.outcomes) == len(STEPS)
