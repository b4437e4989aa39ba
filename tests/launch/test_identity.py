"""Who a launch is on the Hub: names given once, and accounts that were there before."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event
from sqlmodel import select

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Conflict, Unreachable
from coursehub.launch.actions import naming
from coursehub.model.institution import AccountLink, Institution, Person, Platform
from coursehub.settings import Settings
from coursehub.store import EVERYONE
from coursehub.vocabulary.launch import DeepLinking, Message
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName
from tests.house.school import INSTRUCTOR, School, at_once

BOB = HubName("bob")
BOBS = "bob@north.example"


def trust(school: School, *domains: str) -> None:
    with school.store.writing(EVERYONE) as session:
        session.exec(select(Institution)).one().trusted_domains = " ".join(domains)


def had_before(school: School, name: HubName = BOB) -> None:
    """The Hub has had an account of that name for long."""
    school.hub.users.add(name)
    school.hub.made_at[name] = school.time - timedelta(days=100)


def made_by_a_launch(school: School, name: HubName = BOB) -> None:
    """A launch of this moment made the account, and word of it has not come."""
    school.hub.users.add(name)
    school.hub.made_at[name] = school.time
    school.hub.groups_of[PEOPLE_GROUP] = {name}


def test_a_changed_template_changes_nobodys_name(school: School) -> None:
    assert school.come("1", email=BOBS) == "bob"
    school.settings = Settings(data_dir=school.settings.data_dir, username_template="{sub}")
    assert school.come("1", email=BOBS) == "bob"
    assert school.come("2", email=BOBS) == "2"


def test_a_platforms_own_template_goes_before_the_hubs(school: School) -> None:
    with school.store.writing(EVERYONE) as session:
        session.exec(select(Platform)).one().username_template = "moodle-{sub}"
    assert school.come("1") == "moodle-1"


def test_nobody_is_named_as_an_account_of_the_machine(school: School) -> None:
    school.hub.system_uids = {HubName("root"): 0, HubName("ann"): 1001}
    assert school.come("1", email="root@north.example") == "root-2"
    assert school.come("2", email="ann@north.example") == "ann-2"


def test_a_name_that_another_login_took_before_the_arrival_is_given_anew(school: School) -> None:
    assert school.receive(school.link("1", email=BOBS)).hub_name == "bob"
    had_before(school)
    assert school.come("1", email=BOBS) == "bob-2"
    assert school.come("1", email=BOBS) == "bob-2"
    assert school.hub.groups_of[PEOPLE_GROUP] == {"bob-2"}


def test_a_name_stays_though_word_of_the_arrival_was_lost(school: School) -> None:
    school.receive(school.link("1", email=BOBS))
    made_by_a_launch(school)
    school.time += timedelta(days=1)
    assert school.come("1", email=BOBS) == "bob"


def test_a_name_given_anew_by_two_launches_at_once_is_one_name(school: School) -> None:
    school.receive(school.link("1", email=BOBS))
    had_before(school)
    links = [school.link("1", email=BOBS) for _ in range(4)]
    found = at_once(*(partial(school.receive, link) for link in links))
    assert {welcome.hub_name for welcome in found} == {"bob-2"}


def test_without_trust_an_address_leads_to_no_account(school: School) -> None:
    had_before(school)
    welcome = school.receive(school.link("1", email=BOBS))
    assert (welcome.hub_name, welcome.is_linked) == ("bob-2", False)


def test_a_trusted_address_leads_to_the_account_that_is_there_and_that_is_on_record(
    school: School,
) -> None:
    trust(school, "north.example")
    had_before(school)
    for _ in range(2):
        welcome = school.receive(school.link("1", email="BOB@North.example"))
        assert (welcome.hub_name, welcome.is_linked, welcome.tell_arrival) == ("bob", True, False)
    (record,) = school.rows(AccountLink)
    assert (record.before, record.after, record.by) == (None, "bob", "trusted domain")


def test_a_trusted_address_without_an_account_gets_a_name_like_anyones(school: School) -> None:
    trust(school, "north.example")
    welcome = school.receive(school.link("1", email=BOBS))
    assert (welcome.hub_name, welcome.is_linked) == ("bob", False)
    assert not school.rows(AccountLink)


@pytest.mark.parametrize("email", ["bob@sub.north.example", "bob@evil.example", "bob"])
def test_trust_in_a_domain_reaches_no_other(school: School, email: str) -> None:
    trust(school, "north.example", "south.example")
    had_before(school)
    assert not school.receive(school.link("1", email=email)).is_linked


def test_an_address_that_the_lms_calls_unverified_is_not_trusted(school: School) -> None:
    trust(school, "north.example")
    had_before(school)
    link = school.link("1", email=BOBS, claims={"email_verified": "false"})
    assert school.receive(link).hub_name == "bob-2"


def test_no_address_leads_to_an_administrators_account(school: School) -> None:
    trust(school, "north.example")
    had_before(school)
    school.hub.admins.add(BOB)
    assert school.receive(school.link("1", email=BOBS)).hub_name == "bob-2"


def test_no_address_leads_to_an_account_of_the_machine_itself(school: School) -> None:
    trust(school, "north.example")
    school.hub.system_uids = {HubName("daemon"): 1, BOB: 1000}
    for name in ("daemon", "bob"):
        had_before(school, HubName(name))
    names = [school.receive(school.link(n, email=f"{n}@north.example")) for n in ("daemon", "bob")]
    assert [each.hub_name for each in names] == ["daemon-2", "bob"]


class Unreadable(MemoryHub):
    """A Hub on a machine whose directory of accounts does not answer."""

    async def system_uid(self, name: HubName) -> int | None:
        raise Unreachable("accounts-unreachable", f"Whether {name} is there cannot be said.")


def test_a_newcomer_never_stays_an_account_of_the_machine(school: School) -> None:
    """The directory of accounts fell silent, or the service ended, once the launch was stored."""
    school.hub = Unreadable()
    with pytest.raises(Unreachable):
        school.begin(school.link("1", email="daemon@north.example"))
    school.hub = MemoryHub(system_uids={HubName("daemon"): 1})
    for _ in range(2):
        assert school.come("1", email="daemon@north.example") == "daemon-2"


def test_a_name_stays_though_the_arrival_made_an_account_of_the_machine_too(
    school: School,
) -> None:
    """A Hub with PAM's login may; here word of the arrival was lost."""
    school.receive(school.link("1", email=BOBS))
    made_by_a_launch(school)
    school.hub.system_uids = {BOB: 1001}
    assert school.come("1", email=BOBS) == "bob"


