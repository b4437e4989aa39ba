"""Selections, reviews' grants and records in the database, whichever it is."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from coursehub.errors import Missing, Refused
from coursehub.launch.actions import offers, privacy, selections
from coursehub.launch.actions.selections import Opened
from coursehub.model.course import Course, Selection
from coursehub.store import EVERYONE
from coursehub.vocabulary.launch import DeepLinking, Message
from coursehub.vocabulary.people import HubName
from tests.house.school import INSTRUCTOR, NOON, School
from tests.launch.picking import furnish

ASKED = DeepLinking(
    return_url="https://moodle.north.example/return",
    accept_types=("ltiResourceLink",),
    accept_targets=("window",),
    accept_line_item=False,
    data='{"a": "\N{SNOWMAN}"}',
)


def begun(school: School) -> Opened:
    """A selection that is under way."""
    welcome = school.receive(
        school.link(
            "teacher", message_type=Message.DEEP_LINKING, roles=(INSTRUCTOR,), deep_linking=ASKED
        )
    )
    return selections.find(school.store, welcome.ticket)


def test_a_selection_remembers_what_the_lms_asked(school: School) -> None:
    opened = begun(school)
    (course,) = school.rows(Course)
    assert opened.request == ASKED
    assert (opened.course_id, opened.course_key) == (course.id, "data-8")
    assert opened.expires_at == NOON + timedelta(minutes=20)
    selections.check_open(opened, school.time)


def test_a_selection_that_an_older_version_began_goes_on(school: School) -> None:
    """It kept fewer of the request's parts."""
    begun(school)
    with school.store.writing(EVERYONE) as session:
        row = session.exec(select(Selection)).one()
        kept = json.loads(row.request)
        del kept["framed_by"]
        row.request, row.ticket_sha256 = json.dumps(kept), hashlib.sha256(b"its ticket").hexdigest()
        session.add(row)
    assert selections.find(school.store, "its ticket").request == ASKED


def test_a_selection_is_answered_by_one_alone(school: School) -> None:
    opened = begun(school)
    selections.close(school.store, opened, school.time)
    with pytest.raises(Refused) as refused:
        selections.close(school.store, opened, school.time)
    assert refused.value.code == "selection-answered"
    assert school.rows(Selection)[0].answered_at == school.time


def test_assignments_are_listed_by_deadline_and_those_without_one_last(school: School) -> None:
    opened = begun(school)
    furnish(
        school,
        modules={"m": "A module"},
        assignments={"c": {}, "b": {"due_at": NOON}, "a": {"due_at": NOON + timedelta(days=1)}},
    )
    found = offers.offer(school.store, opened, search="", keys=("module:m",))
    assert [choice.name for choice in found.assignments.items] == ["b", "a", "c"]
    assert found.elsewhere == ()
    searched = offers.offer(school.store, opened, search="B", keys=("module:m",))
    assert [choice.name for choice in searched.assignments.items] == ["b"]
    assert [choice.key for choice in searched.elsewhere] == ["module:m"]


def test_a_choice_that_is_gone_is_missed(school: School) -> None:
    with pytest.raises(Missing):
        offers.chosen(school.store, begun(school), ("module:gone",))


def test_records_are_counted_and_given_out(school: School) -> None:
    school.come("teacher", roles=(INSTRUCTOR,))
    begun(school)
    kept = privacy.own(school.store, HubName("teacher"))
    assert kept
    counts = {kind.name: many for kind, many in kept.counts}
    assert (counts["launches"], counts["selections"], counts["scores"]) == (2, 1, 0)
    given = privacy.exported(school.store, kept)
    assert {name: len(given[name]) for name in counts} == counts
