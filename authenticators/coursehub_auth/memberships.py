"""
Who is in which of the Hub's groups and roles, written as rows of its tables.

Not through the ORM's lists: a group in the Hub's memory keeps everyone who was
put into it, and SQLAlchemy goes through all of them at each flush. The
thousandth newcomer of a day would cost the Hub twice what the first did.
"""

from collections.abc import Iterable
from typing import Any, Final

from jupyterhub import orm
from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm.util import identity_key

_USER_ROLES: Final = orm.Base.metadata.tables["user_role_map"]
_USER_ROLE: Final = "user"
"""The role of every user (JupyterHub's documentation, "default roles"); it cannot be deleted."""


def newcomer(db: Any, name: str, *, groups: set[str]) -> Any:
    """
    A new user's row, in these groups and with a user's role and default server, in one commit.

    Nobody sees the user without them, and the disk is waited for once: the
    Hub's own way commits three times.
    """
    row = orm.User(name=name)
    db.add_all([row, orm.Spawner(name="", display_name="", user=row)])
    db.flush()
    role = select(literal(row.id), orm.Role.id, literal(False)).where(orm.Role.name == _USER_ROLE)
    db.execute(insert(_USER_ROLES).from_select(["user_id", "role_id", "managed_by_auth"], role))
    join(db, row, groups)
    db.commit()
    return row


def join(db: Any, row: Any, names: Iterable[str]) -> None:
    """Nothing; the user, who was in none of these groups, is in them; commit is the caller's."""
    numbers = _numbers(db, set(names))
    if numbers:
        places = [{"user_id": row.id, "group_id": number} for number in numbers]
        db.execute(insert(orm.user_group_map), places)
        _forget(db, row, numbers)


def leave(db: Any, row: Any, names: Iterable[str]) -> None:
    """Nothing; the user is in none of these groups; commit is the caller's."""
    numbers = set(db.scalars(select(orm.Group.id).where(orm.Group.name.in_(set(names)))))
    places = orm.user_group_map.c
    theirs = (places.user_id == row.id) & places.group_id.in_(numbers)
    db.execute(delete(orm.user_group_map).where(theirs))
    _forget(db, row, numbers)


def _numbers(db: Any, names: set[str]) -> set[int]:
    """The ids of the groups of these names; those that are missing are made."""
    if not names:
        return set()
    found = dict(
        db.execute(select(orm.Group.name, orm.Group.id).where(orm.Group.name.in_(names))).all()
    )
    new = [orm.Group(name=name) for name in sorted(names - found.keys())]
    if new:
        db.add_all(new)
        db.flush()
    return {*found.values(), *(group.id for group in new)}


def _forget(db: Any, row: Any, numbers: set[int]) -> None:
    """Nothing; what the Hub has in memory of these groups' members is read anew when asked for."""
    db.expire(row, ["groups"])
    for number in numbers:
        group = db.identity_map.get(identity_key(orm.Group, number))
        if group is not None:
            db.expire(group, ["users"])
