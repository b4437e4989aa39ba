"""A course's lists added, taken away and uploaded, and the secrets that some of them take."""

import io
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from coursehub.errors import Conflict, Invalid, Missing
from coursehub.model.course import Course
from coursehub.model.institution import Institution
from coursehub.model.roster_source import RosterSecret, RosterSource
from coursehub.ports import Blobs, RosterAddress, RosterFile, RosterFiles
from coursehub.roster.actions import hearing, sources
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.roster import SourceKind


def add(
    store: Store, key: CourseKey, address: RosterAddress, *, secret: str = "", first: bool = False
) -> int:
    """
    The number of the new list, which is the last in authority, or the `first`.

    The LMS's own list becomes the first of a course that named none before.
    Conflict if the course has it already.
    """
    if address.kind.is_service and not (address.url and address.course):
        raise Invalid(
            "roster-source",
            "Say where the list is and of which course: --url https://… --source-course 42",
        )
    with store.writing(EVERYONE) as session:
        course = _course(session, key)
        rows = _rows(session, course)
        if not rows and address.kind is not SourceKind.LTI:
            rows.append(_row(course, RosterAddress(kind=SourceKind.LTI, url="")))
        if any(
            (r.kind, r.url, r.course) == (address.kind, address.url, address.course) for r in rows
        ):
            raise Conflict("roster-source-there", "The course has this list already.")
        row = _row(course, address)
        row.secret = secret
        rows.insert(0 if first else len(rows), row)
        _number(session, rows)
        return row.id or 0


def remove(store: Store, key: CourseKey, number: int) -> None:
    """Nothing; the course has that list no more. Who is on no other list leaves by later syncs."""
    with store.writing(EVERYONE) as session:
        rows = _rows(session, _course(session, key))
        row = _numbered(rows, number)
        session.delete(row)
        rows.remove(row)
        if [each.kind for each in rows] == [SourceKind.LTI]:
            session.delete(rows.pop())  # as before any was named
        _number(session, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that lists people; `course` says which class, where it holds several."""

    kind: SourceKind
    name: str
    content: bytes
    course: str = ""
    at: datetime


def upload(
    store: Store, files: RosterFiles, blobs: Blobs, key: CourseKey, file: Uploaded
) -> RosterFile:
    """
    The list that a file holds, kept as the course's own of that kind until the next one.

    What its columns were taken for is remembered. Invalid for one that cannot
    be understood, or that lists nobody; then the last one stays.
    """
    address = RosterAddress(kind=file.kind, url="", course=file.course)
    with store.reading(EVERYONE) as session:
        found = _one_of(_rows(session, _course(session, key)), address)
        columns = dict(found.columns) if found else {}
    source = sources.Source(number=0, rank=0, kind=file.kind, address=address, columns=columns)
    listed = hearing.understood(files, source, file.content)
    if not listed.members:
        raise Invalid("roster-empty", "The file lists nobody; the last one stays in use.")
    blob = blobs.put(io.BytesIO(file.content), max_bytes=hearing.LARGEST_FILE_BYTES)
    if found is None:
        add(store, key, address)
    with store.writing(EVERYONE) as session:
        row = _one_of(_rows(session, _course(session, key)), address)
        if row is None:
            raise Conflict("roster-source-gone", "Somebody took this list away meanwhile.")
        row.file_sha256, row.file_name, row.file_at = blob.sha256, file.name[:255], file.at
        row.columns = dict(listed.columns)
        session.add(row)
    return listed


def keep_secret(
    store: Store, institution: str, name: str, address: RosterAddress, *, sealed: str
) -> None:
    """Nothing; the sealed secret is kept under that name, in place of an earlier one."""
    with store.writing(EVERYONE) as session:
        every = session.exec(select(Institution)).all()
        found = [each for each in every if institution in {"", each.slug}]
        if len(found) != 1:
            known = ", ".join(each.slug for each in every)
            raise Missing("no-such-institution", f"Say whose it is by --institution: {known}.")
        owner = found[0].id or 0
        row = session.exec(
            select(RosterSecret).where(
                RosterSecret.institution_id == owner, RosterSecret.name == name
            )
        ).first() or RosterSecret(
            institution_id=owner, name=name, kind=address.kind, url=address.url, sealed=sealed
        )
        row.kind, row.url, row.sealed = address.kind, address.url, sealed
        row.client_id, row.token_url = address.client_id, address.token_url
        session.add(row)


def _course(session: Session, key: CourseKey) -> Course:
    course = session.exec(select(Course).where(Course.key == key).with_for_update()).first()
    if course is None:
        raise Missing("no-such-course", f"There is no course {key} here.")
    return course


def _rows(session: Session, course: Course) -> list[RosterSource]:
    wanted = select(RosterSource).where(RosterSource.course_id == course.id)
    return list(session.exec(wanted.order_by(col(RosterSource.position))))


def _row(course: Course, address: RosterAddress) -> RosterSource:
    return RosterSource(
        institution_id=course.institution_id,
        course_id=course.id or 0,
        position=0,
        kind=address.kind,
        url=address.url,
        course=address.course,
        client_id=address.client_id,
        token_url=address.token_url,
    )


def _one_of(rows: list[RosterSource], address: RosterAddress) -> RosterSource | None:
    this = (address.kind, address.url, address.course)
    return next((row for row in rows if (row.kind, row.url, row.course) == this), None)


def _numbered(rows: list[RosterSource], number: int) -> RosterSource:
    found = next((row for row in rows if row.id == number), None)
    if found is None:
        raise Missing("no-such-source", "The course has no such list: coursehub roster sources")
    return found


def _number(session: Session, rows: list[RosterSource]) -> None:
    for position, row in enumerate(rows):
        row.position = position
        session.add(row)
    session.flush()
