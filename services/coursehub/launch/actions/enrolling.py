"""What a launch leaves in a course: the course itself, the enrolment, the gradebook column."""

import functools
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select, update

from coursehub.launch.actions.places import Place
from coursehub.model.assignment import Assignment
from coursehub.model.authority import role_at_launch
from coursehub.model.course import Course, CourseContext, Enrolment, EnrolmentSection, Section
from coursehub.model.grading import DeliveryState, LineItem, OutcomeAddress, ScoreDelivery
from coursehub.model.institution import Person, Platform
from coursehub.model.roster import StaffChange
from coursehub.vocabulary.courses import CourseKey, all_groups_of, groups_of
from coursehub.vocabulary.launch import Context, Groups, Launch
from coursehub.vocabulary.people import Role, highest


def groups_of_person(session: Session, person: Person) -> Groups:
    """The Hub groups that the person's enrolments put them in, and those that they keep out of."""
    owned: set[str] = set()
    wanted: set[str] = set()
    for key, role, dropped_at in session.execute(_places(), {"person": person.id}):
        owned |= all_groups_of(CourseKey(key))
        if dropped_at is None:
            wanted |= groups_of(CourseKey(key), Role(role))
    return Groups(join=tuple(sorted(wanted)), leave=tuple(sorted(owned - wanted)))


@functools.cache
def _places() -> Any:
    """The question for a person's courses, made once: a launch waits for its answer."""
    return (
        select(Course.key, Enrolment.role, Enrolment.dropped_at)
        .join(Enrolment, col(Enrolment.course_id) == Course.id)
        .where(col(Enrolment.person_id) == bindparam("person"))
    )


def leave(session: Session, place: Place, person: Person, launch: Launch, at: datetime) -> None:
    """
    Nothing; whoever has no role in the LMS course any more is dropped from the course.

    But for one whom another LMS course of the same course lists.
    """
    context = launch.context or Context(id="")
    course_id = place.course.id if place.course else _course_fed(session, place.platform, context)
    enrolment = _enrolment(session, place, person, course_id or 0)
    if enrolment is None or enrolment.dropped_at is not None:
        return
    if not _is_in_another(session, enrolment, place.feed):
        enrolment.dropped_at = at
        session.add(enrolment)
        _note(session, enrolment, before=Role(enrolment.role), after=None, at=at)


class KeyWanted(Exception):
    """The course would be a new one, and has no free key yet."""


def course_of(
    session: Session, place: Place, launch: Launch, *, new_key: CourseKey | None
) -> tuple[Course, CourseContext]:
    """
    The course that the launch's LMS course feeds, made at its first under the key given for that.

    KeyWanted where it is new and there is none, or another course has taken it.
    """
    platform, context = place.platform, launch.context or Context(id="")
    feed = place.feed or CourseContext(
        institution_id=platform.institution_id,
        course_id=_course_fed(session, platform, context)
        or _new_course(session, platform, context, new_key),
        platform_id=platform.id or 0,
        context_id=context.id,
    )
    feed.deployment_id = launch.deployment_id
    feed.label, feed.title = context.label or feed.label, context.title or feed.title
    feed.nrps_url = context.nrps_url or feed.nrps_url
    feed.ags_lineitems_url = context.ags_lineitems_url or feed.ags_lineitems_url
    session.add(feed)
    return place.course or session.get_one(Course, feed.course_id), feed


def _new_course(
    session: Session, platform: Platform, context: Context, key: CourseKey | None
) -> int:
    course = Course(
        institution_id=platform.institution_id,
        key=_unused(session, key),
        title=context.title or context.label or context.id,
    )
    session.add(course)
    session.flush()
    return course.id or 0


def _course_fed(session: Session, platform: Platform, context: Context) -> int | None:
    """
    The number of the course that the LMS course feeds, under another registration of the LMS.

    An LMS that is registered anew, or has a second deployment, goes on with its
    courses, as its people stay who they are: by the issuer, within the
    institution. But two deployments may number their courses alike: of one
    that neither label nor title tell to be the same, it is another.
    """
    called = [
        column == said
        for column, said in (
            (CourseContext.label, context.label),
            (CourseContext.title, context.title),
        )
        if said
    ] or [(CourseContext.label == "") & (CourseContext.title == "")]
    return session.exec(
        select(CourseContext.course_id)
        .join(Platform, col(Platform.id) == CourseContext.platform_id)
        .where(CourseContext.institution_id == platform.institution_id)
        .where(CourseContext.context_id == context.id, Platform.issuer == platform.issuer)
        .where(or_(*called))
        .order_by(col(CourseContext.id).desc())
    ).first()


def _unused(session: Session, key: CourseKey | None) -> CourseKey:
    if key is None or session.exec(select(Course.id).where(Course.key == key)).first():
        raise KeyWanted
    return key


