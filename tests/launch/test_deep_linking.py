"""Deep Linking over HTTP: what an instructor picks, and what the LMS is told of it."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from tests.house.school import MOODLE, NOON, School
from tests.launch.picking import (
    DL,
    HERE,
    LTI,
    RETURN,
    Picker,
    form_of,
    furnish,
    items,
    open_school,
    seen,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[School, str]]:
    with open_school(tmp_path_factory.mktemp("selecting")) as (school, base):
        with httpx.Client(base_url=base, timeout=60) as http:
            Picker(school=school, base=base, http=http).asks()
        furnish(
            school,
            modules={"tables": "Week 1: Tables", "plots": "Week 2: Plots"},
            assignments={
                "ps1": {
                    "title": "Problem set 1",
                    "due_at": NOON + timedelta(days=7),
                    "released_at": NOON - timedelta(days=1),
                },
                "ps2": {"title": "Problem set 2", "points": 12.5},
                "read": {"title": "Reading", "points": 0},
            },
        )
        yield school, base


@pytest.fixture
def picker(served: tuple[School, str]) -> Iterator[Picker]:
    school, base = served
    school.time = NOON
    with httpx.Client(base_url=base, headers={"accept": "text/html"}, timeout=60) as http:
        yield Picker(school=school, base=base, http=http)


def test_modules_and_assignments_are_offered_with_points_and_deadlines(picker: Picker) -> None:
    page = picker.press(picker.asks())
    words = seen(page)
    assert list(form_of(page).choices) == [
        "course:",
        "module:tables",
        "module:plots",
        "assignment:ps1",
        "assignment:ps2",
        "assignment:read",
    ]
    assert "Problem set 1 ps1 10 points · due 8 Mar 2027, 12:00 UTC" in words
    assert "Problem set 2 ps2 12.5 points · no due date not released yet" in words
    assert "Reading read no points" in words


def test_several_are_picked_and_go_to_the_lms_in_one_answer(picker: Picker) -> None:
    ticket = picker.asks(data="opaque")
    review = picker.press(ticket, "review", "module:tables", "assignment:ps1")
    assert "Add these 2 links?" in seen(review)
    form = form_of(review)
    answer = picker.press(ticket, "add", *form.hidden["pick"])
    assert form_of(answer).action == RETURN
    claims = picker.claims(answer)
    module, assignment = items(claims)
    launch = f"{picker.school.settings.public_url}/base/hub/lti13/launch"
    assert module == {
        "type": "ltiResourceLink",
        "title": "Week 1: Tables",
        "text": "A module of the course, opened in JupyterLab.",
        "url": launch,
        "custom": {"module": "tables"},
        "window": {"targetName": "_blank"},
    }
    assert assignment == {
        "type": "ltiResourceLink",
        "title": "Problem set 1",
        "text": "An assignment of the course, worked on in JupyterLab.",
        "url": launch,
        "custom": {"assignment": "ps1"},
        "window": {"targetName": "_blank"},
        "lineItem": {
            "label": "Problem set 1",
            "scoreMaximum": 10.0,
            "resourceId": "coursehub:data-8:ps1",
            "tag": "coursehub",
            "submissionReview": {
                "reviewableStatus": ["Submitted", "Completed"],
                "label": "Open the submission",
                "url": launch,
                "custom": {"assignment": "ps1"},
            },
        },
        "available": {"startDateTime": "2027-02-28T12:00:00Z"},
        "submission": {"endDateTime": "2027-03-08T12:00:00Z"},
    }


def test_the_answer_is_for_the_lms_that_asked(picker: Picker) -> None:
    claims = picker.added("course:")
    at = int(NOON.timestamp())
    assert len(claims.pop("nonce")) >= 20
    assert items(claims)[0]["title"] == "Foundations"
    assert "custom" not in items(claims)[0]
    del claims[f"{DL}content_items"]
    assert claims == {
        "iss": "coursehub",
        "aud": [MOODLE],
        "azp": "coursehub",
        "iat": at,
        "exp": at + 300,
        f"{LTI}message_type": "LtiDeepLinkingResponse",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": "1",
    }


def test_an_assignment_without_points_brings_no_column(picker: Picker) -> None:
    (item,) = items(picker.added("assignment:read"))
    assert "lineItem" not in item
    review = picker.press(picker.asks(), "review", "assignment:read")
    assert "without a column in the LMS's gradebook for now" in seen(review)


def test_an_lms_that_takes_no_columns_gets_none(picker: Picker) -> None:
    (item,) = items(picker.added("assignment:ps1", accept_line_item=False))
    assert "lineItem" not in item


@pytest.mark.parametrize(
    ("targets", "shown"),
    [
        (("window", "iframe"), {"window"}),
        ((), {"window"}),
        (("iframe",), {"iframe"}),
        (("embed",), set()),
    ],
)
def test_a_window_of_its_own_is_preferred(
    picker: Picker, targets: tuple[str, ...], shown: set[str]
) -> None:
    (item,) = items(picker.added("module:tables", accept_targets=targets))
    assert {"window", "iframe"} & set(item) == shown


def test_a_search_narrows_the_lists_and_keeps_what_is_ticked(picker: Picker) -> None:
    found = picker.press(picker.asks(), "pick", "module:tables", "assignment:ps1", q="set 2")
    form = form_of(found)
    assert list(form.choices) == ["module:tables", "assignment:ps1", "course:", "assignment:ps2"]
    assert form.ticked == ["module:tables", "assignment:ps1"]
    assert "No module is called that." in seen(found)


def test_a_search_takes_signs_of_sql_as_they_stand(picker: Picker) -> None:
    assert list(form_of(picker.press(picker.asks(), q="%")).choices) == ["course:"]
    assert list(form_of(picker.press(picker.asks(), q="_")).choices) == ["course:"]


def test_an_lms_that_takes_one_link_gets_one(picker: Picker) -> None:
    ticket = picker.asks(accept_multiple=False)
    assert form_of(picker.press(ticket)).kinds == {"radio"}
    both = picker.press(ticket, "add", "module:tables", "module:plots")
    assert both.status_code == 422
    assert "Your LMS takes one link at a time." in seen(both)
    assert len(items(picker.claims(picker.press(ticket, "add", "module:plots")))) == 1


def test_nothing_ticked_is_said_and_the_selection_goes_on(picker: Picker) -> None:
    ticket = picker.asks()
    page = picker.press(ticket, "review")
    assert page.status_code == 422
    assert "Nothing is chosen yet." in seen(page)
    assert picker.press(ticket, "review", "course:").status_code == 200


def test_cancel_answers_with_nothing(picker: Picker) -> None:
    claims = picker.claims(picker.press(picker.asks(data="d"), "cancel", "module:tables"))
    assert items(claims) == []
    assert claims[f"{DL}data"] == "d"


def test_an_lms_that_takes_no_lti_links_is_told_so(picker: Picker) -> None:
    ticket = picker.asks(accept_types=("link", "html"))
    page = picker.press(ticket, "add", "module:tables")
    assert "Your LMS takes no LTI links here" in seen(page)
    assert items(picker.claims(picker.press(ticket, form_of(page).buttons[0]))) == []


def test_a_course_with_nothing_says_how_to_add_something(picker: Picker) -> None:
    page = picker.press(picker.asks(course="c2", label="Empty"))
    assert "No modules or assignments yet" in seen(page)
    assert "In its settings you add them one by one" in seen(page)
    assert list(form_of(page).choices) == ["course:"]


def test_who_comes_by_hand_is_told_where_to_start(picker: Picker) -> None:
    page = picker.http.get(HERE)
    assert page.status_code == 200
    assert "Begin in your LMS" in seen(page)


def test_every_page_may_be_framed_by_that_lms_alone(picker: Picker) -> None:
    ticket = picker.asks(return_url="https://school.example:8443/return?x=1")
    mine = "https://school.example:8443 https://moodle.north.example"
    for page in (picker.press(ticket), picker.press(ticket, "add", "module:gone")):
        policy = page.headers["content-security-policy"]
        assert f"frame-ancestors {mine}" in policy
        assert f"form-action 'self' {mine};" in policy
        assert "script-src 'self';" in policy
        assert "<nav" in page.text
        assert "Hub home" not in page.text
    assert "frame-ancestors 'self'" in picker.http.get(HERE).headers["content-security-policy"]


def test_the_sites_that_may_frame_the_launch_may_frame_its_selection(picker: Picker) -> None:
    """A browser shows the page only if every site around it is allowed (CSP 3, 6.4.2)."""
    around = ("https://*.moodle.north.example", "https://portal.example:8443", "http://[::1]:8000")
    ticket = picker.asks(framed_by=around)
    for page in (picker.press(ticket), picker.press(ticket, "review", "course:")):
        (allowed,) = ancestors(page)
        assert set(around) < set(allowed)
        assert "https://moodle.north.example" in allowed


def test_what_is_no_site_never_gets_into_the_policy(picker: Picker) -> None:
    around = ("*", "https:", "'none'", "https://*", "https://a.example; script-src *", "data:")
    more = ("https://a.example/x", "https://a.example, *", "https://A.example", "", "https://" * 99)
    page = picker.press(picker.asks(framed_by=(*around, *more, "https://good.example")))
    assert ancestors(page) == [["https://moodle.north.example", "https://good.example"]]


def test_sites_without_end_are_cut_short(picker: Picker) -> None:
    around = tuple(f"https://{number}.example" for number in range(5000))
    (allowed,) = ancestors(picker.press(picker.asks(framed_by=around)))
    assert allowed[1:] == list(around[:100])


def ancestors(page: httpx.Response) -> list[list[str]]:
    """The sources of each frame-ancestors directive."""
    directives = page.headers["content-security-policy"].split(";")
    return [each.split()[1:] for each in directives if "frame-ancestors" in each]


def test_no_page_of_a_selection_is_kept_by_a_browser(picker: Picker) -> None:
    page = picker.press(picker.asks(), "add", "course:")
    assert page.headers["cache-control"] == "no-store"
