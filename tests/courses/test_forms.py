"""A course's settings, changed by the forms of its pages."""

import pytest

from coursehub.courses.actions import applying
from coursehub.courses.rules.difference import Side
from coursehub.courses.rules.file import parse
from coursehub.courses.rules.forms import FORMS
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.course_file import CourseChange
from coursehub.model.module import Module, Source
from coursehub.model.quota import Budget, Exam, Quota
from coursehub.vocabulary.terms import Length
from tests.courses.whole import WHOLE
from tests.courses.window import HOME, KEY, Window, fields, window
from tests.roster.office import office

__all__ = ["office", "window"]
PS1 = f"{HOME}/assignments/ps1"
NAMED = {"assignments": "ps1", "modules": "charts", "exams": "midterm"}


def paths() -> list[str]:
    return [f"{HOME}/{key}" + (f"/{NAMED[key]}" if key in NAMED else "") for key in FORMS]


@pytest.mark.parametrize("path", paths())
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(window: Window, path: str) -> None:
    before = len(window.rows(CourseChange))
    assert "Nothing was changed." in window.fills_in(path)
    assert applying.export(window.office.course.school.store, KEY) == WHOLE
    assert len(window.rows(CourseChange)) == before


def test_an_assignment_is_changed_and_the_file_stays_what_it_is_compared_with(
    window: Window,
) -> None:
    page = window.fills_in(PS1, title="Rides of a week", points="12", due="2027-01-31T20:00")
    assert "Saved." in page
    assert "Rides of a week" in page
    row = {row.name: row for row in window.rows(Assignment)}["ps1"]
    assert (row.title, row.points) == ("Rides of a week", 12)
    assert str(row.due_at) == "2027-02-01 01:00:00+00:00"
    assert (row.notebooks, row.column_shown) == (["rides"], True)  # of which the form says nothing
    assert window.applies() == 0  # the file says nothing new: the page's changes stay
    assert window.applies(WHOLE.replace("points: 30.5", "points: 31")) == 1


def test_an_assignment_gets_a_late_policy_of_its_own_and_gives_it_up(window: Window) -> None:
    window.fills_in(PS1, own_late="1", late__per_day="25%", late__closes="2 days")
    ps1 = {row.name: row for row in window.rows(Assignment)}["ps1"]
    assert (ps1.late.percent_a_day, ps1.late.closes) == (25, Length(days=2))
    sent = window.form(PS1)
    assert (sent["late.per_day"], sent["late.closes"]) == ("25%", "2 days")
    del sent["own_late"]
    window.sends(PS1, sent)
    assert {row.name: row for row in window.rows(Assignment)}["ps1"].late is None


def test_an_assignment_a_module_and_an_exam_are_added(window: Window) -> None:
    window.fills_in(
        f"{HOME}/new/assignments", name="ps2", title="Two", points="8", due="2027-02-12T23:59"
    )
    window.fills_in(
        f"{HOME}/new/modules",
        name="maps",
        title="Maps",
        source="https://git.example/data8/materials.git",
        path="03-maps",
        release="2027-02-01T09:00",
    )
    page = window.fills_in(
        f"{HOME}/new/exams",
        name="final",
        title="Final",
        starts="2027-04-08T10:00",
        ends="2027-04-08T13:00",
        assignments="ps1, ps2",
        quota__memory="4G",
        seats="260",
    )
    assert "Final" in page
    assert [row.name for row in window.rows(Assignment)] == ["ps1", "midterm", "ps2"]
    assert [row.position for row in window.rows(Module)] == [0, 1, 2]
    assert len(window.rows(Source)) == 2
    final = window.rows(Exam)[1]
    assert (final.assignments, final.memory_bytes, final.seats) == (["ps1", "ps2"], 4 * 10**9, 260)


def test_an_exam_is_removed_and_an_assignment_never(window: Window) -> None:
    page = window.sends(f"{HOME}/exams/midterm/remove", {})
    assert "Removed." in page
    assert window.rows(Exam) == []
    assert "people may have work in it" in window.sends(f"{PS1}/remove", {}, status=404)
    assert len(window.rows(Assignment)) == 2


def test_the_term_limits_budget_and_late_policy_are_changed(window: Window) -> None:
    term = {"ends": "2027-04-16", "holidays": "2027-02-15/2027-02-19 Reading week\r\n2027-03-29"}
    window.fills_in(f"{HOME}/term", **term)
    window.fills_in(f"{HOME}/quotas", student__memory="1.5G", seats="60", ta__disk="20G")
    window.fills_in(f"{HOME}/budget", total="800 USD", warn_at="60%")
    window.fills_in(f"{HOME}/late", per_day="20%", grace="")
    (course,), (student, ta, _) = window.rows(Course), window.rows(Quota)
    assert str(course.term_ends) == "2027-04-16"
    assert [(str(day), day.name) for day in course.holidays] == [
        ("2027-02-15/2027-02-19", "Reading week"),
        ("2027-03-29", ""),
    ]
    assert (student.memory_bytes, student.seats, ta.disk_bytes) == (1_500_000_000, 60, 20 * 10**9)
    assert [(row.total_microusd, row.warn_percent) for row in window.rows(Budget)] == [
        (800_000_000, 60)
    ]
    assert (course.late.percent_a_day, course.late.grace) == (20, None)


def test_due_moments_keep_their_time_on_the_wall_in_another_zone(window: Window) -> None:
    window.fills_in(f"{HOME}/term", time_zone="America/Vancouver")
    row = {row.name: row for row in window.rows(Assignment)}["ps1"]
    assert str(row.due_at) == "2027-01-30 07:59:00+00:00"
    assert window.form(PS1)["due"] == "2027-01-29T23:59"


