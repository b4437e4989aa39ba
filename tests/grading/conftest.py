from collections.abc import Iterator

import pytest
from sqlmodel import SQLModel

from coursehub.store import Store
from tests.databases import database_url  # noqa: F401  # a fixture
from tests.grading.campus import Campus


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:  # noqa: F811  # the fixture, by its name
    store = Store(database_url)
    SQLModel.metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def campus(store: Store) -> Campus:
    return Campus(store)
