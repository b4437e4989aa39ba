"""The service over a real database and real mirrors; only the Hub itself is played."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI, Request
from sqlmodel import SQLModel
from starlette.middleware.base import RequestResponseEndpoint
from starlette.responses import Response

from coursehub.adapters.git import GitRepos
from coursehub.courses.actions import applying
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Institution, Person, Platform
from coursehub.modules import routes
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import HubName, Role
from coursehub.web import problems
from coursehub.web.house import House
from coursehub.web.identity import NotLoggedIn, Viewer, viewer
from tests.modules.actors import COURSE, Upstream, address, free_socket, served

COURSE_FILE = """
title: Data
slug: data8
term: {starts: 2027-01-11}
modules:
  - {name: one, title: One, path: one/one.ipynb}
  - {name: two, title: Two, path: two}
"""


@dataclass
class Service:
    """The real routes over a real database and real mirrors; only the Hub is played."""

    settings: Settings
    store: Store
    repos: GitRepos
    down: bool = False

    @property
    def url(self) -> str:
        return self.settings.for_user_servers

    def house(self) -> House:
        """The service's house; what modules do not need of it is not there."""
        nothing = cast("Any", None)
        return House(
            settings=self.settings,
            store=self.store,
            repos=self.repos,
            **dict.fromkeys(
                set(House.__dataclass_fields__) - {"settings", "store", "repos"}, nothing
            ),
        )

    def app(self) -> FastAPI:
        app = FastAPI()
        problems.install(app)
        app.state.house = self.house()
        app.dependency_overrides[viewer] = _by_token
        for router in routes.routers:
            app.include_router(router, prefix=self.settings.prefix.rstrip("/"))

        @app.middleware("http")
        async def answer(request: Request, answered: RequestResponseEndpoint) -> Response:
            return Response(status_code=503) if self.down else await answered(request)

        return app

    def open_course(self, *, url: str) -> None:
        """A course with one instructor (ada), one student (sam) and two modules."""
        SQLModel.metadata.create_all(self.store.engine)
        with self.store.writing(EVERYONE) as session:
            school = Institution(slug="north", name="North")
            session.add(school)
            session.flush()
            owner = school.id or 0
            platform = Platform(
                institution_id=owner,
                issuer="https://lms.example.org",
                client_id="1",
                auth_login_url="",
                token_url="",
                key_set_url="",
            )
            course = Course(institution_id=owner, key=COURSE, title="Data")
            session.add_all([platform, course])
            session.flush()
            for name, role in (("ada", Role.INSTRUCTOR), ("sam", Role.STUDENT), ("eve", None)):
                person = Person(
                    institution_id=owner,
                    platform_id=platform.id or 0,
                    issuer=platform.issuer,
                    subject=name,
                    hub_name=name,
                )
                session.add(person)
                session.flush()
                if role:
                    session.add(
                        Enrolment(
                            institution_id=owner,
                            course_id=course.id or 0,
                            person_id=person.id or 0,
                            role=role,
                        )
                    )
        self.apply(url=url)

    def apply(self, *, url: str, file: str = COURSE_FILE) -> None:
        """The course as its file says."""
        applying.apply(
            self.store,
            CourseKey(COURSE),
            file,
            applying.Wish(materials=url, protocols=self.settings.protocols),
        )


def _by_token(request: Request) -> Viewer:
    """The Hub user whose test token this is."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    name, _, rest = token.partition("-")
    if rest != "test-token":
        raise NotLoggedIn
    return Viewer(hub_name=HubName(name), by_cookie=False)


@contextmanager
def standing_service(data: Path, upstream: Upstream) -> Iterator[Service]:
    """The service with one course whose materials come from `upstream`."""
    bound = free_socket()
    data.mkdir()
    settings = Settings(
        data_dir=data,
        module_refresh_s=0,
        allow_private_repositories=True,
        repository_timeout_s=60,
        user_servers_url=f"{address(bound)}/services/coursehub/",
    )
    service = Service(settings=settings, store=Store(settings.database), repos=GitRepos(settings))
    service.open_course(url=upstream.url)
    with served(service.app(), bound):
        yield service
    service.store.close()
