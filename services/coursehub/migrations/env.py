"""What Alembic runs: our tables' metadata over a connection that we give it."""

from alembic import context
from sqlmodel import SQLModel

from coursehub import model

assert model.__all__, "the tables must be imported before their metadata is read"  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
