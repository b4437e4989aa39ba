"""The lists of a course's people beside its LMS courses, in their order of authority."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from coursehub.errors import Missing
from coursehub.model.course import Course
from coursehub.model.roster_source import RosterSecret, RosterSource
from coursehub.ports import RosterAddress
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.roster import SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One list; `rank` counts from 0, the highest authority. `fault` says why it cannot be read."""

    number: int
    rank: int
    kind: SourceKind
    address: RosterAddress
    columns: Mapping[str, str] = field(default_factory=dict)
    file_sha256: str = ""
    file_name: str = ""
    fault: str = ""

    @property
    def title(self) -> str:
        """What it is called on pages and in errors."""
        where = self.file_name or self.address.url
        return " ".join(word for word in (self.kind.words, where, self.address.course) if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """
    A course's lists; `lti_rank` is that of the LMS's own, None where it is not asked.

    A course that names no list has the LMS's.
    """

    lti_rank: int | None = 0
    others: tuple[Source, ...] = ()


def of(session: Session, course: Course) -> Sources:
    """The course's lists."""
    rows = session.exec(
        select(RosterSource)
        .where(RosterSource.course_id == course.id)
        .order_by(col(RosterSource.position))
    ).all()
    if not rows:
        return Sources()
    kept = select(RosterSecret).where(RosterSecret.institution_id == course.institution_id)
    secrets = {secret.name: secret for secret in session.exec(kept)}
    ranked = list(enumerate(rows))
    return Sources(
        lti_rank=next((rank for rank, row in ranked if row.kind is SourceKind.LTI), None),
        others=tuple(
            _source(row, rank, secrets) for rank, row in ranked if row.kind is not SourceKind.LTI
        ),
    )


def of_course(store: Store, key: CourseKey) -> Sources:
    """The lists of the course; Missing for one that is not there."""
    with store.reading(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == key)).first()
        if course is None:
            raise Missing("no-such-course", f"There is no course {key} here.")
        return of(session, course)


def _source(row: RosterSource, rank: int, secrets: Mapping[str, RosterSecret]) -> Source:
    secret = secrets.get(row.secret)
    address = RosterAddress(
        kind=row.kind,
        url=row.url,
        course=row.course,
        client_id=row.client_id,
        token_url=row.token_url,
        sealed_secret=secret.sealed if secret else "",
    )
    return Source(
        number=row.id or 0,
        rank=rank,
        kind=row.kind,
        address=address,
        columns=row.columns,
        file_sha256=row.file_sha256,
        file_name=row.file_name,
        fault=_fault(row, secret),
    )


def _fault(row: RosterSource, secret: RosterSecret | None) -> str:
    """Why the list cannot be read as it is set up; empty where it can."""
    if not row.kind.is_service:
        return "" if row.file_sha256 else "No file was uploaded yet: coursehub roster upload"
    if secret is None:
        named = f"named {row.secret!r}" if row.secret else "named for it"
        return f"There is no secret {named}: an administrator gives it by coursehub roster secret"
    there = (secret.kind, secret.url, secret.client_id, secret.token_url)
    if there != (row.kind, row.url, row.client_id, row.token_url):
        return f"The secret {row.secret!r} is for another address: {secret.url}"
    return ""
