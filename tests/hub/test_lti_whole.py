"""LTI as a term meets it: a real Hub, the service and an LMS, with everything switched on."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import httpx
import pytest

from demo.browser import Browser, forms
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.stage import Ports, Stage
from demo.steps.expecting import answered, until
from tests.hub import term
from tests.hub.term import HERE

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]
AMINA, BEN, NEWCOMER, LMS_ADMIN, EMMY = "1010", "1011", "1021", "1003", "5001"
PS2 = f"coursehub:{COURSE}:ps2"
ASSIGNMENT = f"{HERE}/courses/{COURSE}/assignments/ps2"
IN_A_FRAME = {"Accept": "text/html", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
IN_A_WINDOW = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """A class on a stage of its own: what happens here would surprise the tour's."""
    with Stage(tmp_path_factory.mktemp("lti"), Ports.free()) as stage:
        room = Classroom(stage)
        try:
            term.begin(room)
            yield room
        finally:
            room.close()


@pytest.fixture
def browser(room: Classroom) -> Iterator[Browser]:
    """A browser that has been nowhere yet."""
    fresh = term.newcomer(room)
    yield fresh
    fresh.close()


@pytest.fixture(scope="module")
def picked(room: Classroom) -> dict[str, str]:
    """The links that the instructor picked by Deep Linking: their ids in the LMS, by title."""
    before = {link["id"] for link in links(room)}
    instructor = room.browser(INSTRUCTOR)
    page = instructor.press(f"/courses/{CONTEXT}/deep-linking", person=INSTRUCTOR)
    page = answered(instructor.submit_form(page, "/deep-linking"))
    found = answered(instructor.submit_form(page, "/deep-linking", q="forecast", step="pick"))
    assert "assignment:ps2" in found.text
    assert "assignment:ps1" not in found.text
    both = ["assignment:ps2", "module:tables"]
    page = answered(instructor.submit_form(found, "/deep-linking", pick=both, step="review"))
    assert "Add these 2 links" in page.text
    page = answered(instructor.submit_form(page, "/deep-linking", pick=both, step="add"))
    answered(instructor.submit_form(page, "/deep-linking/return"))
    return {link["title"]: link["id"] for link in links(room) if link["id"] not in before}


@pytest.fixture(scope="module")
def scored(room: Classroom, picked: dict[str, str]) -> str:
    """The gradebook's column of the picked assignment, in which a student has points."""
    answered(room.launch(AMINA, picked["From a sample to a forecast"]))
    term.hand_in(room, AMINA)
    term.grade(room, AMINA, points=7)
    line_item: str = term.column(room, PS2)["id"]
    term.arrived(room, line_item, AMINA, 7)
    return line_item


def links(room: Classroom) -> list[dict[str, str]]:
    courses = room.lms("GET", "/api/courses")["courses"]
    found: list[dict[str, str]] = next(c for c in courses if c["id"] == CONTEXT)["links"]
    return found


def test_what_an_instructor_picks_becomes_links_that_lead_there(
    room: Classroom, picked: dict[str, str]
) -> None:
    assert set(picked) == {"From a sample to a forecast", "Tables"}
    page = answered(room.launch(AMINA, picked["From a sample to a forecast"]))
    assert page.url.path == ASSIGNMENT
    assert "From a sample to a forecast" in page.text
    page = answered(room.launch(INSTRUCTOR, picked["Tables"]))
    assert f"coursehub/open?course={COURSE}&module=tables" in unquote(str(page.url))


def test_a_score_goes_into_the_column_that_came_with_the_link(
    room: Classroom, picked: dict[str, str], scored: str
) -> None:
    column = term.column(room, PS2)
    assert (column["id"], column["maximum"]) == (scored, 12)
    assert column["link"] == picked["From a sample to a forecast"]


def test_a_cell_of_the_gradebook_leads_the_instructor_to_that_students_work(
    room: Classroom, scored: str
) -> None:
    review = f"/courses/{CONTEXT}/review/{scored}"
    page = answered(room.browser(INSTRUCTOR).press(review, person=INSTRUCTOR, about=AMINA))
    assert re.fullmatch(rf"{ASSIGNMENT}/people/\d+", page.url.path)
    assert "Amina Abebe" in page.text


def test_a_cell_of_the_gradebook_leads_students_to_their_own_work_alone(
    room: Classroom, scored: str
) -> None:
    review = f"/courses/{CONTEXT}/review/{scored}"
    page = answered(room.browser(AMINA).press(review, person=AMINA, about=AMINA))
    assert page.url.path == ASSIGNMENT
    theirs = room.browser(INSTRUCTOR).press(review, person=INSTRUCTOR, about=AMINA)
    answered(room.launch(BEN, "data8-home"))
    assert room.browser(BEN).get(theirs.url.path).status_code == httpx.codes.NOT_FOUND


