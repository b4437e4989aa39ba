"""What Alembic runs: our tables' metadata over a connection that we give it."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

from coursehub import model
from coursehub.model.columns import AsJson, Lines, UtcDateTime

assert model.__all__, "the tables must be imported before their metadata is read"  # noqa: S101


def plain(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Our column types as SQLAlchemy's own, so that a migration needs no code of today's."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AsJson):
        return "sa.JSON()"
    if kind == "type" and isinstance(item, AutoString | Lines):
        return "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    compare_type=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
