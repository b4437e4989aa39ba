"""The migrations make the tables that the models describe."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from coursehub import migrations, model
from coursehub.model.institution import Institution
from coursehub.store import EVERYONE, Store


@pytest.fixture
def migrated(database_url: str) -> Iterator[Store]:
    assert model.__all__
    store = Store(database_url)
    migrations.upgrade(store.engine)
    yield store
    store.close()


def test_from_nothing_to_the_newest_shape_is_the_models_shape(migrated: Store) -> None:
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_second_upgrade_keeps_everything(migrated: Store) -> None:
    with migrated.writing(EVERYONE) as session:
        session.add(Institution(slug="n", name="N"))
    migrations.upgrade(migrated.engine)
    with migrated.reading(EVERYONE) as session:
        assert session.get(Institution, 1) is not None
    assert set(SQLModel.metadata.tables) < set(inspect(migrated.engine).get_table_names())