def test_a_moment_that_comes_twice_stays_where_it_is_not_touched(window: Window) -> None:
    second = "2027-11-07T06:30:00+00:00"  # half past one for the second time in Toronto
    window.applies(WHOLE.replace("due: 2027-03-02 12:00", f"due: {second}"))
    path = f"{HOME}/assignments/midterm"
    assert window.form(path)["due"] == "2027-11-07T01:30"
    window.fills_in(path, title="The midterm")
    row = {row.name: row for row in window.rows(Assignment)}["midterm"]
    assert (row.title, str(row.due_at)) == ("The midterm", "2027-11-07 06:30:00+00:00")


@pytest.mark.parametrize(
    ("path", "words", "sentence"),
    [
        (PS1, {"title": ""}, "Title: it is missing."),
        (PS1, {"points": "many"}, "Points: write a number here."),
        (PS1, {"points": "-1"}, "Points: input should be greater than or equal to 0."),
        (PS1, {"points": "nan"}, "Points:"),
        (PS1, {"due": "tomorrow"}, "Due: write a moment like"),
        (PS1, {"due": "2027-01-11T09:00"}, "Due: it is due before it is released"),
        (PS1, {"own_late": "1", "late.per_day": "a lot"}, "Points off a day: write a share"),
        (f"{HOME}/term", {"time_zone": "America/Torronto"}, "try America/Toronto"),
        (f"{HOME}/term", {"ends": "2026-12-24"}, "Last day: the term ends before it starts"),
        (f"{HOME}/term", {"holidays": "some day"}, "Days without teaching: write a date"),
        (f"{HOME}/quotas", {"student.memory": "lots"}, "Memory of a student: 'lots' is no amount"),
        (f"{HOME}/quotas", {"seats": "2.5"}, "Servers at once: write a whole number"),
        (f"{HOME}/exams/midterm", {"assignments": "midterms"}, "is it midterm?"),
        (f"{HOME}/exams/midterm", {"ends": "2027-03-02T09:00"}, "ends before it starts"),
        (f"{HOME}/modules/charts", {"source": "ext::sh -c id"}, "Repository:"),
        (f"{HOME}/modules/charts", {"path": "../../etc"}, "Folder in it:"),
        (f"{HOME}/new/assignments", {"name": "../x", "title": "X"}, "Write a name of letters"),
        (f"{HOME}/new/modules", {"name": "(order)", "title": "X"}, "Write a name of letters"),
        (f"{HOME}/new/assignments", {"name": "ps1", "title": "X"}, "There is one of that name"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_stays(
    window: Window, path: str, words: dict[str, str], sentence: str
) -> None:
    answer = window.office.http.post(path, data=window.form(path) | words)
    assert answer.status_code in {409, 422}
    assert "Nothing was saved." in answer.text
    page = window.sends(path, window.form(path) | words, status=answer.status_code)
    assert sentence in page
    assert all(value in page for value in words.values())
    assert applying.export(window.office.course.school.store, KEY) == WHOLE


def test_an_extension_that_a_new_due_moment_would_overtake_is_told(window: Window) -> None:
    sent = window.form(PS1) | {"due": "2027-03-05T23:59"}
    page = window.sends(PS1, sent, status=422)
    assert "Due: the extension of section B ends before it is due, on 2027-02-01 12:00." in page


def test_of_two_who_change_the_same_thing_the_second_is_told(window: Window) -> None:
    mine, theirs = window.form(PS1), window.form(PS1)
    window.sends(PS1, theirs | {"title": "Theirs"})
    page = window.sends(PS1, mine | {"points": "20"}, status=409)
    assert "Title: somebody else has set this to Theirs meanwhile." in page
    row = {row.name: row for row in window.rows(Assignment)}["ps1"]
    assert (row.title, row.points) == ("Theirs", 10)
    answer = window.office.http.post(PS1, data=mine | {"points": "20"})
    window.sends(PS1, fields(answer.text))  # once more, and mine holds
    row = {row.name: row for row in window.rows(Assignment)}["ps1"]
    assert (row.title, row.points) == ("A week of rides", 20)


def test_a_change_on_the_page_and_in_the_file_is_a_clash(window: Window) -> None:
    window.fills_in(PS1, points="12")
    later = WHOLE.replace("points: 10", "points: 14")
    assert window.applies(later, otherwise=Side.FILE) == 1
    assert (
        parse(applying.export(window.office.course.school.store, KEY)).assignments[0].points == 14
    )


def test_every_change_is_kept_with_who_and_when_and_by_what(window: Window) -> None:
    window.fills_in(PS1, points="12")
    page = window.read(f"{HOME}/changes")
    assert "assignments ps1 points" in page
    assert "t1, on the page" in page
    assert "ada, by command" in page  # the file before it
    first = window.office.http.get(f"api/v1/courses/{KEY}/changes?limit=1").json()
    (latest,) = first["items"]
    assert (latest["by"], latest["origin"]) == ("t1", "page")
    assert (latest["place"], latest["before"], latest["after"]) == (
        "assignments ps1 points",
        "10",
        "12",
    )
    second = window.office.http.get(f"api/v1/courses/{KEY}/changes?after={first['next']}")
    assert {one["origin"] for one in second.json()["items"]} == {"command"}


@pytest.mark.parametrize(
    "path", ["nonsense", "assignments", "assignments/ps9", "term/x", "new/term"]
)
def test_a_setting_that_there_is_not_is_told(window: Window, path: str) -> None:
    assert window.office.http.get(f"{HOME}/{path}").status_code == 404
