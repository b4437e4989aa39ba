"""Deep Linking under attack: tickets, addresses, other courses, odd titles, very many items."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlmodel import select

from coursehub.errors import Refused
from coursehub.model.course import Course, Enrolment, LaunchRecord, Selection
from coursehub.model.institution import Platform, PlatformState
from coursehub.model.module import Module
from coursehub.store import EVERYONE
from coursehub.vocabulary.launch import DeepLinking, Message
from tests.house.school import INSTRUCTOR, NOON, School, at_once
from tests.launch.picking import (
    DL,
    HERE,
    RETURN,
    Picker,
    form_of,
    furnish,
    items,
    open_school,
    seen,
)

ODD = "<script>alert(1)</script>\"'>&amp; {{ 7 * 7 }} Ünïcode \N{PILE OF POO} \u202e"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[School, str]]:
    with open_school(tmp_path_factory.mktemp("hostile")) as (school, base):
        with httpx.Client(base_url=base, timeout=60) as http:
            picker = Picker(school=school, base=base, http=http)
            picker.asks()
            picker.asks(course="c2", label="Other")
            picker.asks(course="c3", label="Large")
        furnish(school, modules={"tables": "Tables", "odd": ODD}, assignments={"ps1": {}})
        furnish(school, key="other", modules={"secret": "Their module"})
        furnish(school, key="large", assignments={f"a{n:05}": {} for n in range(10_000)})
        yield school, base


@pytest.fixture
def picker(served: tuple[School, str]) -> Iterator[Picker]:
    school, base = served
    school.time = NOON
    with httpx.Client(base_url=base, headers={"accept": "text/html"}, timeout=60) as http:
        yield Picker(school=school, base=base, http=http)


def request(return_url: str = RETURN) -> DeepLinking:
    return DeepLinking(return_url=return_url, accept_types=("ltiResourceLink",))


@pytest.mark.parametrize("ticket", ["", "forged", "x" * 43, "' OR 1=1 --"])
def test_a_forged_ticket_opens_nothing(picker: Picker, ticket: str) -> None:
    for step in ("pick", "add", "cancel"):
        answer = picker.press(ticket, step, "module:tables")
        assert answer.status_code in {403, 422}
        assert "JWT" not in answer.text
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_a_request_without_a_ticket_is_refused(picker: Picker) -> None:
    assert picker.http.post(HERE, data={"step": "add", "pick": "course:"}).status_code == 422


def test_a_ticket_lives_for_twenty_minutes(picker: Picker) -> None:
    ticket = picker.asks()
    picker.school.time += timedelta(minutes=19, seconds=59)
    assert picker.press(ticket).status_code == 200
    picker.school.time += timedelta(seconds=1)
    late = picker.press(ticket, "add", "course:")
    assert late.status_code == 403
    assert "older than 20 minutes" in seen(late)
    assert "frame-ancestors https://moodle.north.example" in late.headers["content-security-policy"]


def test_a_ticket_answers_once(picker: Picker) -> None:
    ticket = picker.asks()
    assert len(items(picker.claims(picker.press(ticket, "add", "course:")))) == 1
    for step in ("pick", "review", "add", "cancel"):
        again = picker.press(ticket, step, "course:")
        assert again.status_code == 403
        assert "has been answered" in seen(again)


def test_of_two_answers_at_one_instant_the_lms_gets_one(picker: Picker) -> None:
    ticket = picker.asks()
    found = at_once(*[partial(picker.press, ticket, "add", "course:")] * 4)
    assert sorted(answer.status_code for answer in found) == [200, 403, 403, 403]


def test_students_pick_nothing(picker: Picker) -> None:
    before = len(picker.school.rows(LaunchRecord))
    launch = picker.school.link("ann", message_type=Message.DEEP_LINKING, deep_linking=request())
    with pytest.raises(Refused) as refused:
        picker.school.receive(launch)
    assert refused.value.code == "staff-only-selection"
    assert len(picker.school.rows(LaunchRecord)) == before


def test_without_a_course_there_is_nothing_to_pick(picker: Picker) -> None:
    launch = picker.school.link(
        message_type=Message.DEEP_LINKING,
        roles=(INSTRUCTOR,),
        deep_linking=request(),
        context=None,
    )
    with pytest.raises(Refused) as refused:
        picker.school.receive(launch)
    assert refused.value.code == "selection-without-course"


@pytest.mark.parametrize(
    "return_url",
    [
        "http://moodle.north.example/return",
        "javascript:alert(1)",
        "//evil.example/return",
        "https:///return",
        "https://evil.example;script-src",
        "https://evil.example,x/return",
        "https://evil.example /return",
        "",
    ],
)
def test_an_unsafe_return_address_is_refused(picker: Picker, return_url: str) -> None:
    launch = picker.school.link(
        message_type=Message.DEEP_LINKING, roles=(INSTRUCTOR,), deep_linking=request(return_url)
    )
    with pytest.raises(Refused) as refused:
        picker.school.receive(launch)
    assert refused.value.code == "unsafe-return-address"


def test_the_answer_never_goes_where_a_form_says(picker: Picker) -> None:
    elsewhere = {"deep_link_return_url": "https://evil.example", "return_url": "https://evil"}
    answer = picker.press(picker.asks(), "add", "course:", **elsewhere)
    assert form_of(answer).action == RETURN
    assert "evil" not in answer.text
    assert "evil" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("key", ["module:secret", "module:", "assignment:tables", "x", "course:1"])
def test_what_is_not_in_the_course_cannot_be_picked(picker: Picker, key: str) -> None:
    ticket = picker.asks()
    for step in ("review", "add"):
        answer = picker.press(ticket, step, "module:tables", key)
        assert answer.status_code == 404
        assert "Their module" not in answer.text
    assert "Their module" not in picker.press(ticket, "pick", key, q="Their").text
    assert picker.press(ticket, "add", "module:tables").status_code == 200


def test_ten_thousand_assignments_make_a_short_page(picker: Picker) -> None:
    ticket = picker.asks(course="c3", label="Large")
    page = picker.press(ticket, "pick", "assignment:a09999")
    assert len(page.content) < 60_000
    assert "Assignments 10,000" in seen(page)
    assert "The first 50 of 10,000 are shown." in seen(page)
    assert form_of(page).ticked == ["assignment:a09999"]
    assert len(form_of(picker.press(ticket, most=100)).choices) == 101
    assert len(form_of(picker.press(ticket, q="a0777")).choices) == 11


def test_more_links_than_an_lms_takes_are_refused_with_a_sentence(picker: Picker) -> None:
    ticket = picker.asks(course="c3", label="Large")
    many = [f"assignment:a{n:05}" for n in range(101)]
    answer = picker.press(ticket, "add", *many)
    assert answer.status_code == 422
    assert "These are 101 links; at most 100 go at once." in seen(answer)
    assert len(items(picker.claims(picker.press(ticket, "add", *many[:100])))) == 100


def test_fields_without_end_are_refused(picker: Picker) -> None:
    ticket = picker.asks()
    assert picker.press(ticket, "add", *["module:tables"] * 5000).status_code == 400
    assert picker.press(ticket, most=10**9).status_code == 422
    assert picker.press(ticket, q="x" * 101).status_code == 422
    assert picker.press(ticket, "steal").status_code == 422


def test_a_title_cannot_break_the_pages(picker: Picker) -> None:
    ticket = picker.asks()
    for step in ("pick", "review"):
        text = picker.press(ticket, step, "module:odd").text
        assert "<script>alert" not in text
        assert "{{ 7 * 7 }}" in text
    (item,) = items(picker.claims(picker.press(ticket, "add", "module:odd")))
    assert item["title"] == ODD


def test_a_long_title_is_cut_where_lmss_cut_it(picker: Picker) -> None:
    with picker.school.store.writing(EVERYONE) as session:
        session.exec(select(Module).where(Module.name == "tables")).one().title = "é" * 600
    (item,) = items(picker.added("module:tables"))
    assert item["title"] == "é" * 255


def test_what_is_searched_for_cannot_break_the_page(picker: Picker) -> None:
    assert "<script>alert" not in picker.press(picker.asks(), q='"><script>alert(1)</script>').text


@trying(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=TEXTS, title=TEXTS.filter(str.strip))
def test_data_and_titles_come_back_letter_for_letter(picker: Picker, data: str, title: str) -> None:
    with picker.school.store.writing(EVERYONE) as session:
        session.exec(select(Module).where(Module.name == "tables")).one().title = title
    claims = picker.added("module:tables", data=data)
    assert claims[f"{DL}data"] == data
    assert items(claims)[0]["title"] == title


def change(picker: Picker, table: Any, **values: Any) -> None:
    with picker.school.store.writing(EVERYONE) as session:
        for row in session.exec(select(table)):
            for name, value in values.items():
                setattr(row, name, value)


def test_an_lms_that_was_switched_off_gets_no_answer(picker: Picker) -> None:
    ticket = picker.asks()
    change(picker, Platform, state=PlatformState.OFF)
    try:
        assert picker.press(ticket, "add", "course:").status_code == 403
    finally:
        change(picker, Platform, state=PlatformState.ACTIVE)


def test_an_instructor_who_was_dropped_meanwhile_picks_nothing(picker: Picker) -> None:
    ticket = picker.asks()
    change(picker, Enrolment, dropped_at=NOON)
    answer = picker.press(ticket, "add", "course:")
    assert answer.status_code == 403
    assert "Only a course's instructors and TAs" in seen(answer)


def test_the_ticket_is_neither_stored_nor_logged(
    picker: Picker, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = picker.asks()
    answer = picker.press(ticket, "add", "course:")
    assert answer.status_code == 200
    assert not [row for row in picker.school.rows(Selection) if ticket in repr(row)]
    assert "/deep-linking" in caplog.text
    assert ticket not in caplog.text
    assert form_of(answer).hidden["JWT"][0] not in caplog.text


def test_old_selections_are_forgotten(picker: Picker) -> None:
    picker.asks()
    picker.school.time += timedelta(days=2)
    picker.asks()
    assert len(picker.school.rows(Selection)) == 1
    assert len(picker.school.rows(Course)) == 3
