"""What a course has for an LMS to link to, and what of it somebody chose."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, func, or_, select

from coursehub.errors import Missing
from coursehub.launch.actions.selections import Opened
from coursehub.model.assignment import Assignment
from coursehub.model.module import Module
from coursehub.store import Store

AT_ONCE: Final = 50
"""Lines of each list that are shown before one asks for more."""


class Kind(StrEnum):
    """What a link can lead to."""

    COURSE = "course"
    MODULE = "module"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to link to; moments and points are an assignment's."""

    kind: Kind
    name: str
    title: str
    points: float = 0.0
    due_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def key(self) -> str:
        """What the page's fields call it."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The first lines that a search found, and how many it found in all."""

    items: tuple[Choice, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The page's lists; `elsewhere` are chosen things that the lists do not show."""

    whole: Choice
    modules: Listing
    assignments: Listing
    elsewhere: tuple[Choice, ...]
    has_any: bool


def offer(
    store: Store, opened: Opened, *, search: str, keys: tuple[str, ...], most: int = AT_ONCE
) -> Offer:
    """What the course offers for a search, beside what was chosen before; nothing is refused."""
    with store.reading(opened.institution_id) as session:
        modules = _modules(session, opened, search, most)
        assignments = _assignments(session, opened, search, most)
        picked = _found(session, opened, keys)
        shown = {Kind.COURSE.value + ":", *_keys(modules.items), *_keys(assignments.items)}
        return Offer(
            whole=_whole(opened),
            modules=modules,
            assignments=assignments,
            elsewhere=tuple(choice for choice in picked if choice.key not in shown),
            has_any=_has_any(session, opened, Module) or _has_any(session, opened, Assignment),
        )


def chosen(store: Store, opened: Opened, keys: tuple[str, ...]) -> tuple[Choice, ...]:
    """The things of those keys, in the course's order; Missing if one is not in the course."""
    with store.reading(opened.institution_id) as session:
        found = _found(session, opened, keys)
    if _keys(found) != set(keys):
        raise Missing(
            "no-such-choice",
            "Something that was chosen is not in this course, or not any more. "
            "Open the selection in your LMS again.",
        )
    return found


def _found(session: Session, opened: Opened, keys: tuple[str, ...]) -> tuple[Choice, ...]:
    whole = _whole(opened)
    return (
        *([whole] if whole.key in keys else []),
        *map(_module, _named(session, opened, Module, keys, Kind.MODULE)),
        *map(_assignment, _named(session, opened, Assignment, keys, Kind.ASSIGNMENT)),
    )


Row = TypeVar("Row", Module, Assignment)


def _named(
    session: Session, opened: Opened, table: type[Row], keys: tuple[str, ...], kind: Kind
) -> list[Row]:
    begins = f"{kind}:"
    names = [key.removeprefix(begins) for key in keys if key.startswith(begins)]
    wanted = _of_course(opened, table).where(col(table.name).in_(names))
    return list(session.exec(wanted.order_by(*_order(table)))) if names else []


def _modules(session: Session, opened: Opened, search: str, most: int) -> Listing:
    rows, total = _matching(session, opened, Module, search, most)
    return Listing(items=tuple(map(_module, rows)), total=total)


def _assignments(session: Session, opened: Opened, search: str, most: int) -> Listing:
    rows, total = _matching(session, opened, Assignment, search, most)
    return Listing(items=tuple(map(_assignment, rows)), total=total)


def _matching(
    session: Session, opened: Opened, table: type[Row], search: str, most: int
) -> tuple[list[Row], int]:
    wanted = _of_course(opened, table)
    if search:
        columns = (table.title, table.name)
        wanted = wanted.where(or_(*(col(c).icontains(search, autoescape=True) for c in columns)))
    total = session.exec(select(func.count()).select_from(wanted.subquery())).one()
    return list(session.exec(wanted.order_by(*_order(table)).limit(most))), total


def _of_course(opened: Opened, table: type[Row]) -> Any:
    return select(table).where(table.course_id == opened.course_id)


def _order(table: type[Module] | type[Assignment]) -> tuple[Any, ...]:
    """Modules as the course has them; assignments by deadline, those without one last."""
    if table is Module:
        return (col(Module.position), col(Module.name))
    due = col(Assignment.due_at)
    return (sa.case((due.is_(None), 1), else_=0), due, col(Assignment.name))


def _has_any(session: Session, opened: Opened, table: type[Row]) -> bool:
    return session.exec(_of_course(opened, table).limit(1)).first() is not None


def _keys(choices: tuple[Choice, ...]) -> set[str]:
    return {choice.key for choice in choices}


def _whole(opened: Opened) -> Choice:
    return Choice(kind=Kind.COURSE, name="", title=opened.course_title)


def _module(row: Module) -> Choice:
    return Choice(kind=Kind.MODULE, name=row.name, title=row.title or row.name)


def _assignment(row: Assignment) -> Choice:
    return Choice(
        kind=Kind.ASSIGNMENT,
        name=row.name,
        title=row.title or row.name,
        points=row.points,
        due_at=row.due_at,
        released_at=row.released_at,
    )
