"""A course file moved to a new term."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.courses.rules.file import parse
from coursehub.courses.rules.rollover import NextTerm, rolled_over
from coursehub.errors import Invalid
from coursehub.vocabulary.terms import Holiday
from tests.courses.whole import WHOLE

AUTUMN = date(2027, 9, 6)  # a Monday
THANKSGIVING = Holiday(date(2027, 10, 11), date(2027, 10, 11), "Thanksgiving")
AUTUMN_BREAK = Holiday(date(2027, 10, 25), date(2027, 10, 29))
HEAD = "title: A\nslug: a\nterm: {starts: 2027-01-11}\n"


def moved(text: str = WHOLE, **how: object) -> NextTerm:
    return rolled_over(text, starts=AUTUMN, **how)  # type: ignore[arg-type]


def test_days_keep_their_teaching_week_and_weekday() -> None:
    new = parse(moved().text)
    assert str(new.term.starts) == "2027-09-06"
    assert str(new.due(new.assignments[0])) == "2027-09-24 23:59:00-04:00"  # week 3, Friday
    # 2 March was in week 8, and in week 7 of those with teaching.
    assert str(new.exams[0].starts) == "2027-10-19 10:00"
    assert str(new.term.ends) == "2027-11-26"  # as many teaching weeks as before


def test_holidays_of_the_new_term_are_skipped_and_the_old_ones_are_gone() -> None:
    next_term = moved(holidays=(THANKSGIVING, AUTUMN_BREAK))
    new = parse(next_term.text)
    assert new.term.holidays == (THANKSGIVING, AUTUMN_BREAK)
    assert str(new.exams[0].starts) == "2027-10-19 10:00"
    later = moved(HEAD + "assignments: [{name: a, title: A, due: 2027-02-15 12:00}]",
                  holidays=(THANKSGIVING,))  # fmt: skip
    (told,) = later.moved
    assert (told.before, told.after) == ("2027-02-15 12:00", "2027-10-12 12:00")
    assert told.why == "the Monday of week 6 is a holiday"


def test_people_are_left_behind() -> None:
    new = parse(moved().text)
    assert not new.extensions
    assert all(not item.extensions for item in new.assignments)
    assert all(not exam.extra_time for exam in new.exams)
    assert [each.person for each in new.staff] == ["ada@north.example"]
    assert not new.roster.sources  # Canvas's course 42 is the old one
    assert new.roster.dropped_servers == "keep"


def test_every_other_letter_of_the_file_stays() -> None:
    text = moved().text
    for line in (
        "# Data 8, as it is taught in Toronto.",
        "due: week 3 friday  # a day alone is its last minute",
        "starts: 2027-09-06  # a Monday",
        "late: {grace: 15 minutes, per_day: 10%, at_most: 50%, closes: 5 days}",
    ):
        assert line in text
    assert len(text.splitlines()) > 60


def test_the_same_term_again_moves_nothing() -> None:
    old = parse(WHOLE)
    again = rolled_over(WHOLE, starts=old.term.starts, holidays=old.term.holidays)
    assert all(one.before == one.after for one in again.moved)
    assert parse(again.text).term == old.term


def test_a_term_without_an_end_may_be_given_one() -> None:
    for head in (HEAD, "title: A\nslug: a\nterm:\n  starts: 2027-01-11\n"):
        text = rolled_over(head, starts=AUTUMN, ends=date(2027, 12, 1)).text
        assert str(parse(text).term.ends) == "2027-12-01"


def test_a_term_that_would_end_before_it_starts_is_refused() -> None:
    with pytest.raises(Invalid, match="would end"):
        moved(ends=date(2027, 1, 1))


def test_the_new_file_has_the_new_courses_name() -> None:
    assert parse(moved(slug="data8-2027-09").text).slug == "data8-2027-09"


DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


@given(
    DAYS, DAYS, st.lists(st.integers(0, 90), max_size=6), st.lists(st.integers(0, 90), max_size=6)
)
def test_whatever_the_terms_a_weekday_changes_for_a_holiday_alone(
    starts: date, new: date, days: list[int], free: list[int]
) -> None:
    items = ", ".join(
        f"{{name: a{n}, title: A, due: {starts + timedelta(days=day)}}}"
        for n, day in enumerate(days)
    )
    text = f"title: A\nslug: a\nterm: {{starts: {starts}}}\nassignments: [{items}]\n"
    holidays = tuple(Holiday(d, d) for d in sorted({new + timedelta(days=day) for day in free}))
    for one in rolled_over(text, starts=new, holidays=holidays).moved:
        before, after = date.fromisoformat(one.before), date.fromisoformat(one.after)
        assert before.weekday() == after.weekday() or one.why
        assert not any(each.first <= after <= each.last for each in holidays)
