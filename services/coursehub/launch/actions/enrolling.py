"""What a launch leaves in a course: the course itself, the enrolment, the gradebook column."""

from datetime import datetime

from sqlmodel import Session, col, or_, select, update

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
    session: Session, platform: Platform, person: Person, launch: Launch, at: datetime
) -> None:
    """Nothing; whoever has no role in the LMS course any more is dropped from the course."""
    context = launch.context or Context(id="")
    known = _feed(session, platform, launch, context)
    course_id = known.course_id if known else _course_fed(session, platform, context)
    enrolment = session.exec(
        select(Enrolment).where(
            Enrolment.course_id == course_id,
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
    session: Session, platform: Platform, launch: Launch, *, new_key: CourseKey | None
) -> tuple[Course, CourseContext]:
    """
    The course that the launch's LMS course feeds, made at its first under the key given for that.

    KeyWanted where it is new and there is none, or another course has taken it.
    """
    context = launch.context or Context(id="")
    feed = _feed(session, platform, launch, context) or CourseContext(
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
    return session.get_one(Course, feed.course_id), feed


def _feed(
    session: Session, platform: Platform, launch: Launch, context: Context
) -> CourseContext | None:
    """The LMS course under this very deployment, which older launches did not keep."""
    return session.exec(
        select(CourseContext)
        .where(CourseContext.platform_id == platform.id, CourseContext.context_id == context.id)
        .where(col(CourseContext.deployment_id).in_((launch.deployment_id, "")))
        .order_by(col(CourseContext.deployment_id).desc())
    ).first()


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
