"""Whatever LMSs list and whatever fails, a course ends as they say, or with a question."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from coursehub.errors import Conflict, CoursehubError, Refused, Unreachable
from coursehub.model.course import Enrolment
from coursehub.model.roster import RosterSync
from coursehub.ports import Member
from coursehub.roster.actions import plans
from coursehub.roster.actions.settling import Wish
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.people import HubName, Role, highest, role_of
from tests.house.school import INSTRUCTOR, LEARNER, School
from tests.roster.class_of import CONTEXT, EVENING, EVENING_ROSTER, ROSTER, Class, member
from tests.roster.test_sync import MEMBERSHIP, TA

NOBODYS_ROLE = "urn:unheard-of"
AUDITOR = f"{MEMBERSHIP}/Learner#NonCreditLearner"
NAMES = {ROSTER: "Data 8", EVENING_ROSTER: "Evening class"}
CONTEXTS = {ROSTER: CONTEXT, EVENING_ROSTER: EVENING}

SUBJECTS = st.integers(0, 14).map(lambda number: f"s{number}")
MEMBERS = st.builds(
    member,
    SUBJECTS,
    st.sampled_from([LEARNER, LEARNER, LEARNER, INSTRUCTOR, TA, AUDITOR, NOBODYS_ROLE]),
    status=st.sampled_from(["Active"] * 6 + ["Inactive", "Deleted"]),
    sections=st.sampled_from([(), ("Lab 1",), ("Lab 2",), ("Lab 1", "Lab 2")]),
)
LISTS = st.lists(MEMBERS, max_size=12, unique_by=lambda line: line.subject)
URLS = st.sampled_from([ROSTER, EVENING_ROSTER])


class Event(Protocol):
    """Something that happens to a course."""

    def act(self, course: Class) -> None: ...


@dataclass(frozen=True)
class Lists:
    url: str
    members: list[Member]

    def act(self, course: Class) -> None:
        course.lms.rosters[self.url] = self.members


@dataclass(frozen=True)
class Truncates:
    url: str
    left: int

    def act(self, course: Class) -> None:
        course.lms.rosters[self.url] = course.lms.rosters.get(self.url, [])[: self.left]


@dataclass(frozen=True)
class Vanishes:
    """The LMS knows nothing at the list's address any more."""

    url: str

    def act(self, course: Class) -> None:
        course.lms.rosters.pop(self.url, None)


@dataclass(frozen=True)
class Syncs:
    confirmed: bool = False
    only_plan: bool = False
    by: str = "kim"

    def act(self, course: Class) -> None:
        with suppress(CoursehubError):
            course.sync(wish=Wish(confirmed=self.confirmed, only_plan=self.only_plan, by=self.by))


@dataclass(frozen=True)
class Decides:
    """Somebody carries out, or undoes, the sync that was so many before the last."""

    undo: bool
    ago: int

    def act(self, course: Class) -> None:
        syncs = course.school.rows(RosterSync)
        if len(syncs) <= self.ago:
            return
        sync = syncs[-1 - self.ago]
        action = plans.undo if self.undo else plans.apply
        with suppress(Conflict):
            action(
                course.school.store, course.school, sync.institution_id, sync.course_id,
                sync.id or 0, by="kim",
            )  # fmt: skip


@dataclass(frozen=True)
class Launches:
    subject: str
    url: str
    roles: tuple[str, ...]

    def act(self, course: Class) -> None:
        with suppress(Unreachable):  # the Hub is down
            course.school.come(self.subject, context=CONTEXTS[self.url], roles=self.roles)


@dataclass(frozen=True)
class HubAnswers:
    answers: bool

    def act(self, course: Class) -> None:
        course.school.hub.answers = self.answers


EVENTS = st.lists(
    st.one_of(
        st.builds(Lists, URLS, LISTS),
        st.builds(Lists, URLS, LISTS),
        st.builds(Truncates, URLS, st.integers(0, 6)),
        st.builds(Vanishes, URLS),
        st.builds(Syncs, st.booleans(), st.booleans()),
        st.builds(Syncs),
        st.builds(Syncs),
        st.builds(Decides, st.booleans(), st.integers(0, 2)),
        st.builds(Launches, SUBJECTS, URLS, st.sampled_from([(LEARNER,), (INSTRUCTOR,), ()])),
        st.builds(HubAnswers, st.booleans()),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A database of a school with the course, to be copied for each run."""
    folder = Path(tempfile.mkdtemp())
    yield empty_school(folder, with_evening=True)
    shutil.rmtree(folder)


def empty_school(folder: Path, *, with_evening: bool = False) -> Path:
    """The database of a school with one course that `t1` has opened; it may be two LMS courses."""
    store = Store(f"sqlite:///{folder / 'empty.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    school = School(store=store, settings=Settings(data_dir=folder))
    school.trust()
    school.come("t1", context=CONTEXT)
    if with_evening:
        Class(school).join()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return folder / "empty.sqlite"


@given(events=EVENTS, last=st.tuples(LISTS, LISTS))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_course_ends_as_its_lists_say_or_with_a_question(
    empty: Path, events: list[Event], last: tuple[list[Member], list[Member]]
) -> None:
    """And no enrolment is ever lost, however it came and went."""
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copy(empty, folder)
        store = Store(f"sqlite:///{copied}")
        chosen = Settings(data_dir=Path(folder))
        course = Class(School(store=store, settings=chosen, _nonces=count(1000)))
        course.school.hub.users |= {HubName("t1"), HubName("e1")}
        seen = set[tuple[int, int, int]]()
        for event in events:
            event.act(course)
            seen = kept(course, seen)
        course.school.hub.answers = True
        for url, members in zip(NAMES, last, strict=True):
            course.lms.rosters[url] = [*members, member("t1", INSTRUCTOR)]
        settled(course, seen)
        assert (course.enrolled(), course.sections()) == agreed(course)
        store.close()


def kept(course: Class, seen: set[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """Every enrolment that there is, the earlier ones among them; and no sync still goes on."""
    now = {(row.id or 0, row.course_id, row.person_id) for row in course.school.rows(Enrolment)}
    assert seen <= now
    assert len({row[1:] for row in now}) == len(now)
    assert all(row.finished_at for row in course.school.rows(RosterSync))
    return now


def settled(course: Class, seen: set[tuple[int, int, int]]) -> None:
    """Synced by the schedule; where it asks, somebody says yes."""
    for _ in range(6):
        with suppress(Refused):  # it asks a person
            course.sync()
        done = course.school.rows(RosterSync)[-1]
        assert done.error_code in {"", "roster-shrinks"}
        seen = kept(course, seen)
        if done.waiting:
            Decides(undo=False, ago=0).act(course)
        elif not (done.joined or done.left or done.changed or done.missing):
            return
    raise AssertionError("it does not come to rest")


def agreed(course: Class) -> tuple[dict[str, Role], dict[str, set[str]]]:
    """Roles and sections as both lists together say."""
    roles, sections = dict[str, Role](), dict[str, set[str]]()
    for url, members in course.lms.rosters.items():
        for line in members:
            role = role_of(line.roles) if line.status == "Active" else None
            if role:
                roles[line.subject] = highest({role, roles.get(line.subject, role)}) or role
                sections.setdefault(line.subject, set()).update({NAMES[url], *line.sections})
    return roles, sections
