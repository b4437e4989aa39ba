"""Launches with an errand of their own: other messages than a link that was followed."""

from dataclasses import dataclass

from sqlmodel import Session

from coursehub.launch.actions import privacy, reviews, selections
from coursehub.model.course import Course, LaunchRecord
from coursehub.model.institution import Platform
from coursehub.vocabulary.launch import Launch, Message
from coursehub.vocabulary.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The page, below the service's prefix, that the launch leads to; empty for a followed link."""

    page: str = ""
    ticket: str = ""


def begin(
    session: Session,
    launch: Launch,
    record: LaunchRecord,
    platform: Platform,
    course: Course | None,
    *,
    role: Role | None,
) -> Errand:
    """
    The launch's errand, begun in the launch's own transaction.

    Refused or Missing where it cannot be: then nothing of the launch is kept.
    """
    match launch.message_type:
        case Message.DEEP_LINKING:
            ticket = selections.begin(session, launch, record, platform, role=role)
            return Errand(page="deep-linking", ticket=ticket)
        case Message.SUBMISSION_REVIEW:
            return Errand(page=reviews.page(session, launch, record, course, role=role))
        case Message.DATA_PRIVACY:
            return Errand(page=privacy.begin(session, launch, record))
    return Errand()
