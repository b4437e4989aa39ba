"""
The Hub's groups of one person, changed in the Hub's own process.

A launch is one commit here instead of calls of the Hub's API. No group's list
of members is ever loaded: it may be a whole university.
"""

from collections.abc import Iterable
from typing import Any, Final

from jupyterhub import orm

from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.courses import groups_of as groups_of_role
from coursehub.vocabulary.people import Role
from coursehub_auth import memberships

_OURS: Final = "coursehub-"
_NBGRADER: Final = ("nbgrader-", "formgrade-")
"""What nbgrader's JupyterHubAuthPlugin puts before a course's name."""


def groups_of(db: Any, user: Any) -> set[str]:
    """The names of the groups that the user is in."""
    rows = db.query(orm.Group.name).join(orm.Group.users).filter(orm.User.id == user.orm_user.id)
    return {name for (name,) in rows}


def settle(
    db: Any, user: Any, *, present: set[str], join: Iterable[str], leave: Iterable[str]
) -> None:
    """Nothing; the user, who is in the groups `present`, joins and leaves these, in one commit."""
    missing, surplus = set(join) - present, set(leave) & present
    if missing:
        memberships.join(db, user.orm_user, missing)
    if surplus:
        memberships.leave(db, user.orm_user, surplus)
    if missing or surplus:
        db.commit()


def with_ours(db: Any, user: Any, model: Any) -> Any:
    """
    The other door's model, where that door manages groups, with coursehub's groups as they are.

    The Hub puts people in the groups of the model and in no others: without
    this, that door would take coursehub's away, or give them (a team called
    `formgrade-data8` would be its graders).
    """
    if not isinstance(model, dict) or model.get("groups") is None:
        return model
    present = groups_of(db, user) if user else set()
    theirs = {name for name in model["groups"] if not name.startswith(_OURS)}
    theirs -= _of_courses(db, theirs)
    return {**model, "groups": sorted(theirs | _ours(present))}


def _ours(present: set[str]) -> set[str]:
    """What coursehub put the user in: its own groups, and nbgrader's that go with them."""
    own = {name for name in present if name.startswith(_OURS)}
    roles = [name.removeprefix(_OURS).rpartition("-")[::2] for name in own]
    places = ((CourseKey(key), Role(role)) for key, role in roles if key and role in set(Role))
    return own.union(*(groups_of_role(course, role) & present for course, role in places))


def _of_courses(db: Any, names: set[str]) -> set[str]:
    """Those of nbgrader's groups among the names that are of a course of coursehub's."""
    keys = {name: name.partition("-")[2] for name in names if name.startswith(_NBGRADER)}
    wanted = {f"{_OURS}{key}-{role}" for key in keys.values() for role in Role}
    found = db.query(orm.Group.name).filter(orm.Group.name.in_(wanted)) if wanted else ()
    courses = {name.removeprefix(_OURS).rpartition("-")[0] for (name,) in found}
    return {name for name, key in keys.items() if key in courses}
