"""LTI 1.1 through a real Hub and the real service, from an old LMS's form to its gradebook."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlmodel import select
from typer.testing import CliRunner

from coursehub.cli import app
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.grading import ScoreDelivery
from coursehub.model.institution import Person, Platform
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub_demo_lms.app import build
from coursehub_demo_lms.consumer import Consumer
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.switches import Switches
from coursehub_demo_lms.tool import Tool
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub, live_hub
from tests.demo_lms.actors import address, form_of, free_socket, served
from tests.launch.lti11 import fields_of, signed
from tools import ports

pytestmark = [pytest.mark.hub, pytest.mark.timeout(600)]

CONFIG = """
import coursehub
from jupyterhub.auth import DummyAuthenticator
c.JupyterHub.authenticator_class = DummyAuthenticator
c.Authenticator.allow_all = True
c.JupyterHub.log_level = "DEBUG"
coursehub.setup(c, data_dir="data", port={port}, environment={{
    "COURSEHUB_SCORES_INTERVAL_S": "0.5", "COURSEHUB_LOG_LEVEL": "DEBUG"}})
c.LtiDoor.lti11 = True
"""


@dataclass(kw_only=True)
class OldSchool:
    """A Hub that lets LTI 1.1 in, and an LMS that speaks it."""

    hub: LiveHub
    lms: Any
    store: Store
    secret: str = field(init=False)

    def __post_init__(self) -> None:
        self.secret = self.lms.consumer.secret

    def rows(self, table: type[Any]) -> list[Any]:
        with self.store.reading(EVERYONE) as session:
            return list(session.exec(select(table)))

    def click(self, person: str, link: str, browser: Browser, **headers: str) -> httpx.Response:
        """What the Hub answers when that person follows the link in the LMS."""
        page = browser.http.post(
            f"{self.lms.issuer}/lti11/launch/data8-autumn/{link}", data={"person": person}
        )
        form = form_of(page)
        return browser.http.post(form["action"], data=form["fields"], headers=headers)

    def form(self, user: str, *, url: str = "", **changes: str | None) -> dict[str, str]:
        """A form of that person's own, made without the LMS."""
        return signed(
            fields_of(user, **changes),
            key=self.lms.consumer.key,
            secret=self.secret,
            url=url or self.launch_url,
        )

    @property
    def launch_url(self) -> str:
        return f"{self.hub.hub_url}lti/launch"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldSchool]:
    folder: Path = tmp_path_factory.mktemp("old")
    bound = free_socket()
    lms_app = build(issuer=address(bound), tool=Tool.of_hub("http://127.0.0.1:9"), keys=KeyRing())
    (port,) = ports.free(1)
    config = CONFIG.format(port=port)
    with served(lms_app, bound), live_hub(folder, config) as hub:
        lms = lms_app.state.platform
        lms.turn(Switches(lti11=True))
        lms.consumer = Consumer(
            key="lakeside", secret=lms.consumer.secret, launch_url=f"{hub.hub_url}lti/launch"
        )
        trust(folder, hub.origin, key="lakeside", secret=lms.consumer.secret)
        store = Store(Settings(data_dir=folder / "data").database)
        yield OldSchool(hub=hub, lms=lms, store=store)
        store.close()


def trust(folder: Path, origin: str, *, key: str, secret: str) -> None:
    """What the administrator types."""
    file = folder / "secret.txt"
    file.write_text(secret)
    line = ["platform", "add-lti11", "Old LMS", "--institution", "Lakeside College"]
    more = ["--key", key, "--secret-file", str(file), "--data-dir", str(folder / "data")]
    done = CliRunner().invoke(app, [*line, *more], env={"COURSEHUB_PUBLIC_URL": origin})
    assert done.exit_code == 0, done.output


@pytest.fixture
def ada(old: OldSchool) -> Iterator[Browser]:
    browser = Browser(old.hub.hub_url)
    yield browser
    browser.http.close()


def test_a_click_in_an_old_lms_leads_to_the_course_and_its_score_back(
    old: OldSchool, ada: Browser
) -> None:
    teacher = Browser(old.hub.hub_url)
    assert old.click("1001", "data8-home", teacher).status_code == 303
    course = old.rows(Course)[0]
    with old.store.writing(EVERYONE) as session:
        session.add(
            Assignment(
                institution_id=course.institution_id,
                course_id=course.id or 0,
                name="ps1",
                title="Problem set 1",
            )
        )
    reply = old.click("1010", "data8-ps1", ada)
    assert reply.status_code == 303, reply.text
    assert reply.headers["location"].endswith(f"/courses/{course.key}/assignments/ps1")
    person = next(row for row in old.rows(Person) if row.subject == "1010")
    assert ada.who() == person.hub_name
    grade(old, person, points=8.5)
    assert shown(old, "1010") == pytest.approx(0.85)


def grade(old: OldSchool, person: Person, *, points: float) -> None:
    """The grader is done with the person's work: its score waits in the outbox."""
    (assignment,) = old.rows(Assignment)
    with old.store.writing(EVERYONE) as session:
        now = datetime.now(UTC)
        session.add(
            ScoreDelivery(
                institution_id=person.institution_id,
                assignment_id=assignment.id or 0,
                person_id=person.id or 0,
                points=points,
                max_points=10,
                scored_at=now,
                next_at=now,
            )
        )


def shown(old: OldSchool, person: str) -> float:
    """The share of the points that the LMS shows, waited for."""
    course = old.lms.campus.course("data8-autumn")
    (item,) = course.lineitems_of("data8-ps1")
    deadline = time.monotonic() + 60
    while (item.id, person) not in course.grades:
        assert time.monotonic() < deadline, old.hub.log[-3000:]
        time.sleep(0.1)
    found: float = course.grades[item.id, person].points
    return found / float(item.maximum)