def test_a_newcomer_is_stored_with_their_name_in_one_transaction(school: School) -> None:
    commits: list[object] = []
    event.listen(school.store.engine, "commit", commits.append)
    assert school.begin(school.link("1", email=BOBS)).hub_name == "bob"
    assert len(commits) == 1


def test_two_people_of_one_trusted_address_never_meet(school: School) -> None:
    trust(school, "north.example")
    had_before(school)
    links = [school.link(str(number), email=BOBS) for number in range(4)]
    found = at_once(*(partial(school.receive, link) for link in links))
    assert sorted(each.hub_name for each in found) == ["bob", "bob-2", "bob-3", "bob-4"]
    assert len(school.rows(AccountLink)) == 1


def test_no_address_leads_to_an_account_that_a_launch_made(school: School) -> None:
    trust(school, "north.example")
    had_before(school)
    school.hub.groups_of[PEOPLE_GROUP] = {BOB}
    welcome = school.receive(school.link("1", email=BOBS))
    assert (welcome.hub_name, welcome.is_linked) == ("bob-2", False)
    assert not [row for row in school.rows(Person) if row.is_linked]


def test_a_first_login_by_another_door_frees_a_name_that_nobody_arrived_under(
    school: School,
) -> None:
    school.receive(school.link("1", email=BOBS))
    naming.release(school.store, BOB)
    assert [row.hub_name for row in school.rows(Person)] == [None]
    had_before(school)
    assert school.come("1", email=BOBS) == "bob-2"


def test_a_first_login_by_another_door_takes_nobodys_name_away(school: School) -> None:
    name = school.come("1", email=BOBS)
    with pytest.raises(Conflict):
        naming.release(school.store, name)
    naming.release(school.store, HubName("somebody-else"))
    assert school.come("1", email=BOBS) == name


def test_whoever_picks_links_in_a_frame_needs_no_name_yet(school: School) -> None:
    asked = DeepLinking(return_url="https://lms/return", accept_types=("ltiResourceLink",))
    link = school.link(
        "1", message_type=Message.DEEP_LINKING, roles=(INSTRUCTOR,), deep_linking=asked
    )
    welcome = school.receive(link)
    assert (welcome.hub_name, bool(welcome.ticket)) == ("", True)
    assert school.come("1", email=BOBS, roles=(INSTRUCTOR,)) == "bob"


def test_an_account_left_by_a_lost_database_is_nobodys(school: School) -> None:
    """The Hub still has an account that a launch made, and the service knows nobody of it."""
    had_before(school)
    school.hub.groups_of[PEOPLE_GROUP] = {BOB}
    for _ in range(2):  # in a frame that nobody went on from, or with a Hub that fell
        school.begin(school.link("1", email=BOBS))
    assert school.come("1", email=BOBS) == "bob-2"
    assert school.come("1", email=BOBS) == "bob-2"


def test_the_first_launch_in_two_tabs_is_one_person_with_one_name(school: School) -> None:
    first = school.receive(school.link("1", email=BOBS))
    second = school.receive(school.link("1", email=BOBS))
    school.arrive(second)
    again = naming.another(school.store, school.hub, school, first.launch_id, taken=first.hub_name)
    assert asyncio.run(again) == BOB
    assert school.come("1", email=BOBS) == "bob"


def test_the_name_of_somebody_who_has_arrived_is_not_given_anew(school: School) -> None:
    welcome = school.receive(school.link("1", email=BOBS))
    school.arrive(welcome)
    school.hub.groups_of[PEOPLE_GROUP].clear()
    again = naming.another(school.store, school.hub, school, welcome.launch_id, taken=BOB)
    with pytest.raises(Conflict, match="cannot be changed"):
        asyncio.run(again)


def test_a_tab_that_is_late_meets_its_own_account_before_word_of_it_has_come(
    school: School,
) -> None:
    first = school.receive(school.link("1", email=BOBS))
    school.receive(school.link("1", email=BOBS))
    made_by_a_launch(school)
    again = naming.another(school.store, school.hub, school, first.launch_id, taken=BOB)
    assert asyncio.run(again) == BOB
