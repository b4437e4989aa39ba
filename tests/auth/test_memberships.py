"""Who is in which of the Hub's groups, written as rows: what the Hub then sees, and keeps."""

from collections.abc import Iterator

import pytest
from jupyterhub import orm
from jupyterhub.auth import DummyAuthenticator
from sqlalchemy import event, inspect

from coursehub.vocabulary.people import PEOPLE_GROUP
from coursehub_auth import memberships, with_lti
from tests.auth.desk import Desk, launch

_STUDENTS = "coursehub-ds101-student"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.db.close()


def _members(desk: Desk, group: str) -> list[str]:
    """The group's members, in the words that the Hub's API reads them from."""
    return sorted(user.name for user in orm.Group.find(desk.db, group).users)


def test_a_newcomer_has_all_that_the_hub_gives_a_user(desk: Desk) -> None:
    ada = memberships.newcomer(desk.db, "ada", groups={_STUDENTS})
    assert [role.name for role in ada.roles] == ["user"]
    assert not ada.admin
    assert list(ada.orm_spawners) == [""]
    assert [group.name for group in ada.groups] == [_STUDENTS]
    assert ada.created


def test_a_newcomer_is_seen_whole_or_not_at_all(desk: Desk) -> None:
    commits: list[object] = []
    event.listen(desk.db, "after_commit", commits.append)
    memberships.newcomer(desk.db, "ada", groups={_STUDENTS, PEOPLE_GROUP})
    assert len(commits) == 1


def test_a_list_of_members_that_the_hub_has_read_names_who_came_and_went_since(desk: Desk) -> None:
    ada = memberships.newcomer(desk.db, "ada", groups={_STUDENTS})
    assert _members(desk, _STUDENTS) == ["ada"]
    memberships.newcomer(desk.db, "bob", groups={_STUDENTS})
    assert _members(desk, _STUDENTS) == ["ada", "bob"]
    memberships.leave(desk.db, ada, [_STUDENTS, "no-such-group"])
    assert _members(desk, _STUDENTS) == ["bob"]
    memberships.join(desk.db, ada, [_STUDENTS])
    assert _members(desk, _STUDENTS) == ["ada", "bob"]


def test_the_hub_keeps_no_list_of_all_who_ever_came(desk: Desk) -> None:
    """SQLAlchemy would go through it at each flush: each newcomer dearer than the last."""
    door = with_lti(DummyAuthenticator)(allow_all=True)
    for number in range(5):
        desk.come_in(door, launch(f"student-{number}"))
    group = orm.Group.find(desk.db, _STUDENTS)
    assert "users" in inspect(group).unloaded
    assert len(_members(desk, _STUDENTS)) == 5
