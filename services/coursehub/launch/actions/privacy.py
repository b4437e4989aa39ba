"""What is kept about one person, for that person or for whom their LMS's administrator sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, SQLModel, col, func, select

from coursehub.errors import Missing, Refused
from coursehub.launch.actions.records import KINDS, Kind
from coursehub.model.assignment import Assignment, Submission
from coursehub.model.course import Course, Enrolment, LaunchRecord
from coursehub.model.institution import Institution, Person
from coursehub.model.privacy import PrivacyGrant
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.launch import Launch
from coursehub.vocabulary.people import HubName, is_administrator

GRANT_LIFE: Final = timedelta(minutes=20)
_OURS: Final = frozenset({"id", "institution_id", "person_id", "platform_id", "account_id"})
_NAMED: Final = {"course_id": "course", "assignment_id": "assignment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything that is kept about one person, counted by kind."""

    person: Person
    institution: str
    courses: tuple[str, ...]
    counts: tuple[tuple[Kind, int], ...]


def begin(session: Session, launch: Launch, record: LaunchRecord) -> str:
    """
    The page that a data privacy launch leads to.

    Somebody else's for an administrator of the LMS, by a grant for that one
    person and a short time; one's own for everyone else. Missing for a person
    who is not known (docs/decisions/0019-privacy-grants.md).
    """
    others = launch.for_user not in {"", launch.subject}
    if not others or not is_administrator(launch.roles):
        return "privacy"
    about = session.exec(
        select(Person.id)
        .where(Person.institution_id == record.institution_id, Person.issuer == launch.issuer)
        .where(Person.subject == launch.for_user)
    ).first()
    if about is None:
        raise Missing("nothing-kept", "Nothing is kept about this person on this Hub.")
    session.add(
        PrivacyGrant(
            institution_id=record.institution_id,
            person_id=record.person_id,
            about_person_id=about,
            launch_id=record.id,
            expires_at=record.at + GRANT_LIFE,
        )
    )
    return f"privacy/people/{about}"


def own(store: Store, hub_name: HubName) -> Kept | None:
    """What is kept about a Hub user; None for an account that no launch or roster knows."""
    with store.reading(EVERYONE) as session:
        person = session.exec(select(Person).where(Person.hub_name == hub_name)).first()
        return _kept(session, person) if person else None


def granted(store: Store, hub_name: HubName, about: int, *, at: datetime) -> Kept:
    """What is kept about somebody else; Refused without a grant that still holds."""
    with store.reading(EVERYONE) as session:
        person = session.exec(
            select(Person)
            .join(PrivacyGrant, col(PrivacyGrant.about_person_id) == Person.id)
            .where(Person.id == about, PrivacyGrant.institution_id == Person.institution_id)
            .where(col(PrivacyGrant.expires_at) > at)
            .where(
                col(PrivacyGrant.person_id).in_(
                    select(Person.id).where(Person.hub_name == hub_name).scalar_subquery()
                )
            )
        ).first()
        if person is None:
            raise Refused(
                "privacy-not-granted",
                "This is open for a short time to an administrator who asked for it in the LMS. "
                "Ask for it there again.",
            )
        return _kept(session, person)


def exported(store: Store, kept: Kept) -> dict[str, Any]:
    """Every record about the person by kind, ready for JSON."""
    person = kept.person
    with store.reading(person.institution_id) as session:
        names = _Names.read(session)
        return {
            "identity": {
                "institution": kept.institution,
                **person.model_dump(exclude={"id", "institution_id", "platform_id"}),
            },
            **{
                kind.name: [_shown(row, kind, names) for row in session.exec(_rows(kind, person))]
                for kind in KINDS
            },
        }


def _kept(session: Session, person: Person) -> Kept:
    key = person.id or 0
    titles = session.exec(
        select(Course.title)
        .join(Enrolment, col(Enrolment.course_id) == Course.id)
        .where(Enrolment.person_id == key)
        .order_by(col(Course.title))
    )
    return Kept(
        person=person,
        institution=session.exec(
            select(Institution.name).where(Institution.id == person.institution_id)
        ).one(),
        courses=tuple(titles),
        counts=tuple((kind, _count(session, kind, person)) for kind in KINDS),
    )


def _count(session: Session, kind: Kind, person: Person) -> int:
    wanted = select(func.count()).select_from(_rows(kind, person).subquery())
    return session.exec(wanted).one()


def _rows(kind: Kind, person: Person) -> Any:
    table: Any = kind.table
    if kind.by_name:
        names = {name.lower() for name in (person.email, person.hub_name) if name}
        ours = table.institution_id == person.institution_id
        return select(table).where(ours, func.lower(getattr(table, kind.column)).in_(names))
    if not kind.of_submission:
        return select(table).where(getattr(table, kind.column) == person.id)
    own_submissions = select(Submission.id).where(Submission.person_id == person.id)
    return select(table).where(table.submission_id.in_(own_submissions))


@dataclass(frozen=True, slots=True)
class _Names:
    """Names for the keys that records hold."""

    course_id: dict[int, str]
    assignment_id: dict[int, str]

    @classmethod
    def read(cls, session: Session) -> "_Names":
        return cls(
            course_id={row.id or 0: row.key for row in session.exec(select(Course))},
            assignment_id={row.id or 0: row.name for row in session.exec(select(Assignment))},
        )


def _shown(row: SQLModel, kind: Kind, names: _Names) -> dict[str, Any]:
    """The record without keys of ours; a submission's is kept, for it is on the receipt."""
    found = {}
    for field, value in row.model_dump().items():
        if field in kind.hidden or (field in _OURS and not isinstance(value, str)):
            continue
        if field in _NAMED:
            found[_NAMED[field]] = getattr(names, field).get(value)
        else:
            found[field] = value
    return found
