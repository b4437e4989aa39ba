"""The real parts that a term is played on: the service, its store, the demo LMS and git."""

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request

from coursehub import app as composition
from coursehub import jobs, migrations
from coursehub.grading.actions import autograde, scores
from coursehub.launch.actions import platforms
from coursehub.modules import actions as modules
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.launch import Context
from coursehub.vocabulary.people import HubName
from coursehub.web import identity
from coursehub.web.house import House
from coursehub_demo_lms.app import build
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.standard import Role
from coursehub_demo_lms.state import Campus as LmsCampus
from coursehub_demo_lms.state import Course, Member, Person
from coursehub_demo_lms.tool import Tool
from tests.demo_lms.actors import CLIENT, address, free_socket, served
from tests.grading.campus import ScriptedGrader
from tests.house.school import INSTRUCTOR, LEARNER, School
from tests.web.actors import running
from tests.web.actors import settings as web_settings
from tests.workload.clerks import TA

ROLES: dict[Role, str] = {"Instructor": INSTRUCTOR, "Learner": LEARNER, "TeachingAssistant": TA}


@dataclass(kw_only=True)
class Campus:
    """A Hub with coursehub, and the LMS beside it; time is as the school says."""

    folder: Path
    school: School
    lms_url: str
    lms: LmsCampus
    app: FastAPI
    http: httpx.Client
    schedule: House
    grader: ScriptedGrader
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    @property
    def settings(self) -> Settings:
        return self.school.settings

    @property
    def materials(self) -> Path:
        """The repository that the Hub reads."""
        return self.folder / "materials.git"

    def context(self, course: str) -> Context:
        """What a link in that course of the LMS tells the Hub."""
        of = self.lms.courses[course]
        return Context(
            id=of.id,
            label=of.label,
            title=of.title,
            nrps_url=f"{self.lms_url}/nrps/{of.id}/members",
            ags_lineitems_url=f"{self.lms_url}/ags/{of.id}/lineitems?type_id=1",
        )

    def come(self, person: str, *, course: str) -> HubName:
        """The Hub name of someone who followed the course's link."""
        member = self.lms.courses[course].members[person]
        return self.school.come(
            person,
            issuer=self.lms_url,
            client_id=CLIENT,
            context=self.context(course),
            roles=(ROLES[member.role],),
            name=member.person.name,
            email=member.person.email,
        )

    def started_anew(self, environment: dict[str, str]) -> None:
        """The service runs with that setting of the Hub's configuration."""
        on = environment.get("COURSEHUB_AUTOGRADE_ON_SUBMIT") == "true"
        chosen = self.settings.model_copy(update={"autograde_on_submit": on})
        self.app.state.house = dataclasses.replace(self.app.state.house, settings=chosen)

    def hour_passes(self) -> None:
        """What the schedule does in an hour, a second listing after five minutes among it."""
        house = self.schedule
        self._run(lambda: jobs._sync_all(house))
        self.school.time += timedelta(minutes=5)
        self._run(lambda: jobs._sync_missing(house))
        self.school.time += timedelta(minutes=55)
        self._run(lambda: modules.refresh_all(house.store, house.repos, older_than_s=0))
        self._run(lambda: autograde.work_once(house.store, house.autograder, house.clock))
        self._run(lambda: scores.deliver_once(house.store, house.lms, house.clock))

    def _run(self, job: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self.runner.run(job())

    def close(self) -> None:
        self._run(self.schedule.lms.close)
        self._run(self.schedule.repos.close)
        self.runner.close()


@contextmanager
def open_campus(folder: Path, **settings: Any) -> Iterator[Campus]:
    """The campus, with nobody on it yet; its service has these settings, too."""
    data = folder / "data"
    data.mkdir()
    chosen = web_settings(data).model_copy(
        update={"allow_private_platforms": True, "repository_protocols": "file",
                "allow_private_repositories": True, **settings}
    )  # fmt: skip
    store = Store(chosen.database)
    migrations.upgrade(store.engine)
    school = School(store=store, settings=chosen)
    grader = ScriptedGrader()
    app = composition.build(chosen, store)
    parts: dict[str, Any] = {"hub": school.hub, "clock": school, "autograder": grader}
    app.state.house = dataclasses.replace(app.state.house, **parts)
    app.dependency_overrides[identity.viewer] = _viewer
    schedule = dataclasses.replace(composition.furnish(chosen, store), **parts)
    place = free_socket()
    with running(app) as base, httpx.Client(base_url=base, timeout=60) as http:
        hub = base.removesuffix("/services/coursehub/")
        lms = build(issuer=address(place), tool=Tool.of_hub(hub), keys=KeyRing())
        with served(lms, place):
            _trust(store, address(place))
            campus = Campus(
                folder=folder, school=school, lms_url=address(place), app=app, http=http,
                lms=lms.state.platform.campus, schedule=schedule, grader=grader,
            )  # fmt: skip
            try:
                yield campus
            finally:
                campus.close()
    store.close()


def _trust(store: Store, lms: str) -> None:
    platforms.register(
        store,
        platforms.NewPlatform(
            institution="North College",
            issuer=lms,
            client_id=CLIENT,
            deployment_ids=("1",),
            auth_login_url=f"{lms}/auth",
            token_url=f"{lms}/token",
            key_set_url=f"{lms}/jwks",
        ),
    )


def _viewer(request: Request) -> identity.Viewer:
    """Whoever the own header names, as the Hub would say."""
    found = identity.Viewer(hub_name=HubName(request.headers["x-hub-name"]), by_cookie=False)
    request.state.viewer = found
    return found


def lms_course(name: str, label: str) -> Course:
    """A course of the LMS, empty."""
    return Course(
        id=name, label=label, title="Foundations", deployment_id="1", institution="North College"
    )


def member(person: str, role: Role) -> Member:
    email = f"{person}@north.example"
    given = person.title()
    return Member(person=Person(id=person, given_name=given, email=email), role=role)
