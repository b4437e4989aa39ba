"""The course file on its page and in the API."""

from typing import Any

import pytest

from coursehub.courses.actions import applying
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileVersion
from coursehub.model.roster_source import RosterSource
from tests.courses.whole import WHOLE
from tests.courses.window import HOME, KEY, Window, fields, window
from tests.roster.office import office

__all__ = ["office", "window"]
PATH = f"{HOME}/file"
API = f"api/v1/courses/{KEY}/file"


def looks(window: Window, **words: str) -> str:
    """The page of what the file would change, as it is."""
    answer = window.office.http.post(PATH, data=window.form(PATH) | words)
    assert answer.status_code == 200, answer.text
    return answer.text


def row(window: Window, name: str = "ps1") -> Any:
    return {row.name: row for row in window.rows(Assignment)}[name]


def test_the_page_shows_what_runs_and_what_a_change_of_it_would_do(window: Window) -> None:
    assert window.form(PATH)["text"] == WHOLE
    page = looks(window, text=WHOLE.replace("points: 10", "points: 12"))
    assert "One change" in page
    assert "assignments ps1 points: 10 → 12" in page
    assert row(window).points == 10
    done = window.sends(f"{PATH}/apply", fields(page))
    assert "The course is as the file says." in done
    assert row(window).points == 12
    latest = window.rows(CourseFileVersion)[-1]
    assert (latest.origin, latest.by) == ("page", "t1")
    assert window.form(PATH)["text"] == WHOLE.replace("points: 10", "points: 12")


def test_what_was_changed_on_the_page_before_the_edit_began_is_no_clash(window: Window) -> None:
    window.fills_in(f"{HOME}/assignments/ps1", points="12")
    text = window.form(PATH)["text"]
    page = looks(window, text=text.replace("points: 12", "points: 13"))
    assert "Both have changed this" not in page
    window.sends(f"{PATH}/apply", fields(page))
    assert row(window).points == 13


def test_a_file_is_uploaded(window: Window) -> None:
    text = WHOLE.replace("title: Data 8", "title: Data Eight").replace("\n", "\r\n")
    upload = {"upload": ("course.yml", b"\xef\xbb\xbf" + text.encode(), "application/yaml")}
    answer = window.office.http.post(PATH, data=window.form(PATH), files=upload)
    assert "title: Data 8 → Data Eight" in answer.text
    window.sends(f"{PATH}/apply", fields(answer.text))
    assert [course.title for course in window.rows(Course)] == ["Data Eight"]
    assert window.rows(CourseFileVersion)[-1].origin == "upload"


def test_an_uploaded_file_that_clashes_waits_for_a_choice(window: Window) -> None:
    window.fills_in(f"{HOME}/assignments/ps1", points="12")
    text = WHOLE.replace("points: 10", "points: 14")
    upload = {"upload": ("course.yml", text.encode())}
    page = window.office.http.post(PATH, data=window.form(PATH), files=upload).text
    assert "Both have changed this" in page
    sent = fields(page)
    key = next(key for key in sent if key.startswith("choice:"))
    del sent[key]
    again = window.sends(f"{PATH}/apply", sent, status=409)
    assert "Say which holds" in again
    assert row(window).points == 12
    window.sends(f"{PATH}/apply", sent | {key: "file"})
    assert row(window).points == 14


def test_what_changed_since_somebody_looked_is_shown_before_anything_is_done(
    window: Window,
) -> None:
    page = looks(window, text=WHOLE.replace("points: 10", "points: 12"))
    window.fills_in(f"{HOME}/assignments/ps1", title="Rides of a week")
    again = window.office.http.post(f"{PATH}/apply", data=fields(page))
    assert again.status_code == 409
    assert "look again" in again.text
    assert row(window).points == 10
    window.sends(f"{PATH}/apply", fields(again.text))
    assert (row(window).points, row(window).title) == (12, "Rides of a week")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("points: 10", "pionts: 10", "is it points?"),
        ("points: 10", "points: ten", "assignments.0.points: write a number"),
        ("title: Data 8", "title: [", "The file is not YAML"),
        (WHOLE, "", "The file must hold"),
        ("points: 10", "points: 10\n    due: week 3 friday", "stands twice"),
    ],
)
def test_a_faulty_file_stays_in_the_editor_with_its_faults(
    window: Window, before: str, after: str, sentence: str
) -> None:
    text = WHOLE.replace(before, after)
    page = window.sends(PATH, window.form(PATH) | {"text": text}, status=422)
    assert sentence in page
    assert "Nothing was changed" in page
    assert row(window).points == 10


