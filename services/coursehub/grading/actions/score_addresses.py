"""Where a score goes: the registration, the LMS course and the column that take it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from coursehub.model.assignment import Assignment
from coursehub.model.course import CourseContext, Enrolment, EnrolmentSection, Section
from coursehub.model.grading import LineItem, OutcomeAddress
from coursehub.model.institution import Person, Platform, PlatformState
from coursehub.vocabulary.launch import LTI_1_1, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The context is None where no LMS course takes scores, the item where none has its column."""

    platform: Platform
    context: CourseContext | None = None
    item: LineItem | None = None


def way(session: Session, assignment: Assignment, person: Person) -> Way:
    """
    The way of a person's score to their LMS.

    Of several LMS courses that feed the course, it is the one that lists them.
    An LMS may have several registrations: one for each block of Open edX, or a
    new one beside the old. The one that showed the assignment's column has it,
    whichever the person launched by last; without a column, the latest that
    offers its gradebook makes one.
    """
    own = session.get_one(Platform, person.platform_id)
    if own.version == LTI_1_1:
        return Way(platform=own)
    item_here = (col(LineItem.context_id) == CourseContext.id) & (
        col(LineItem.assignment_id) == assignment.id
    )
    lists_them = (
        select(EnrolmentSection.id)
        .join(Section, col(Section.id) == EnrolmentSection.section_id)
        .join(Enrolment, col(Enrolment.id) == EnrolmentSection.enrolment_id)
        .where(Section.context_id == CourseContext.id, Enrolment.person_id == person.id)
        .exists()
    )
    found = session.exec(
        select(Platform, CourseContext, LineItem)
        .join(CourseContext, col(CourseContext.platform_id) == Platform.id)
        .join(LineItem, item_here, isouter=True)
        .where(_feeds_or_fed(assignment.course_id))
        .where(Platform.issuer == person.issuer, Platform.state == PlatformState.ACTIVE)
        .where(or_(CourseContext.ags_lineitems_url != "", col(LineItem.id).is_not(None)))
        .order_by(lists_them.desc(), col(LineItem.id).is_(None), col(CourseContext.id).desc())
    ).first()
    if found is None:
        return Way(platform=own)
    platform, context, item = found
    return Way(platform=platform, context=context, item=item)


def others(session: Session, platform_id: int, course_id: int) -> bool:
    """Whether another registration of the same LMS, one that is on, feeds the course as well."""
    own = session.get_one(Platform, platform_id)
    found = session.exec(
        select(Platform.id)
        .join(CourseContext, col(CourseContext.platform_id) == Platform.id)
        .where(_feeds_or_fed(course_id), Platform.issuer == own.issuer)
        .where(Platform.id != own.id, Platform.state == PlatformState.ACTIVE)
    ).first()
    return found is not None


def _feeds_or_fed(course_id: int) -> ColumnElement[bool]:
    """That an LMS course feeds the course, or did before it was joined to another."""
    return or_(
        col(CourseContext.course_id) == course_id, col(CourseContext.own_course_id) == course_id
    )


def outcome(session: Session, assignment_id: int, person_id: int) -> Outcome | None:
    """Where LTI 1.1's launch of that person said that the assignment's score goes."""
    found = session.exec(
        select(OutcomeAddress).where(
            OutcomeAddress.assignment_id == assignment_id, OutcomeAddress.person_id == person_id
        )
    ).first()
    return Outcome(service_url=found.service_url, sourcedid=found.sourcedid) if found else None
