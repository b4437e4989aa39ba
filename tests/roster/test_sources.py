"""Several lists of one course, in their order of authority."""

import pytest
from sqlmodel import select

from coursehub.errors import Conflict, Invalid, Missing, Refused, Unreachable
from coursehub.model.course import Course
from coursehub.model.institution import Person
from coursehub.model.roster import RosterReading
from coursehub.model.roster_source import RosterSource, RosterUnplaced
from coursehub.ports import Member, RosterAddress
from coursehub.roster.actions import source_keeping
from coursehub.store import EVERYONE
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import SourceKind
from tests.roster.class_of import COURSE, member
from tests.roster.lists import ASSISTANT, CANVAS, Office, line, office

__all__ = ["office"]


def test_another_list_names_people_by_their_address(office: Office) -> None:
    office.adds()
    office.canvas_lists(line("s1", section="A"), line("s2", section="B"))
    office.sync()
    assert office.enrolled() == dict.fromkeys(("t1", "s1", "s2"), Role.STUDENT)
    assert office.sections() == {"s1": {"A"}, "s2": {"B"}}


def test_of_two_lists_the_one_of_higher_authority_has_the_last_word(office: Office) -> None:
    office.adds()
    office.canvas_lists(line("s1", ASSISTANT), line("s2"))
    office.sync()
    assert office.enrolled()["s1"] is Role.STUDENT  # the LMS's own list comes first
    source_keeping.remove(office.school.store, COURSE, office.school.rows(RosterSource)[-1].id or 0)
    office.adds(first=True)
    office.sync()
    assert office.enrolled()["s1"] is Role.TA


def test_whom_the_higher_list_calls_gone_no_lower_one_brings_back(office: Office) -> None:
    office.sync()
    office.adds(first=True)
    office.canvas_lists(line("s1", status="Deleted"), line("s2"))
    office.sync()
    assert set(office.enrolled()) == {"t1", "s2"}
    office.sync()
    assert set(office.enrolled()) == {"t1", "s2"}


def test_who_is_on_any_list_is_in_the_course(office: Office) -> None:
    office.sync()
    office.adds()
    office.canvas_lists(line("s2"))
    office.lists(member("t1"), member("s1"))
    for _ in range(3):
        office.sync()
    assert set(office.enrolled()) == {"t1", "s1", "s2"}


def test_somebody_whom_nobody_knows_is_not_placed_and_it_is_said_why(office: Office) -> None:
    office.adds()
    office.canvas_lists(line("s1"), line("zoe"))
    assert office.sync().unplaced == 1
    assert "nobody here has this e-mail address" in office.unplaced()["Name zoe"]
    office.sync()
    assert len(office.school.rows(RosterUnplaced)) == 1  # the latest alone
    office.school.come("zoe", name="Zoe", email="zoe@north.example")
    office.canvas_lists(line("s1"), line("zoe", ASSISTANT))
    office.sync()
    assert "zoe" in office.enrolled()


def test_an_address_that_two_people_have_places_neither(office: Office) -> None:
    with office.school.store.writing(EVERYONE) as session:
        first = session.exec(select(Person)).first()
        assert first is not None
        for subject in ("x1", "x2"):
            session.add(
                Person(
                    institution_id=first.institution_id,
                    platform_id=first.platform_id,
                    issuer=first.issuer,
                    subject=subject,
                    email="shared@north.example",
                )
            )
    office.adds()
    office.canvas_lists(line("s1"), line("shared"))
    office.sync()
    assert "several people" in office.unplaced()["Name shared"]


@pytest.mark.parametrize("listed", [None, ()])
def test_nobody_leaves_while_one_list_fails_or_is_empty(
    office: Office, listed: tuple[Member, ...] | None
) -> None:
    office.sync()
    office.adds()
    if listed is None:
        office.rosters.failure = Unreachable("lms-failed", "Canvas failed (status 500).")
        office.canvas_lists(line("s1"))
    else:
        office.canvas_lists(*listed)
    office.lists(member("t1"), member("s1"))
    for _ in range(3):
        office.sync()
    assert set(office.enrolled()) == {"t1", "s1", "s2"}
    assert any(row.source.startswith("Canvas") and row.error
               for row in office.school.rows(RosterReading))  # fmt: skip