def test_an_lms_administrator_is_shown_what_is_kept_about_one_person(
    room: Classroom, browser: Browser
) -> None:
    answered(room.launch(AMINA, "data8-home"))
    page = browser.press(f"/courses/{CONTEXT}/privacy", person=LMS_ADMIN, about=AMINA)
    assert "What is kept about Amina Abebe" in answered(page).text
    assert re.fullmatch(rf"{HERE}/privacy/people/\d+", page.url.path)
    answered(room.launch(BEN, "data8-home"))
    assert room.browser(BEN).get(page.url.path).status_code == httpx.codes.FORBIDDEN


def test_an_lms_registers_itself_and_its_people_stay_who_and_where_they_are(
    room: Classroom, browser: Browser
) -> None:
    before = term.name_after(room.browser(AMINA), AMINA)
    asked = {"url": term.registration_link(room)}
    invited = room.lms("POST", "/api/tools/invitations", json=asked)["link"]
    done = answered(httpx.get(invited, headers=IN_A_FRAME, timeout=60))
    assert "waiting for approval" in done.text
    assert httpx.get(invited, timeout=60).is_client_error, "the link works twice"
    client = room.lms("GET", "/api/tools")["tools"][-1]["client_id"]
    httpx.post(f"{room.stage.lms_url}/tools/{client}/activate", timeout=30)
    try:
        refused = browser.launch(person=AMINA, course=CONTEXT, link="data8-home")
        assert refused.is_client_error
        approve(room, client)
        # The Hub asks for an unknown registration again after some seconds.
        page = until(
            lambda: let_in(browser.launch(person=AMINA, course=CONTEXT, link="data8-home")),
            seconds=term.SECONDS,
            otherwise="the approved LMS is not let in",
        )
        assert page.url.path == f"{HERE}/courses/{COURSE}"
        assert term.who(browser) == before
    finally:
        httpx.post(f"{room.stage.lms_url}/tools/{term.CONFIGURED}/choose", timeout=30)
    assert term.name_after(room.browser(AMINA), AMINA) == before


def let_in(page: httpx.Response) -> httpx.Response | None:
    return page if page.is_success else None


def approve(room: Classroom, client: str) -> None:
    """The administrator's click on the registration that waits."""
    page = term.admin(room, "platforms")
    assert client in page.text
    number = re.search(r"/admin/platforms/(\d+)/approve", page.text)
    assert number, "nothing waits for approval"
    done = room.browser("admin").submit_form(page, f"/platforms/{number[1]}/approve")
    assert "The LMS is approved" in answered(done).text


def test_a_launch_in_a_frame_ends_in_a_window_of_its_own(room: Classroom) -> None:
    with httpx.Client(headers=IN_A_FRAME, follow_redirects=True, timeout=60) as frame:
        begun = begun_in_a_frame(room)
        choice = answered(sent(frame, begun))
        assert "Open in a new window" in choice.text
        assert room.stage.lms_url in choice.headers["content-security-policy"]
        going_on = re.search(r'id="go-on" href="([^"]+)"', choice.text)
        assert going_on
        entry = answered(sent(frame, frame.get(unescape(going_on[1]))))
        assert "Open your course" in entry.text
        page = answered(sent(frame, entry, **IN_A_WINDOW))
        assert page.url.path == f"{HERE}/courses/{COURSE}"
        again = sent(frame, entry, **IN_A_WINDOW)
        assert again.is_client_error, "the entry works twice"


def test_a_browser_that_keeps_no_cookies_in_frames_logs_in_in_a_window(
    room: Classroom, browser: Browser
) -> None:
    with httpx.Client(headers=IN_A_FRAME, follow_redirects=True, timeout=60) as frame:
        begun = begun_in_a_frame(room)
        choice = answered(sent(frame, begun))
    (again,) = forms(choice)
    window = browser.send(again, choice, **IN_A_WINDOW)
    (answer,) = forms(window)
    page = answered(browser.send(answer, window, **IN_A_WINDOW))
    assert page.url.path == f"{HERE}/courses/{COURSE}"


def begun_in_a_frame(room: Classroom) -> httpx.Response:
    """The LMS's own page of a launch in a frame of the course's page."""
    link = f"{room.stage.lms_url}/launch/{CONTEXT}/data8-home"
    return answered(httpx.post(link, data={"person": BEN, "frame": "1"}, timeout=60))


