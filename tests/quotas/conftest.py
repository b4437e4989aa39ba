from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import SQLModel

import coursehub.model  # noqa: F401  # its tables are what create_all creates
from coursehub.settings import Settings
from coursehub.store import Store
from tests.databases import database_url  # noqa: F401  # a fixture
from tests.quotas.campus import Campus


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", hub_token=SecretStr("the-hubs-own-secret"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:  # noqa: F811  # pytest's way to name it
    store = Store(database_url)
    SQLModel.metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def campus(store: Store, settings: Settings) -> Campus:
    return Campus(store, settings)
