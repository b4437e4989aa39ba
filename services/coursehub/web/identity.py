"""
Who is asking: a person with a browser, a server with its token, or the Hub.

People log in by the Hub's OAuth; servers and scripts send a Hub token; the
Hub itself sends the secret that `coursehub.setup(c)` made for it.
"""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request
from jupyterhub.services.auth import HubOAuth
from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool
from tornado.web import HTTPError

from coursehub.errors import Missing, Refused, Unreachable
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import HubName, Role
from coursehub.web.forms import from_our_form, needs_proof
from coursehub.web.house import InHouse
from coursehub.web.session import hub_session, hub_token, sent_token

HUB_TIMEOUT_S: Final = 15
"""Longest wait for the Hub to say whose token it is."""


class NotLoggedIn(Exception):
    """Nobody is known to be asking; pages send the browser to the Hub, the API answers 401."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Someone the Hub vouches for; `by_cookie` when a browser's session says so."""

    hub_name: HubName
    by_cookie: bool
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A viewer's place in one course."""

    institution_id: int
    course_id: int
    course_key: CourseKey
    course_title: str
    person_id: int
    hub_name: HubName
    role: Role


def hub_oauth(request: Request) -> HubOAuth:
    """The service's OAuth client, made once by app.py."""
    oauth: HubOAuth = request.app.state.hub_oauth
    return oauth


async def viewer(request: Request) -> Viewer:
    """The person behind a Hub token or a session cookie; NotLoggedIn, or Refused without scope."""
    token = sent_token(request)
    by_cookie = not token
    token = token or hub_token(request)
    if not token:
        raise NotLoggedIn
    if by_cookie and needs_proof(request):
        await from_our_form(request)
    oauth = hub_oauth(request)
    session = hub_session(request) if by_cookie else ""
    model = await _hub_model(oauth, token, session=session)
    if model.get("kind") != "user":
        raise NotLoggedIn
    if not oauth.check_scopes(oauth.access_scopes, model):
        raise Refused("no-access", "This account may not use coursehub on this Hub.")
    found = Viewer(
        hub_name=HubName(model["name"]), by_cookie=by_cookie, is_admin=bool(model.get("admin"))
    )
    request.state.viewer = found
    return found


async def _hub_model(oauth: HubOAuth, token: str, *, session: str = "") -> Mapping[str, Any]:
    """
    What the Hub says of a token: kind, name, scopes; NotLoggedIn if it knows none.

    What it said in another session of the Hub's does not count: the Hub ends a
    session with its tokens when somebody logs out, or someone else logs in.
    """
    try:
        async with asyncio.timeout(HUB_TIMEOUT_S):
            model: Mapping[str, Any] | None = await oauth.user_for_token(
                token, session_id=session, sync=False
            )
    except (HTTPError, TimeoutError) as cause:
        raise Unreachable(
            "hub", "The Hub does not answer; try again in a moment.", retry_after_s=10
        ) from cause
    if not model:
        raise NotLoggedIn
    return model


async def reads_metrics(request: Request, house: InHouse) -> None:
    """Nothing; for the Hub itself, and for tokens that may read the Hub's own metrics."""
    token = sent_token(request)
    if not token:
        raise NotLoggedIn
    expected = house.settings.hub_token.get_secret_value()
    if expected and hmac.compare_digest(token.encode(), expected.encode()):
        return
    oauth = hub_oauth(request)
    if not oauth.check_scopes({"read:metrics"}, await _hub_model(oauth, token)):
        raise Refused("no-metrics", "Reading metrics takes a Hub token with scope read:metrics.")


async def hub_itself(request: Request, house: InHouse) -> None:
    """Nothing; Refused unless the Hub's own secret came with the request."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    expected = house.settings.hub_token.get_secret_value()
    if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Refused("not-the-hub", "Only the Hub itself may ask this.")


IsViewer = Annotated[Viewer, Depends(viewer)]
HubItself = Depends(hub_itself)
ReadsMetrics = Depends(reads_metrics)


async def administrator(viewer: IsViewer) -> Viewer:
    """The viewer, if the Hub calls them an admin; Refused for everyone else."""
    if not viewer.is_admin:
        raise Refused("administrators-only", "Only this Hub's administrators may do this.")
    return viewer


IsAdministrator = Annotated[Viewer, Depends(administrator)]


async def member(
    viewer: IsViewer, house: InHouse, course: Annotated[CourseKey, Path()]
) -> Membership:
    """The viewer's place in the course of the address; Missing for anyone outside it."""
    return await run_in_threadpool(membership, house.store, viewer.hub_name, course)


async def staff(membership: Annotated[Membership, Depends(member)]) -> Membership:
    """The same, for instructors and TAs alone."""
    if not membership.role.is_staff:
        raise Refused("staff-only", "Only the course's instructors and TAs may do this.")
    return membership


async def instructor(membership: Annotated[Membership, Depends(staff)]) -> Membership:
    """
    The same, for instructors alone.

    The course's grader server is none: TAs work on it, with its token.
    """
    if membership.role is not Role.INSTRUCTOR or not membership.person_id:
        raise Refused("instructors-only", "Only the course's instructors may change this.")
    return membership


IsMember = Annotated[Membership, Depends(member)]
IsStaff = Annotated[Membership, Depends(staff)]
IsInstructor = Annotated[Membership, Depends(instructor)]


def membership(store: Store, hub_name: HubName, course: CourseKey) -> Membership:
    """The place of a Hub user in a course; Missing if there is none."""
    if hub_name == f"grader-{course}":
        return _grader(store, hub_name, course)
    wanted = (
        select(Course, Enrolment)
        .join(Enrolment, col(Enrolment.course_id) == Course.id)
        .join(Person, col(Person.id) == Enrolment.person_id)
        .where(Course.key == course, Person.hub_name == hub_name)
        .where(col(Enrolment.dropped_at).is_(None))
    )
    with store.reading(EVERYONE) as session:
        found = session.exec(wanted).first()
    if found is None:
        raise Missing("no-such-course", "There is no such course, or you are not in it.")
    row, enrolment = found
    return Membership(
        institution_id=row.institution_id,
        course_id=row.id or 0,
        course_key=CourseKey(row.key),
        course_title=row.title,
        person_id=enrolment.person_id,
        hub_name=hub_name,
        role=enrolment.role,
    )


def _grader(store: Store, hub_name: HubName, course: CourseKey) -> Membership:
    """The course's own grader server, which acts for the staff and is no person."""
    with store.reading(EVERYONE) as session:
        row = session.exec(select(Course).where(Course.key == course)).first()
    if row is None:
        raise Missing("no-such-course", "There is no such course, or you are not in it.")
    return Membership(
        institution_id=row.institution_id,
        course_id=row.id or 0,
        course_key=CourseKey(row.key),
        course_title=row.title,
        person_id=0,
        hub_name=hub_name,
        role=Role.INSTRUCTOR,
    )