def test_what_was_looked_at_is_edited_once_more(window: Window) -> None:
    page = looks(window, text=WHOLE.replace("points: 10", "points: 12"))
    answer = window.office.http.post(f"{PATH}/edit", data=fields(page))
    assert "points: 12" in fields(answer.text)["text"]
    assert fields(answer.text)["began"] == WHOLE


def test_a_file_on_the_page_never_changes_where_people_are_listed(window: Window) -> None:
    page = looks(window, text=WHOLE.replace("canvas.example", "evil.example"))
    refused = window.sends(f"{PATH}/apply", fields(page), status=403)
    assert "ask the Hub's administrator" in refused
    assert {source.url for source in window.rows(RosterSource)} == {"", "https://canvas.example"}


def test_what_is_no_text_or_too_much_of_it_is_refused(window: Window) -> None:
    sent = window.form(PATH)
    for content, status in (
        (b"\xff\xfe\x00", 422),
        (b"#" * 1_000_001, 422),
        (b"#" * 3_000_000, 413),
    ):
        upload = {"upload": ("course.yml", content)}
        assert window.office.http.post(PATH, data=sent, files=upload).status_code == status
    bad = {"choice:assignments/ps1/points": "both"}
    assert window.office.http.post(f"{PATH}/apply", data=sent | bad).status_code == 422


def test_a_course_is_set_up_from_nothing_on_the_page(office: Any) -> None:
    fresh = Window(office)
    assert "No assignments yet" in fresh.read()
    text = fresh.form(PATH)["text"] + ("assignments:\n- {name: ps1, title: One, points: 3}\n")
    fresh.sends(f"{PATH}/apply", fields(looks(fresh, text=text)))
    assert row(fresh).points == 3
    assert "No course file has been applied yet" not in fresh.read()


def test_the_api_gives_plans_and_applies_the_file(window: Window) -> None:
    http, yaml = window.office.http, {"content-type": "application/yaml"}
    given = http.get(API)
    assert (given.text, given.headers["content-type"]) == (WHOLE, "application/yaml")
    text = WHOLE.replace("points: 10", "points: 12")
    planned = http.post(f"{API}/plan", content=text, headers=yaml).json()
    assert [one["words"] for one in planned["changes"]] == ["assignments ps1 points: 10 → 12"]
    assert (planned["clashes"], planned["staying"]) == ([], [])
    window.fills_in(f"{HOME}/assignments/ps1", points="11")
    late = http.put(API, content=text, headers=yaml, params={"seen": planned["mark"]})
    assert (late.status_code, late.json()["code"]) == (409, "course-file-overtaken")
    clash = http.put(API, content=text, headers=yaml)
    assert (clash.status_code, clash.json()["code"]) == (409, "course-file-clash")
    (one,) = http.post(f"{API}/plan", content=text, headers=yaml).json()["clashes"]
    assert (one["place"], one["last"], one["page"], one["file"]) == (
        ["assignments", "ps1", "points"],
        10,
        11,
        12,
    )
    done = http.put(API, content=text, headers=yaml, params={"keep": "file"}).json()
    assert [change["after"] for change in done["changes"]] == [12]
    assert http.get(API).text == text


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"title: [", b"- 1", b"#" * 1_000_001])
def test_what_is_no_course_file_is_refused_by_the_api(window: Window, content: bytes) -> None:
    answer = window.office.http.put(API, content=content, headers={"content-type": "text/yaml"})
    assert answer.status_code == 422
    assert applying.export(window.office.course.school.store, KEY) == WHOLE
