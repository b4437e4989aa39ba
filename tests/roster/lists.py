"""A class that Canvas and files list too, beside its LMS."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlmodel import select

from coursehub.adapters.blobs import FsspecBlobs
from coursehub.adapters.memory_rosters import MemoryRosters
from coursehub.adapters.rosters import ListFiles
from coursehub.model.institution import Institution
from coursehub.model.roster import RosterSync
from coursehub.model.roster_source import RosterUnplaced
from coursehub.ports import Member, RosterAddress
from coursehub.roster.actions import source_keeping, sync
from coursehub.roster.actions.hearing import Lists
from coursehub.roster.actions.settling import Wish
from coursehub.roster.actions.source_keeping import Uploaded
from coursehub.store import EVERYONE
from coursehub.vocabulary.roster import SourceKind
from tests.house.school import LEARNER
from tests.roster.class_of import COURSE, Class, member

CANVAS = RosterAddress(kind=SourceKind.CANVAS, url="https://canvas.north.example", course="42")
ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"


def line(name: str, *roles: str, status: str = "Active", section: str = "") -> Member:
    """Somebody as Canvas lists them: under a number of its own."""
    return Member(
        subject=f"canvas-{name}",
        roles=roles or (LEARNER,),
        status=status,
        name=f"Name {name}",
        email=f"{name.upper()}@north.example",
        sections=(section,) if section else (),
    )


@dataclass
class Office(Class):
    """A class that Canvas and files list too."""

    folder: Path = field(default_factory=Path)
    rosters: MemoryRosters = field(default_factory=MemoryRosters)

    def adds(self, address: RosterAddress = CANVAS, *, first: bool = False) -> int:
        store = self.school.store
        with store.reading(EVERYONE) as session:
            owner = session.exec(select(Institution.slug)).first() or ""
        source_keeping.keep_secret(store, owner, "canvas", address, sealed="sealed")
        return source_keeping.add(store, COURSE, address, secret="canvas", first=first)

    def canvas_lists(self, *members: Member) -> None:
        self.rosters.rosters[CANVAS.url, CANVAS.course] = list(members)

    def uploads(self, text: str) -> None:
        source_keeping.upload(
            self.school.store, ListFiles(), self.blobs, COURSE,
            Uploaded(
                kind=SourceKind.CSV, name="list.csv", content=text.encode(), at=self.school.time
            ),
        )  # fmt: skip

    @property
    def blobs(self) -> FsspecBlobs:
        return FsspecBlobs(f"file://{self.folder}")

    def sync(self, *, confirmed: bool = False, wish: Wish | None = None) -> RosterSync:
        return asyncio.run(
            sync.sync(
                self.school.store, self.lms, self.school.hub, self.school,
                course=COURSE, wish=wish or Wish(confirmed=confirmed),
                others=Lists(self.rosters, ListFiles(), self.blobs),
            )
        )  # fmt: skip

    def unplaced(self) -> dict[str, str]:
        return {row.name: row.why for row in self.school.rows(RosterUnplaced)}


@pytest.fixture
def office(course: Class, tmp_path: Path) -> Office:
    found = Office(school=course.school, lms=course.lms, folder=tmp_path)
    found.lists(member("t1"), member("s1"), member("s2"))
    return found
