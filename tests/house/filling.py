"""An institution with a row in every table that it owns."""

from enum import StrEnum
from itertools import count
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Float, Integer, Table
from sqlmodel import Session, SQLModel

from coursehub.model.columns import AsJson, UtcDateTime, now
from coursehub.model.institution import Institution, TenantOwned

TABLES = sorted(TenantOwned.__subclasses__(), key=lambda table: table.__name__)
_numbers = count(1)


def table_of(model: type[SQLModel]) -> Table:
    found: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel's own, untyped
    return found


def fill(session: Session) -> tuple[int, dict[str, Any]]:
    """An institution with one row in every table, parents first."""
    school = Institution(slug=f"school-{next(_numbers)}", name="School")
    session.add(school)
    session.flush()
    models = {table_of(model).name: model for model in TABLES}
    made: dict[str, Any] = {"institution": school}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in models:
            values = {c.name: value_of(c, made) for c in table.columns if not skipped(c)}
            made[table.name] = models[table.name](**values)
            session.add(made[table.name])
            session.flush()
    return school.id or 0, made


def skipped(column: Any) -> bool:
    has_its_own = isinstance(column.type, AsJson) and column.default is not None
    return has_its_own or bool(column.primary_key and isinstance(column.type, Integer))


def value_of(column: Any, made: dict[str, Any]) -> Any:
    if column.nullable and (
        isinstance(column.type, (AsJson, Date)) or column.references(column.table.c.id)
    ):
        return None
    for key in column.foreign_keys:
        return made[key.column.table.name].id
    enumeration = getattr(column.type, "enum_class", None)
    if enumeration is not None and issubclass(enumeration, StrEnum):
        return next(iter(enumeration))
    if isinstance(column.type, UtcDateTime):
        return now()
    if isinstance(column.type, (BigInteger, Integer, Float)):
        return next(_numbers)
    return False if isinstance(column.type, Boolean) else f"text-{next(_numbers)}"