def sent(client: httpx.Client, page: httpx.Response, **headers: str) -> httpx.Response:
    """Where the one form of a page leads."""
    (form, *_) = forms(page)
    url = str(page.url.join(form.action))
    return client.request(form.method.upper(), url, data=form.fields, headers=headers)


def test_an_account_of_before_is_linked_entered_and_given_back(
    room: Classroom, browser: Browser
) -> None:
    admin = room.browser("admin")
    admin.get("/hub/admin")
    answered(admin.api("POST", "/hub/api/users/pat"), status=201)
    own = term.name_after(browser, NEWCOMER)
    found = term.admin(room, f"people?q={own}")
    person = re.search(r"/admin/people/(\d+)", found.text)
    assert person, "the administrator does not find the newcomer"
    page = admin.submit_form(term.admin(room, f"people/{person[1]}"), "/link", account="pat")
    done = answered(admin.submit_form(answered(page), "/link"))
    assert "The link is made" in done.text
    assert term.name_after(browser, NEWCOMER) == "pat"
    page = term.admin(room, f"people/{person[1]}/unlink")
    assert "The link is undone" in answered(admin.submit_form(page, "/unlink")).text
    assert term.name_after(browser, NEWCOMER) == own


@pytest.mark.usefixtures("room")
def test_a_second_person_at_the_same_browser_is_themselves(browser: Browser) -> None:
    first = term.name_after(browser, AMINA)
    assert term.name_after(browser, BEN) != first
    assert term.name_after(browser, AMINA) == first


def test_keys_are_changed_while_everything_goes_on(room: Classroom, scored: str) -> None:
    keys = f"{room.stage.hub_url}{HERE}/lti/jwks.json"
    before = {key["kid"] for key in httpx.get(keys, timeout=30).json()["keys"]}
    said = room.stage.coursehub("keys", "rotate", "--now")
    assert "signs from now on" in said
    after = {key["kid"] for key in httpx.get(keys, timeout=30).json()["keys"]}
    assert before < after
    until(lambda: picks_nothing(room), seconds=term.SECONDS, otherwise="the new key is not taken")
    answered(room.service(INSTRUCTOR, "POST", f"courses/{COURSE}/roster/sync", json={}))
    term.grade(room, AMINA, points=11)
    term.arrived(room, scored, AMINA, 11)
    assert term.column(room, PS2)["id"] == scored


def picks_nothing(room: Classroom) -> bool:
    """Whether the LMS takes an answer that is signed now; it looks for a new key now and then."""
    instructor = room.browser(INSTRUCTOR)
    page = instructor.press(f"/courses/{CONTEXT}/deep-linking", person=INSTRUCTOR)
    page = answered(instructor.submit_form(page, "/deep-linking"))
    page = answered(instructor.submit_form(page, "/deep-linking", step="cancel"))
    return instructor.submit_form(page, "/deep-linking/return").is_success


def test_lti_1_1_is_not_there_unless_somebody_switches_it_on(room: Classroom) -> None:
    launch = f"{room.stage.hub_url}/hub/lti/launch"
    assert httpx.get(launch, timeout=60).status_code == httpx.codes.NOT_FOUND
    # To a POST without its own anti-forgery token the Hub does not even say that.
    refused = httpx.post(launch, data={"user_id": AMINA}, timeout=60)
    assert refused.status_code in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}


def test_a_course_leaves_alone_what_the_hub_had_of_its_name(room: Classroom) -> None:
    """A Hub that taught with nbgrader before: a group of graders, and an account that grades."""
    hub, before = room.browser("admin"), "formgrade-stat20"
    for path in ("users/prof", "users/grader-stat20", f"groups/{before}"):
        answered(hub.api("POST", f"/hub/api/{path}"), status=201)
    answered(hub.api("POST", f"/hub/api/groups/{before}/users", body={"users": ["prof"]}))
    room.stage.coursehub("platform", "deployment", "add", "1", "2")
    emmy = room.browser(EMMY)
    page = answered(emmy.launch(person=EMMY, course="stat20-autumn", link="stat20-home"))
    assert page.url.path == f"{HERE}/courses/stat20-2"
    answered(room.service(EMMY, "POST", "courses/stat20-2/roster/sync", json={}))
    assert members(hub, before) == ["prof"]
    assert members(hub, "formgrade-stat20-2") == [term.who(emmy)]
    graders = members(hub, "coursehub-graders")
    assert "grader-stat20-2" in graders
    assert "grader-stat20" not in graders


def members(hub: Browser, group: str) -> list[str]:
    found: list[str] = answered(hub.api("GET", f"/hub/api/groups/{group}")).json()["users"]
    return found
