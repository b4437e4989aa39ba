"""The migrations make the tables that the models describe."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from coursehub import migrations, model
from coursehub.errors import Conflict
from coursehub.model.course import CourseContext
from coursehub.model.grading import LineItem
from coursehub.model.institution import Institution
from coursehub.store import EVERYONE, Store

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ONE: dict[str, dict[str, object]] = {
    "institution": {"id": 1},
    "platform": {"id": 1, "institution_id": 1, "state": "ACTIVE"},
    "course": {"id": 1, "institution_id": 1, "dropped_servers": "STOP"},
    "coursecontext": {
        "id": 1,
        "institution_id": 1,
        "course_id": 1,
        "platform_id": 1,
        "context_id": "c1",
    },
    "assignment": {"id": 1, "institution_id": 1, "course_id": 1},
    "lineitem": {"id": 1, "institution_id": 1, "assignment_id": 1, "context_id": 1},
}
"""A row of each of these tables; what is not said is as empty as its column may be."""


def put(connection: Connection, name: str) -> None:
    """The row of that table, in the shape that the database has now."""
    table = Table(name, MetaData(), autoload_with=connection)
    empty = {str: "", int: 0, float: 0.0, bool: False, datetime: NOON}
    filler = {
        column.name: empty[column.type.python_type]
        for column in table.columns
        if not column.nullable and column.name not in ONE[name]
    }
    connection.execute(table.insert().values({**filler, **ONE[name]}))


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


def test_rows_of_an_older_shape_are_there_in_the_newest(database_url: str) -> None:
    """A table that others refer to is made anew by SQLite when it changes."""
    store = Store(database_url)
    migrations.upgrade(store.engine, "0001")
    with store.engine.begin() as connection:
        for name in ONE:
            put(connection, name)
    migrations.upgrade(store.engine)
    with store.reading(EVERYONE) as session:
        (item,) = session.exec(select(LineItem)).all()
        context = session.get_one(CourseContext, item.context_id)
        assert (context.context_id, context.deployment_id) == ("c1", "")
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text("DELETE FROM coursecontext"))
    store.close()


def test_a_broken_database_is_left_as_it_was(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'broken.sqlite'}")
    migrations.upgrade(store.engine, "0001")
    loose = create_engine(store.url)  # without foreign keys, as SQLite has it by itself
    with loose.begin() as connection:
        put(connection, "lineitem")
    with pytest.raises(Conflict, match="left as it was"):
        migrations.upgrade(store.engine)
    columns = {column["name"] for column in inspect(store.engine).get_columns("coursecontext")}
    assert "deployment_id" not in columns
    store.close()
    loose.dispose()
