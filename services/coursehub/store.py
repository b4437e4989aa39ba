"""
One session, one transaction, one tenant.

Every row that belongs to an institution carries its key, and a session sees
one institution's rows alone, whatever the query says. Work that is rightly
across institutions (a launch before its platform is known, the Hub's spawns,
the schedule) says so with `EVERYONE`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, create_engine, event, insert, text
from sqlalchemy.orm import ORMExecuteState, attributes, with_loader_criteria
from sqlmodel import Session

from coursehub.errors import Refused, Unreachable
from coursehub.model.institution import InstitutionId, TenantOwned

BULK: Final = 1000
"""Rows in one statement: fewer than the variables that either database takes."""
LONGEST_TURN_S: Final = 30.0
"""Longest wait of a thread for its turn to write."""


class Everyone:
    """The mark of work across institutions."""


EVERYONE: Final = Everyone()
Tenant = InstitutionId | Everyone
Item = TypeVar("Item")


class Store:
    """The database: SQLite (WAL) or PostgreSQL behind the same two calls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._turn = Lock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self, tenant: Tenant) -> Iterator[Session]:
        """A session that writes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            _bind(session, tenant)
            yield session

    @contextmanager
    def writing(self, tenant: Tenant) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by any error."""
        with self._in_turn():
            connection = self.engine.connect().execution_options(coursehub_writes=True)
            with connection, Session(connection, expire_on_commit=False) as session:
                _bind(session, tenant)
                with session.begin():
                    yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """
        This thread's turn to write, where the database has one writer at a time.

        SQLite lets those who wait sleep and try again, up to 0.1 s each time,
        and serves them in no order: of fifty threads some would starve.
        """
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=LONGEST_TURN_S):
            raise Unreachable("database-busy", "The database is busy; try again in a minute.")
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def insert_all(
    session: Session, table: type[TenantOwned], rows: Iterable[Mapping[str, Any]]
) -> None:
    """
    Nothing; the rows are in the table, what they leave out as the model has it by default.

    For ever so many: a thousand at a time, without an object for each. Refused
    where one is another institution's, as with objects.
    """
    tenant = session.info.get("institution_id")
    fields = {name: field for name, field in table.model_fields.items() if name != "id"}
    given = {
        name: field.get_default(call_default_factory=True)
        for name, field in fields.items()
        if not field.is_required()
    }
    session.flush()
    number = 0
    for some in in_bulk(rows):
        chunk = [{**given, **row} for row in some]
        if tenant is not None and any(row["institution_id"] != tenant for row in chunk):
            raise _another()
        session.connection().execute(insert(table), chunk)
        number += len(chunk)
    if number > BULK and session.connection().dialect.name == "postgresql":
        # By itself PostgreSQL counts its rows a minute later, and until then reads a full table
        # as if it were empty: 100,000 people took minutes.
        session.connection().execute(text(f"ANALYZE {table.__tablename__}"))


def in_bulk(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items, as many at a time as one statement takes."""
    waiting = iter(items)
    while some := list(islice(waiting, BULK)):
        yield some


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    """WAL and foreign keys; transactions are begun by `_begin_sqlite` alone."""
    dbapi_connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=30000"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """
    A write takes its lock at the start.

    A transaction that reads first and writes later would fail at once with
    "database is locked" when another wrote in between; busy_timeout does not
    help there (SQLite documentation, "Isolation", SQLITE_BUSY_SNAPSHOT).
    """
    writes = connection.get_execution_options().get("coursehub_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bind(session: Session, tenant: Tenant) -> None:
    if isinstance(tenant, Everyone):
        return
    session.info["institution_id"] = tenant
    event.listen(session, "do_orm_execute", _see_one_tenant)
    event.listen(session, "before_flush", _write_one_tenant)


def _see_one_tenant(state: ORMExecuteState) -> None:
    if _goes_around(state):
        raise _another()
    tenant = state.session.info["institution_id"]
    state.statement = state.statement.options(
        *(
            with_loader_criteria(table, table.institution_id == tenant, include_aliases=True)
            for table in TenantOwned.__subclasses__()
        )
    )


def _goes_around(state: ORMExecuteState) -> bool:
    """
    Whether a statement would pass the criteria by.

    They hold for models alone, not for SQL, tables, inserts and updates by
    lists of keys (SQLAlchemy documentation, `with_loader_criteria`), and
    nothing keeps an update from giving a row away.
    """
    if not state.is_orm_statement or not state.is_update:
        return state.is_insert or not state.is_orm_statement
    statement: Any = state.statement
    given = statement._values or ()  # noqa: SLF001 - SQLAlchemy shows them nowhere else
    moves = any(column.key == "institution_id" for column in given)
    return moves or not isinstance(state.parameters, dict | None)


def _write_one_tenant(session: Any, _context: object, _instances: object) -> None:
    tenant = session.info["institution_id"]
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantOwned) and _owners(row) != {tenant}:
            raise _another()


def _owners(row: TenantOwned) -> set[InstitutionId]:
    """Whose the row is, and whose it was when it was read."""
    return {row.institution_id, *attributes.get_history(row, "institution_id").deleted}


def _another() -> Refused:
    return Refused("other-institution", "This belongs to another institution.")
