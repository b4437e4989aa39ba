"""Whose a name on the Hub is, asked by whoever gives names."""

import functools
from typing import Any

from sqlalchemy import BindParameter, bindparam, union_all
from sqlmodel import Session, col, select

from coursehub.model.institution import AccountLink, Person
from coursehub.vocabulary.people import HubName


def is_somebodys(session: Session, name: HubName, *, but: int = 0) -> bool:
    """Whether somebody (`but` for one person) has the name, or gets it back by an unlinking."""
    return session.execute(_somebodys(), {"name": name, "but": but}).first() is not None


@functools.cache
def _somebodys() -> Any:
    """The question of `is_somebodys`, made once: a newcomer waits for its answer."""
    name: BindParameter[str] = bindparam("name")
    but: BindParameter[int] = bindparam("but")
    having = select(Person.id).where(col(Person.hub_name) == name, col(Person.id) != but)
    had = select(AccountLink.id).where(
        col(AccountLink.before) == name, AccountLink.is_link, col(AccountLink.person_id) != but
    )
    return union_all(having, had).limit(1)