def test_a_list_alone_goes_on_while_the_lms_is_down(office: Office) -> None:
    office.sync()
    office.adds()
    office.canvas_lists(line("s1", section="A"))
    office.lms.rosters.clear()
    office.sync()
    assert office.sections() == {"s1": {"A"}}


def test_a_source_without_its_secret_says_what_to_do(office: Office) -> None:
    source_keeping.add(office.school.store, COURSE, CANVAS, secret="lost")
    office.sync()
    (row,) = (row for row in office.school.rows(RosterReading) if row.source)
    assert "coursehub roster secret" in row.error
    assert office.rosters.asked == []


def test_a_secret_is_of_use_at_its_own_address_alone(office: Office) -> None:
    office.adds()
    evil = RosterAddress(kind=SourceKind.CANVAS, url="https://evil.example", course="1")
    source_keeping.add(office.school.store, COURSE, evil, secret="canvas")
    office.canvas_lists(line("s1"))
    office.sync()
    assert [address.url for address in office.rosters.asked] == [CANVAS.url]
    assert any("for another address" in row.error for row in office.school.rows(RosterReading))


def test_a_file_lists_people_until_the_next_one(office: Office) -> None:
    office.uploads("Name;E-Mail;Group\nS One;S1@north.example;A\n")
    office.sync()
    assert office.sections() == {"s1": {"A"}}
    office.uploads("Name;E-Mail;Group\nS One;s1@north.example;B\n")
    office.sync()
    assert office.sections() == {"s1": {"B"}}
    (row,) = (row for row in office.school.rows(RosterSource) if row.kind is SourceKind.CSV)
    assert row.columns["email"] == "E-Mail"


def test_a_file_that_cannot_be_understood_leaves_the_last_one(office: Office) -> None:
    office.uploads("Name,Email\nS One,s1@north.example\n")
    for text in ("", "no,thing\n1,2\n", "Name,Email\n"):
        with pytest.raises(Invalid):
            office.uploads(text)
    assert office.sync().listed == 4


def test_lists_are_added_once_and_taken_away(office: Office) -> None:
    store, number = office.school.store, office.adds()
    with pytest.raises(Conflict):
        source_keeping.add(store, COURSE, CANVAS)
    with pytest.raises(Invalid, match="--url"):
        source_keeping.add(store, COURSE, RosterAddress(kind=SourceKind.MOODLE, url=""))
    source_keeping.remove(store, COURSE, number)
    assert office.school.rows(RosterSource) == []
    with pytest.raises(Missing):
        source_keeping.remove(store, COURSE, number)


def test_the_lms_is_not_asked_where_other_lists_alone_have_a_say(office: Office) -> None:
    office.sync()
    office.adds()
    with office.school.store.writing(EVERYONE) as session:
        for row in session.exec(select(RosterSource).where(RosterSource.kind == SourceKind.LTI)):
            session.delete(row)
    office.canvas_lists(line("t1"), line("s1"))
    office.sync()
    office.sync()
    assert set(office.enrolled()) == {"t1", "s1"}


def test_an_archived_course_is_not_synced(office: Office) -> None:
    from coursehub.jobs import _with_roster  # noqa: PLC0415 - what the schedule takes

    assert COURSE in _with_roster(office.school.store)
    with office.school.store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == COURSE)).one()
        course.archived_at = office.school.time
        session.add(course)
    assert COURSE not in _with_roster(office.school.store)


def test_all_lists_failing_is_the_first_ones_error(office: Office) -> None:
    office.adds()
    office.lms.rosters.clear()
    with pytest.raises((Missing, Refused, Unreachable)):
        office.sync()
