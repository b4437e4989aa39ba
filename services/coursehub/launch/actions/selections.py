"""
Selections: an instructor picks content for the LMS, from the request to the one answer.

The pages are shown in a frame of the LMS, where no cookie arrives. So a ticket
stands for the login: a secret in the page's forms, of which the hash is kept.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from coursehub.errors import Invalid, Refused
from coursehub.launch.actions.platforms import check_address
from coursehub.model.course import Course, Enrolment, LaunchRecord, Selection
from coursehub.model.institution import Person, Platform, PlatformState
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.launch import DeepLinking, Launch
from coursehub.vocabulary.people import Role
from coursehub.web.framing import origin

LIFE: Final = timedelta(minutes=20)
KEPT: Final = timedelta(days=1)
"""How long an old selection can still say that it is over."""
MOST_SOURCES: Final = 100
"""How many sites may frame a selection: an LMS has a dozen, and their policy is one header."""
LONGEST_SOURCE: Final = 300
_AGAIN: Final = "Close this page in your LMS and begin the selection again there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A selection that is under way; where the answer goes is what the LMS signed."""

    id: int
    institution_id: int
    course_id: int
    course_key: str
    course_title: str
    time_zone: str
    issuer: str
    client_id: str
    auth_login_url: str
    deployment_id: str
    request: DeepLinking
    expires_at: datetime
    answered_at: datetime | None
    may_pick: bool

    @property
    def lms_addresses(self) -> tuple[str, ...]:
        """Addresses whose sites may frame the pages and take the answer."""
        known = (self.request.return_url, self.issuer, self.auth_login_url)
        return (*known, *self.request.framed_by)


def begin(
    session: Session,
    launch: Launch,
    record: LaunchRecord,
    platform: Platform,
    *,
    role: Role | None,
) -> str:
    """
    The ticket of a new selection.

    Refused for anyone but the course's staff, and for a request without a
    course or whose answer would go to an address that is not safe.
    """
    request = _checked(launch, record, role)
    session.exec(delete(Selection).where(col(Selection.expires_at) < record.at - KEPT))
    ticket = secrets.token_urlsafe(32)
    session.add(
        Selection(
            institution_id=record.institution_id,
            ticket_sha256=_hash(ticket),
            launch_id=record.id,
            course_id=record.course_id or 0,
            person_id=record.person_id,
            platform_id=platform.id or 0,
            deployment_id=launch.deployment_id,
            request=json.dumps(asdict(request)),
            expires_at=record.at + LIFE,
        )
    )
    return ticket


def _checked(launch: Launch, record: LaunchRecord, role: Role | None) -> DeepLinking:
    if launch.deep_linking is None or record.course_id is None:
        raise Refused(
            "selection-without-course",
            "Links are added from within a course of the LMS. Open the course there first.",
        )
    if role is None or not role.is_staff:
        raise Refused(
            "staff-only-selection", "Only a course's instructors and TAs may add links to it."
        )
    if not _is_safe(launch.deep_linking.return_url):
        raise Refused(
            "unsafe-return-address",
            "Your LMS asked for the answer at an address that is not safe (https is needed). "
            "Tell the LMS's administrators.",
        )
    return replace(launch.deep_linking, framed_by=_sources(launch.deep_linking.framed_by))


def _sources(said: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are a site or the subdomains of one, and no more than a policy can hold."""
    sites = (each for each in said if len(each) <= LONGEST_SOURCE and origin(each) == each)
    return tuple(islice(sites, MOST_SOURCES))


def _is_safe(return_url: str) -> bool:
    """Whether a form may carry the answer there, by the rules of addresses and of policies."""
    try:
        check_address(return_url)
    except Invalid:
        return False
    return bool(origin(return_url))


def find(store: Store, ticket: str) -> Opened:
    """The selection of that ticket, under way or over; Refused where there is none."""
    wanted = (
        select(Selection, Course, Platform, Enrolment)
        .join(Course, col(Course.id) == Selection.course_id)
        .join(Platform, col(Platform.id) == Selection.platform_id)
        .join(Person, col(Person.id) == Selection.person_id)
        .join(
            Enrolment,
            (col(Enrolment.person_id) == Person.id) & (col(Enrolment.course_id) == Course.id),
        )
        .where(Selection.ticket_sha256 == _hash(ticket))
        .where(Platform.state == PlatformState.ACTIVE)
    )
    with store.reading(EVERYONE) as session:
        found = session.exec(wanted).first()
    if found is None:
        raise Refused("no-such-selection", f"There is no such selection. {_AGAIN}")
    return _opened(*found)


def _opened(row: Selection, course: Course, platform: Platform, enrolment: Enrolment) -> Opened:
    request = json.loads(row.request)
    for name in ("accept_types", "accept_targets", "framed_by"):
        # An older version's selection may still be under way: it kept no framed_by.
        request[name] = tuple(request.get(name, ()))
    return Opened(
        id=row.id or 0,
        institution_id=row.institution_id,
        course_id=row.course_id,
        course_key=course.key,
        course_title=course.title,
        time_zone=course.time_zone,
        issuer=platform.issuer,
        client_id=platform.client_id,
        auth_login_url=platform.auth_login_url,
        deployment_id=row.deployment_id,
        request=DeepLinking(**request),
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        may_pick=enrolment.role.is_staff and enrolment.dropped_at is None,
    )


def check_open(opened: Opened, at: datetime) -> None:
    """Nothing; Refused for a selection that was answered, is too old, or is nobody's now."""
    if opened.answered_at is not None:
        raise Refused("selection-answered", f"This selection has been answered. {_AGAIN}")
    if opened.expires_at <= at:
        minutes = LIFE // timedelta(minutes=1)
        raise Refused("selection-over", f"This selection is older than {minutes} minutes. {_AGAIN}")
    if not opened.may_pick:
        raise Refused(
            "staff-only-selection", "Only a course's instructors and TAs may add links to it."
        )


def close(store: Store, opened: Opened, at: datetime) -> None:
    """The selection answered, by this caller alone; Refused for whoever came later."""
    with store.writing(opened.institution_id) as session:
        done = session.exec(
            update(Selection)
            .where(col(Selection.id) == opened.id, col(Selection.answered_at).is_(None))
            .values(answered_at=at)
        )
        if done.rowcount != 1:
            raise Refused("selection-answered", f"This selection has been answered. {_AGAIN}")


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
