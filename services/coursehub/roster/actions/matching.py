"""Who the people of a list beside the LMS's own are: by the names that other systems have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session, select

from coursehub.model.institution import Person
from coursehub.ports import Member
from coursehub.roster.actions.carrying import Told
from coursehub.roster.actions.hearing import Heard
from coursehub.roster.actions.seating import Course, Seats
from coursehub.roster.rules import Listing, Place
from coursehub.vocabulary.people import PersonKey, Role, role_of
from coursehub.vocabulary.roster import SourceKind, section_name

STRANGER = "nobody here has this e-mail address or login yet: they are placed when they first come"
SEVERAL = "several people here have this e-mail address"
NO_ROLE = "the list gives them no role in the course"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Somebody on a list who has no place in the course, and why."""

    source: str
    name: str
    email: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A list whose people are known, what it tells of them, and whom it could not place."""

    listing: Listing
    told: Mapping[PersonKey, Told]
    unplaced: tuple[Unplaced, ...]


class Known:
    """
    The people of an institution by address and Hub name.

    Of several with one address it is the one whom the LMS lists now, or who is
    in the course; of several strangers to it, none.
    """

    def __init__(
        self, session: Session, course: Course, seats: Seats, told: Mapping[PersonKey, Told]
    ) -> None:
        self._names: dict[str, set[PersonKey]] = {}
        self._here = seats.keys() | told.keys()
        rows = session.exec(
            select(Person.issuer, Person.subject, Person.email, Person.hub_name).where(
                Person.institution_id == course.institution_id
            )
        )
        for issuer, subject, email, hub_name in rows:
            self._add(PersonKey(issuer, subject), email, hub_name or "")
        for key, said in told.items():
            self._add(key, said.email)

    def _add(self, key: PersonKey, *names: str) -> None:
        for name in names:
            if name:
                self._names.setdefault(name.lower(), set()).add(key)

    def find(self, member: Member) -> PersonKey | str:
        """Who that is, or why nobody knows."""
        for name in (member.email, member.login):
            found = self._names.get(name.lower(), set()) if name else set()
            best = found & self._here or found
            if len(best) == 1:
                return next(iter(best))
            if best:
                return SEVERAL
        return STRANGER


def match(heard: Heard, course: Course, known: Known) -> Matched:
    """
    The list with its people found out; of two lines about one person, both together.

    An address by which somebody was found is known already, and may be a Hub
    name: it is told of those alone whom the list itself numbers.
    """
    issuer = _own_issuer(heard, course)
    roles = dict[PersonKey, tuple[str, ...]]()
    sections = dict[PersonKey, frozenset[str]]()
    told, gone = dict[PersonKey, Told](), set[PersonKey]()
    unplaced: list[Unplaced] = []
    for member in heard.members:
        found = PersonKey(issuer, member.subject) if issuer else known.find(member)
        if isinstance(found, str):
            if member.status == "Active":
                unplaced.append(_unplaced(heard, member, found))
        elif member.status != "Active":
            gone.add(found)
        else:
            roles[found] = (*roles.get(found, ()), *member.roles)
            named = filter(None, map(section_name, member.sections))
            sections[found] = sections.get(found, frozenset()).union(named)
            told[found] = Told(member.name, member.email if issuer else "")
    placed = dict(_placed(roles, sections))
    unplaced += [
        Unplaced(source=heard.source.title, name=said.name, email=said.email, why=NO_ROLE)
        for key, said in told.items()
        if key not in placed
    ]
    return Matched(
        listing=Listing(
            roster=placed, gone=frozenset(gone - placed.keys()), rank=heard.source.rank
        ),
        told={key: said for key, said in told.items() if key in placed},
        unplaced=tuple(unplaced),
    )


def _placed(
    roles: Mapping[PersonKey, tuple[str, ...]], sections: Mapping[PersonKey, frozenset[str]]
) -> Iterator[tuple[PersonKey, Place]]:
    for key, uris in roles.items():
        role: Role | None = role_of(uris)
        if role:
            yield key, Place(role, sections[key])


def _own_issuer(heard: Heard, course: Course) -> str:
    """The platform whose subjects the list has; empty for names of its own (Moodle's are LTI's)."""
    if heard.source.kind is not SourceKind.MOODLE:
        return ""
    return next(_same_place(heard.source.address.url, course.platforms), "")


def _same_place(url: str, issuers: Iterable[str]) -> Iterator[str]:
    host = urlsplit(url).netloc
    return (issuer for issuer in issuers if urlsplit(issuer).netloc == host)


def _unplaced(heard: Heard, member: Member, why: str) -> Unplaced:
    name = member.name or member.login or member.subject
    return Unplaced(source=heard.source.title, name=name, email=member.email, why=why)