def enrol(
    session: Session,
    place: Place,
    course: Course,
    person: Person,
    *,
    role: Role,
    at: datetime,
) -> None:
    """
    Nothing; the person is in the course, in that role.

    Or in the one that the course file, a list of higher authority or another
    LMS course of the same course gave them.
    """
    enrolment = _enrolment(session, place, person, course.id or 0) or Enrolment(
        institution_id=course.institution_id,
        course_id=course.id or 0,
        person_id=person.id or 0,
        role=role,
    )
    is_here = enrolment.id is not None and enrolment.dropped_at is None
    was = Role(enrolment.role) if is_here else None
    role = role_at_launch(session, course.id or 0, person, launched=role, enrolled=was)
    if highest({role, was or role}) == role or not _is_in_another(session, enrolment, place.feed):
        enrolment.role = role
    enrolment.dropped_at = enrolment.missing_since = None
    session.add(enrolment)
    _note(session, enrolment, before=was, after=Role(enrolment.role), at=at)


def _note(
    session: Session,
    enrolment: Enrolment,
    *,
    before: Role | None,
    after: Role | None,
    at: datetime,
) -> None:
    """Nothing; a change from, to or within the course's staff is kept for ever."""
    if before == after or not any(role and role.is_staff for role in (before, after)):
        return
    session.add(
        StaffChange(
            institution_id=enrolment.institution_id,
            course_id=enrolment.course_id,
            person_id=enrolment.person_id,
            before=before,
            after=after,
            source="launch",
            at=at,
        )
    )


def _is_in_another(session: Session, enrolment: Enrolment, feed: CourseContext | None) -> bool:
    """Whether an LMS course other than this one lists the person, where several feed the course."""
    found = session.exec(
        select(EnrolmentSection.id)
        .join(Section, col(Section.id) == EnrolmentSection.section_id)
        .where(EnrolmentSection.enrolment_id == enrolment.id)
        .where(col(Section.context_id).is_not(None))
        .where(col(Section.context_id) != (feed.id if feed else None))
    ).first()
    return found is not None


def _enrolment(session: Session, place: Place, person: Person, course_id: int) -> Enrolment | None:
    """The person's place in the course, which is known but where the LMS course is new."""
    if place.course or place.person is None:
        return place.enrolment
    return session.exec(
        select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.person_id == person.id)
    ).first()


def link_line_item(session: Session, course: Course, feed: CourseContext, launch: Launch) -> None:
    """
    The gradebook column of the link, kept for the assignment that it opens.

    So scores go where the LMS's own assignment shows them, not into a second
    column (LTI AGS 2.0, 3.1.2: `lineitem` is the one of the launched link).
    """
    url = launch.link.lineitem_url if launch.link else ""
    assignment = _assignment(session, course, launch) if url else None
    if assignment is None:
        return
    session.flush()  # a new feed has its number then
    row = session.exec(
        select(LineItem).where(
            LineItem.assignment_id == assignment.id, LineItem.context_id == feed.id
        )
    ).first() or LineItem(
        institution_id=course.institution_id,
        assignment_id=assignment.id or 0,
        context_id=feed.id or 0,
        url=url,
    )
    row.url = url
    session.add(row)


def link_outcome(
    session: Session, course: Course, person: Person, launch: Launch, at: datetime
) -> None:
    """
    Where LTI 1.1 takes the person's score, kept for the assignment that the link opens.

    A score that waited for its first address is due at once.
    """
    assignment = _assignment(session, course, launch) if launch.outcome else None
    if assignment is None or launch.outcome is None:
        return
    row = session.exec(
        select(OutcomeAddress).where(
            OutcomeAddress.assignment_id == assignment.id, OutcomeAddress.person_id == person.id
        )
    ).first()
    if row is None:
        row = OutcomeAddress(
            institution_id=course.institution_id,
            assignment_id=assignment.id or 0,
            person_id=person.id or 0,
            service_url="",
            sourcedid="",
        )
        session.exec(
            update(ScoreDelivery)
            .where(
                col(ScoreDelivery.assignment_id) == assignment.id,
                col(ScoreDelivery.person_id) == person.id,
                col(ScoreDelivery.state) == DeliveryState.WAITING,
            )
            .values(next_at=at)
        )
    row.service_url, row.sourcedid = launch.outcome.service_url, launch.outcome.sourcedid
    session.add(row)


def _assignment(session: Session, course: Course, launch: Launch) -> Assignment | None:
    """The assignment that the link opens, if it opens one."""
    name = launch.custom.get("assignment", "")
    return session.exec(
        select(Assignment).where(Assignment.course_id == course.id, Assignment.name == name)
    ).first()
