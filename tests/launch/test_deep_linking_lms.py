"""Deep Linking against an LMS that checks everything: the demo LMS, with its own eyes."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import jwt as pyjwt
import pytest

from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.lti import LtiLms
from coursehub.launch.actions import platforms
from coursehub.model.course import CourseContext
from coursehub.ports import PlatformAccess
from coursehub.vocabulary.courses import resource_id
from coursehub.vocabulary.launch import Launch, Welcome
from coursehub_auth.claims import launch_of
from coursehub_demo_lms.app import build
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.tool import Tool
from tests.demo_lms.actors import CLIENT, Lms, TinyTool, address, form_of, free_socket, rsa_key
from tests.demo_lms.actors import served as lms_served
from tests.house.school import NOON, School
from tests.launch.picking import Picker, furnish, open_school
from tests.launch.picking import form_of as form

COURSE = "data8-autumn"


@dataclass(kw_only=True)
class Classroom:
    """A school whose LMS is the demo LMS, and an instructor at work in both."""

    school: School
    lms: Lms
    picker: Picker

    def launched(self, begun: httpx.Response) -> Launch:
        """What the Hub makes of the token that a launch begun in the LMS brings."""
        asked = self.lms.auth_request(form_of(begun)["fields"], nonce=secrets.token_hex(8))
        reply = self.lms.http.post("/auth", data=asked)
        token = form_of(reply)["fields"]["id_token"]
        claims = pyjwt.decode(token, options={"verify_signature": False})
        return launch_of(claims, client_id=CLIENT, target=self.school.settings.public_url)

    def selection(self) -> str:
        """The ticket of a selection that Ada begins in the LMS."""
        ada = self.lms.person("Instructor")["id"]
        begun = self.lms.http.post(f"/courses/{COURSE}/deep-linking", data={"person": ada})
        reply = self.picker.http.post(
            "api/v1/hub/launches",
            json=asdict(self.launched(begun)),
            headers={"Authorization": "Bearer the-hub"},
        )
        assert reply.status_code == 200, reply.text
        return str(reply.json()["ticket"])

    def returned(self, answer: httpx.Response) -> httpx.Response:
        """What the LMS says to the answer, sent as the page's form sends it."""
        found = form(answer)
        return self.lms.http.post(found.action, data={"JWT": found.hidden["JWT"][0]})

    def follows(self, link: str) -> Welcome:
        """Where Ada lands who follows the link in the LMS."""
        ada = self.lms.person("Instructor")["id"]
        begun = self.lms.http.post(f"/launch/{COURSE}/{link}", data={"person": ada})
        return self.school.receive(self.launched(begun))

    def column(self, label: str) -> dict[str, Any]:
        """The column of the link that was picked."""
        (found,) = [column for column in self.columns if column["label"] == label]
        return found

    @property
    def columns(self) -> list[dict[str, Any]]:
        book = self.lms.http.get(f"/api/gradebook/{COURSE}").json()
        found: list[dict[str, Any]] = book["line_items"]
        return found


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    bound = free_socket()
    lms_url = address(bound)
    with open_school(tmp_path_factory.mktemp("lms")) as (school, base):
        hub_url = base.removesuffix("services/coursehub/")
        tool = Tool.of_hub(hub_url, client_id=CLIENT)
        app = build(issuer=lms_url, tool=tool)
        platform: Platform = app.state.platform
        platforms.register(school.store, registered(lms_url, platform))
        with (
            lms_served(app, bound),
            httpx.Client(base_url=lms_url, timeout=60) as lms_http,
            httpx.Client(base_url=base, headers={"accept": "text/html"}, timeout=60) as http,
        ):
            lms = Lms(
                url=lms_url,
                platform=platform,
                tool=TinyTool(url=hub_url, key=rsa_key("unused")),
                http=lms_http,
            )
            picker = Picker(school=school, base=base, http=http)
            found = Classroom(school=school, lms=lms, picker=picker)
            school.time = NOON.fromtimestamp(platform.clock(), NOON.tzinfo)
            found.selection()
            furnish(
                school,
                key="data8",
                modules={"tables": "Tables"},
                assignments={
                    name: {"points": 12, "due_at": NOON} for name in ("ps7", "ps8", "ps9")
                },
            )
            yield found


def registered(url: str, platform: Platform) -> platforms.NewPlatform:
    return platforms.NewPlatform(
        institution="Demo College",
        issuer=url,
        client_id=CLIENT,
        deployment_ids=tuple({course.deployment_id for course in platform.campus.courses.values()}),
        auth_login_url=f"{url}/auth",
        token_url=f"{url}/token",
        key_set_url=f"{url}/jwks",
    )


def test_the_lms_adds_what_was_picked_with_points_and_deadline(classroom: Classroom) -> None:
    ticket = classroom.selection()
    reply = classroom.returned(
        classroom.picker.press(ticket, "add", "module:tables", "assignment:ps7")
    )
    assert reply.status_code == 200, reply.text
    assert "2 links added" in reply.text
    column = classroom.column("PS7")
    assert (column["maximum"], column["resource_id"]) == (12, "coursehub:data8:ps7")


def test_the_lms_takes_an_answer_of_nothing(classroom: Classroom) -> None:
    before = classroom.columns
    reply = classroom.returned(classroom.picker.press(classroom.selection(), "cancel"))
    assert reply.status_code == 200, reply.text
    assert classroom.columns == before


def test_a_picked_link_leads_to_its_assignment(classroom: Classroom) -> None:
    classroom.returned(classroom.picker.press(classroom.selection(), "add", "assignment:ps8"))
    welcome = classroom.follows(classroom.column("PS8")["link"])
    assert welcome.landing == "/base/services/coursehub/courses/data8/assignments/ps8"


def test_scores_go_into_the_column_of_the_link_and_make_no_other(classroom: Classroom) -> None:
    classroom.returned(classroom.picker.press(classroom.selection(), "add", "assignment:ps9"))
    classroom.follows(classroom.column("PS9")["link"])
    before = classroom.columns
    found = asyncio.run(column_for_scores(classroom))
    assert f"/{classroom.column('PS9')['id']}" in found
    assert classroom.columns == before


async def column_for_scores(classroom: Classroom) -> str:
    """Where the outbox would send the scores of the assignment."""
    folder = classroom.school.settings.data_dir / "keys"
    lms = LtiLms(ToolKeys(folder), SignedConsumers(folder), timeout_s=30, allow_private=True)
    access = PlatformAccess(
        issuer=classroom.lms.url, client_id=CLIENT, token_url=f"{classroom.lms.url}/token"
    )
    try:
        return await lms.line_item(
            access,
            classroom.school.rows(CourseContext)[0].ags_lineitems_url,
            resource_id=resource_id("data8", "ps9"),
            label="PS9",
            max_points=12,
        )
    finally:
        await lms.close()
