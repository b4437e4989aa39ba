"""Which door opens which account, and what a launch does to the Hub's groups."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.auth import DummyAuthenticator
from sqlalchemy import event
from tornado.web import HTTPError

from coursehub.vocabulary.people import PEOPLE_GROUP
from coursehub_auth import with_lti
from coursehub_auth.accounts import NotByThisDoor, OfAnother, make_grader
from coursehub_auth.errors import LaunchRefused
from tests.auth.desk import Desk, form, launch


class Teams(DummyAuthenticator):  # type: ignore[misc]  # JupyterHub ships no types
    """An authenticator that puts people in the groups of their teams."""

    manage_groups = True
    teams: tuple[str, ...] = ("chess",)

    async def authenticate(self, handler: Any, data: Any) -> Any:
        return {"name": data["username"], "groups": list(self.teams)}

    def refresh_user(self, user: Any, handler: Any = None) -> Any:
        return {"name": user.name, "groups": list(self.teams)}


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.db.close()


@pytest.fixture
def door() -> Any:
    return with_lti(DummyAuthenticator)(allow_all=True)


def test_a_launch_makes_an_account_with_its_mark_and_its_groups(desk: Desk, door: Any) -> None:
    desk.come_in(door, launch("ada"))
    assert desk.accounts["ada"].groups == {PEOPLE_GROUP, "coursehub-ds101-student"}


def test_a_launch_changes_the_groups_it_was_told_of_and_no_others(desk: Desk, door: Any) -> None:
    ada = desk.account("ada", PEOPLE_GROUP, "chess", "coursehub-ds101-ta")
    desk.come_in(door, launch("ada", leave=("coursehub-ds101-ta", "formgrade-ds101")))
    assert ada.groups == {PEOPLE_GROUP, "chess", "coursehub-ds101-student"}


def test_an_account_older_than_its_persons_name_was_somebody_elses(desk: Desk, door: Any) -> None:
    """Left by a lost database: the service knows of no arrival, and named a stranger so."""
    desk.account("ada", PEOPLE_GROUP)
    later = datetime.now(UTC) + timedelta(minutes=2)
    with pytest.raises(OfAnother):
        desk.come_in(door, launch("ada", named_at=later))


def test_an_account_made_since_its_person_was_named_is_theirs(desk: Desk, door: Any) -> None:
    """By another tab, and word of their arrival is on its way or was lost."""
    named = datetime.now(UTC)
    desk.come_in(door, launch("ada", named_at=named))
    assert desk.come_in(door, launch("ada", named_at=named))["name"] == "ada"


def test_a_launch_that_changes_no_group_writes_nothing(desk: Desk, door: Any) -> None:
    desk.come_in(door, launch("ada"))
    written: list[str] = []

    def note(*args: Any) -> None:
        written.append(args[2])

    event.listen(desk.db.get_bind(), "before_cursor_execute", note)
    desk.come_in(door, launch("ada"))
    assert written
    assert not [each for each in written if not each.startswith("SELECT")]


def test_a_launch_never_reads_who_else_is_in_its_groups(desk: Desk, door: Any) -> None:
    for number in range(20):
        desk.come_in(door, launch(f"student-{number}"))
    desk.db.expire_all()
    desk.db.expunge_all()
    desk.accounts.clear()
    desk.come_in(door, launch("ada"))
    loaded = [each for each in desk.db.identity_map.values() if isinstance(each, orm.User)]
    assert [each.name for each in loaded] == ["ada"]


def test_a_group_that_was_deleted_is_made_again(desk: Desk, door: Any) -> None:
    desk.come_in(door, launch("ada"))
    desk.db.delete(orm.Group.find(desk.db, "coursehub-ds101-student"))
    desk.db.commit()
    desk.come_in(door, launch("ada"))
    assert "coursehub-ds101-student" in desk.accounts["ada"].groups


def test_a_launch_never_enters_an_account_of_another_login(desk: Desk) -> None:
    door: Any = with_lti(Teams)(allow_all=True)
    bob = desk.account("bob", "chess")
    with pytest.raises(LaunchRefused) as refused:
        desk.come_in(door, launch("bob"))
    assert refused.value.code == "account-of-another"
    assert "administrators" in refused.value.message
    assert bob.groups == {"chess"}
    assert asyncio.run(door.refresh_user(bob))["groups"] == ["chess"], "the other door's person"


def test_a_linked_launch_enters_the_account_and_both_doors_stay_open(desk: Desk, door: Any) -> None:
    bob = desk.account("bob", "chess")
    for _ in range(2):
        assert desk.come_in(door, launch("bob", is_linked=True))["name"] == "bob"
        assert desk.come_in(door, form("bob"))["name"] == "bob"
    assert bob.groups == {"chess", "coursehub-ds101-student"}


def test_linking_opens_a_marked_account_to_the_other_door(desk: Desk, door: Any) -> None:
    desk.come_in(door, launch("ada"))
    desk.come_in(door, launch("ada", is_linked=True))
    assert desk.come_in(door, form("ada"))["name"] == "ada"


def test_a_launch_that_makes_the_account_while_the_service_is_asked_keeps_it(
    desk: Desk, door: Any
) -> None:
    """The service hears of a first login by the other door; a launch is quicker."""

    class Slow:
        async def newcomer(self, name: str) -> None:
            await door.get_authenticated_user(desk, launch(name))

    door.door = SimpleNamespace(service=Slow())
    with pytest.raises(NotByThisDoor):
        desk.come_in(door, form("ada"))


@pytest.mark.parametrize("is_linked", [False, True])
def test_the_account_that_a_launch_makes_opens_to_launches_alone(
    desk: Desk, door: Any, *, is_linked: bool
) -> None:
    desk.come_in(door, launch("ada", is_linked=is_linked))
    with pytest.raises(HTTPError) as refused:
        desk.come_in(door, form("Ada"))
    assert refused.value.status_code == 403
    assert "account-of-lms" in refused.value.jupyterhub_message  # type: ignore[attr-defined]
    assert desk.come_in(door, launch("ada"))["name"] == "ada"


def test_a_hook_cannot_lead_a_launch_into_an_account_of_another_login(desk: Desk) -> None:
    def rename(_authenticator: Any, _handler: Any, model: Any) -> Any:
        return {**model, "name": "root-admin"}

    door: Any = with_lti(DummyAuthenticator)(post_auth_hook=rename)
    desk.account("root-admin")
    for is_linked in (False, True):
        with pytest.raises(LaunchRefused):
            desk.come_in(door, launch("ada", is_linked=is_linked))


def test_a_door_that_manages_groups_neither_takes_ours_nor_gives_them(desk: Desk) -> None:
    door: Any = with_lti(Teams)(allow_all=True)
    door.teams = ("chess", "coursehub-people", "formgrade-ds101", "nbgrader-elsewhere")
    bob = desk.account(
        "bob", "coursehub-ds101-student", "nbgrader-ds101", "formgrade-ds101", "old-team"
    )
    expected = [
        "chess", "coursehub-ds101-student", "nbgrader-ds101", "nbgrader-elsewhere",
    ]  # fmt: skip
    assert desk.come_in(door, form("bob"))["groups"] == expected
    assert asyncio.run(door.refresh_user(bob))["groups"] == expected
    assert desk.come_in(door, form("new"))["groups"] == ["chess", "nbgrader-elsewhere"]
    assert desk.come_in(door, launch("ada"))["groups"] is None
    assert asyncio.run(door.refresh_user(desk.accounts["ada"])) is True


def test_graders_are_made_once_and_are_among_the_graders(desk: Desk, door: Any) -> None:
    for _ in range(2):
        asyncio.run(make_grader(door, desk, "grader-ds101"))
    assert desk.accounts["grader-ds101"].groups == {"coursehub-graders"}
    with pytest.raises(LaunchRefused):
        asyncio.run(make_grader(door, desk, "ada"))
    assert "ada" not in desk.accounts


def test_an_account_from_before_coursehub_is_not_made_a_grader(desk: Desk, door: Any) -> None:
    kim = desk.account("grader-ds101", "formgrade-ds101")
    with pytest.raises(LaunchRefused) as caught:
        asyncio.run(make_grader(door, desk, "grader-ds101"))
    assert caught.value.code == "grader-of-another"
    assert kim.groups == {"formgrade-ds101"}
