"""The database's shape over time (Alembic), inside the wheel."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from coursehub.errors import Conflict


def upgrade(engine: Engine, revision: str = "head") -> None:
    """
    The database brought to the newest shape, whole or not at all.

    Nothing happens when it has it already.
    """
    with engine.connect() as connection, _free_to_rebuild(connection), connection.begin():
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        _check_references(connection)


def configuration() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


@contextmanager
def _free_to_rebuild(connection: Connection) -> Iterator[None]:
    """
    A connection on which a table that others refer to may be made anew.

    SQLite alters a table so, and would take the old one's end for the end of
    all its rows. The pragma counts outside a transaction alone, so it goes
    past SQLAlchemy, which would begin one (SQLite documentation, "ALTER
    TABLE", 7).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.driver_connection
    assert raw is not None, "a connection that is open has its driver's"  # noqa: S101
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    """Nothing; Conflict, and so no change at all, where a row would refer to none."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Conflict(
            "database-broken",
            "The database's rows do not fit together, so it was left as it was. Restore its "
            "latest copy, or report this with the file.",
        )