def test_in_a_frame_a_button_leads_to_a_window_of_its_own(old: OldSchool, ada: Browser) -> None:
    reply = old.click(
        "1010", "data8-home", ada, **{"Sec-Fetch-Dest": "iframe", "Origin": old.lms.issuer}
    )
    assert reply.status_code == 200
    assert old.lms.issuer in reply.headers["content-security-policy"]
    assert ada.who() is None, "nobody is logged in by a frame"
    form = form_of(reply)
    window = Browser(old.hub.hub_url)
    url = httpx.URL(old.hub.hub_url).join(form["action"])
    entered = window.http.post(url, data=form["fields"], headers={"Origin": old.hub.origin})
    assert entered.status_code == 303
    assert window.who()


def test_the_same_form_logs_in_once(old: OldSchool, ada: Browser) -> None:
    form = old.form("71")
    assert ada.http.post(old.launch_url, data=form).status_code == 303
    thief = Browser(old.hub.hub_url)
    again = thief.http.post(old.launch_url, data=form)
    assert again.status_code == 403
    assert "launch-replayed" in again.text
    assert thief.who() is None


@pytest.mark.parametrize("name", ["user_id", "roles", "custom_assignment", "oauth_signature"])
def test_a_form_that_was_changed_logs_nobody_in(old: OldSchool, ada: Browser, name: str) -> None:
    form = {**old.form("72"), name: "Instructor"}
    reply = ada.http.post(old.launch_url, data=form)
    assert (reply.status_code, "signature-wrong" in reply.text) == (403, True)
    assert ada.who() is None


def test_a_form_without_a_person_logs_nobody_in(old: OldSchool, ada: Browser) -> None:
    reply = ada.http.post(old.launch_url, data=old.form("73", user_id=None))
    assert (reply.status_code, "user-missing" in reply.text) == (403, True)
    assert ada.who() is None


def test_behind_a_proxy_the_address_counts_as_browsers_see_it(old: OldSchool) -> None:
    secure = old.launch_url.replace("http://", "https://")
    seen = {"X-Forwarded-Proto": "https"}
    with httpx.Client(trust_env=False, timeout=60) as http:
        form = old.form("74", url=secure)
        assert http.post(old.launch_url, data=form).status_code == 403
        form = old.form("74", url=secure)
        assert http.post(old.launch_url, data=form, headers=seen).status_code == 303
        wrong = http.post(old.launch_url, data=old.form("74"), headers=seen)
    assert wrong.status_code == 403
    assert f"{secure} to the letter" in wrong.text


def test_a_field_of_the_address_is_signed_with_the_form(old: OldSchool, ada: Browser) -> None:
    form = old.form("75", custom_module="tables")
    module = form.pop("custom_module")
    reply = ada.http.post(old.launch_url, params={"custom_module": module}, data=form)
    assert reply.status_code == 303
    assert "module=tables" in reply.headers["location"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"user_id=1&user_id=2", 400),
        (b"user_id=%FF", 400),
        (b"user_id=%00", 400),
        ("&".join(f"f{number}=1" for number in range(300)).encode(), 400),
        ("&".join(f"f{number}=1" for number in range(2001)).encode(), 400),
        (b"user_id=" + b"7" * 40_000, 400),
        (b"user_id=" + b"7" * 300_000, 413),
        (b"", 422),
    ],
)
def test_nonsense_is_refused(old: OldSchool, ada: Browser, body: bytes, status: int) -> None:
    media = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ada.http.post(old.launch_url, content=body, headers=media).status_code == status
    assert ada.who() is None


def test_what_a_stranger_calls_themselves_stays_one_plain_line_of_the_log(
    old: OldSchool, ada: Browser
) -> None:
    key = "stranger\r\x1b[2Jroot logged in"
    assert ada.http.post(old.launch_url, data={"oauth_consumer_key": key}).status_code == 422
    (told,) = (line for line in old.hub.log.split("\n") if "key stranger" in line)
    assert "key stranger??[2Jroot logged in" in told


def test_opened_by_hand_the_address_says_where_to_begin(old: OldSchool, ada: Browser) -> None:
    page = ada.http.get(old.launch_url, follow_redirects=True)
    assert "Open this from your course" in page.text


def test_an_old_lms_is_set_up_by_the_address_of_a_document(old: OldSchool, ada: Browser) -> None:
    reply = ada.http.get(f"{old.hub.hub_url}lti11/config")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/xml")
    said = {each.tag.rpartition("}")[2]: each.text for each in ET.fromstring(reply.text)}
    assert said["launch_url"] == old.launch_url
    assert said["title"] == "JupyterHub"
    assert old.secret not in reply.text


def test_the_secret_is_nowhere_in_the_clear(old: OldSchool, ada: Browser) -> None:
    ada.http.post(old.launch_url, data=old.form("76"))
    assert old.secret not in old.hub.log
    for file in (old.hub.folder / "data").rglob("*"):
        if file.is_file():
            assert old.secret.encode() not in file.read_bytes(), file
    assert any(row.version == "1.1" for row in old.rows(Platform))


def test_unless_switched_on_the_address_is_not_there(hub: LiveHub) -> None:
    with httpx.Client(trust_env=False) as http:
        assert http.get(f"{hub.hub_url}lti/launch").status_code == 404
        assert http.post(f"{hub.hub_url}lti/launch", data={"user_id": "1"}).status_code in {
            403,
            404,
        }
