"""What a launch leaves in a course: the course itself, the enrolment, the gradebook column."""

from datetime import datetime

from sqlmodel import Session, col, select, update

from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, CourseContext, Enrolment
from coursehub.model.grading import DeliveryState, LineItem, OutcomeAddress, ScoreDelivery
from coursehub.model.institution import Person, Platform
from coursehub.vocabulary.courses import CourseKey, all_groups_of, groups_of
from coursehub.vocabulary.launch import Context, Groups, Launch
from coursehub.vocabulary.people import Role


def groups_of_person(session: Session, person: Person) -> Groups:
    """The Hub groups that the person's enrolments put them in, and those that they keep out of."""
    rows = session.exec(
        select(Course.key, Enrolment.role, Enrolment.dropped_at)
        .join(Enrolment, col(Enrolment.course_id) == Course.id)
        .where(Enrolment.person_id == person.id)
    ).all()
    owned: set[str] = set()
    wanted: set[str] = set()
    for key, role, dropped_at in rows:
        owned |= all_groups_of(CourseKey(key))
        if dropped_at is None:
            wanted |= groups_of(CourseKey(key), Role(role))
    return Groups(join=tuple(sorted(wanted)), leave=tuple(sorted(owned - wanted)))


def leave(
    session: Session, platform: Platform, person: Person, context: Context, at: datetime
) -> None:
    """Nothing; whoever has no role in the LMS course any more is dropped from the course."""
    course = _course_fed(session, platform, context)
    if course is None:
        return
    enrolment = session.exec(
        select(Enrolment).where(
            Enrolment.course_id == course.id,
            Enrolment.person_id == person.id,
            col(Enrolment.dropped_at).is_(None),
        )
    ).first()
    if enrolment is not None:
        enrolment.dropped_at = at
        session.add(enrolment)


class KeyWanted(Exception):
    """The course would be a new one, and has no free key yet."""


def course_of(
    session: Session, platform: Platform, context: Context, *, new_key: CourseKey | None
) -> Course:
    """
    The course that this LMS course feeds, made at its first launch under the key given for that.

    KeyWanted where it is new and there is none, or another course has taken it.
    """
    found = session.exec(
        select(CourseContext, Course)
        .join(Course, col(Course.id) == CourseContext.course_id)
        .where(CourseContext.platform_id == platform.id, CourseContext.context_id == context.id)
    ).first()
    feed, course = found or _new_course(session, platform, context, new_key)
    feed.nrps_url = context.nrps_url or feed.nrps_url
    feed.ags_lineitems_url = context.ags_lineitems_url or feed.ags_lineitems_url
    session.add(feed)
    return course


def _new_course(
    session: Session, platform: Platform, context: Context, key: CourseKey | None
) -> tuple[CourseContext, Course]:
    course = _course_fed(session, platform, context) or Course(
        institution_id=platform.institution_id,
        key=_unused(session, key),
        title=context.title or context.label or context.id,
    )
    session.add(course)
    session.flush()
    feed = CourseContext(
        institution_id=platform.institution_id,
        course_id=course.id or 0,
        platform_id=platform.id or 0,
        context_id=context.id,
    )
    return feed, course


def _course_fed(session: Session, platform: Platform, context: Context) -> Course | None:
    """
    The course that the LMS course feeds, under whichever registration of the same LMS.

    An LMS that is registered anew goes on with its courses, as its people stay
    who they are: by the issuer, within the institution.
    """
    return session.exec(
        select(Course)
        .join(CourseContext, col(CourseContext.course_id) == Course.id)
        .join(Platform, col(Platform.id) == CourseContext.platform_id)
        .where(CourseContext.institution_id == platform.institution_id)
        .where(CourseContext.context_id == context.id, Platform.issuer == platform.issuer)
        .order_by(col(CourseContext.id).desc())
    ).first()


def _unused(session: Session, key: CourseKey | None) -> CourseKey:
    if key is None or session.exec(select(Course.id).where(Course.key == key)).first():
        raise KeyWanted
    return key


def enrol(session: Session, course: Course, person: Person, role: Role) -> None:
    enrolment = session.exec(
        select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.person_id == person.id)
    ).first() or Enrolment(
        institution_id=course.institution_id,
        course_id=course.id or 0,
        person_id=person.id or 0,
        role=role,
    )
    enrolment.role = role
    enrolment.dropped_at = None
    session.add(enrolment)


def link_line_item(session: Session, course: Course, launch: Launch) -> None:
    """
    The gradebook column of the link, kept for the assignment that it opens.

    So scores go where the LMS's own assignment shows them, not into a second
    column (LTI AGS 2.0, 3.1.2: `lineitem` is the one of the launched link).
    """
    url = launch.link.lineitem_url if launch.link else ""
    if not (url and launch.context):
        return
    assignment = _assignment(session, course, launch)
    feed = session.exec(
        select(CourseContext)
        .join(Platform, col(Platform.id) == CourseContext.platform_id)
        .where(CourseContext.course_id == course.id)
        .where(CourseContext.context_id == launch.context.id)
        .where(Platform.client_id == launch.client_id)
    ).first()
    if assignment is None or feed is None:
        return
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
