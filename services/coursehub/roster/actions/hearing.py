"""Reading the lists beside the LMS's own: services that are asked, and files that were uploaded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool

from coursehub.errors import CoursehubError, Invalid, Refused
from coursehub.ports import Blobs, Member, RosterFile, RosterFiles, Rosters
from coursehub.roster.actions.progress import Progress
from coursehub.roster.actions.sources import Source
from coursehub.vocabulary.roster import Stage

EVERY: Final = 50
LARGEST_FILE_BYTES: Final = 50_000_000
EMPTY: Final = Refused("roster-empty", "It lists nobody: it is not believed, and nobody leaves.")


@dataclass(frozen=True, slots=True)
class Lists:
    """What it takes to read lists beside the LMS's own."""

    services: Rosters
    files: RosterFiles
    blobs: Blobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Whom one source lists, or why it could not be read or believed."""

    source: Source
    members: tuple[Member, ...] = ()
    error: CoursehubError | None = None


async def hear(lists: Lists | None, sources: Iterable[Source], progress: Progress) -> list[Heard]:
    """Each source's list; one that cannot be read keeps the others from nothing."""
    return [await _heard(lists, source, progress) for source in sources]


def require_one(errors: Sequence[CoursehubError | None]) -> None:
    """Nothing; the first error where no list at all could be read."""
    if errors and errors[0] and all(errors):
        raise errors[0]


async def _heard(lists: Lists | None, source: Source, progress: Progress) -> Heard:
    try:
        if source.fault or lists is None:
            raise Refused("roster-source", f"{source.fault or 'It cannot be read here'}.")
        members = await _members(lists, source, progress)
    except CoursehubError as error:
        return Heard(source=source, error=error)
    return Heard(source=source, members=members, error=None if members else EMPTY)


async def _members(lists: Lists, source: Source, progress: Progress) -> tuple[Member, ...]:
    if not source.kind.is_service:
        found = await run_in_threadpool(_from_file, lists, source)
        return found.members
    listed: list[Member] = []
    async for member in lists.services.members(source.address):
        listed.append(member)
        if len(listed) % EVERY == 0:
            await progress.at(Stage.READING, len(listed))
    return tuple(listed)


def _from_file(lists: Lists, source: Source) -> RosterFile:
    with lists.blobs.open(source.file_sha256) as file:
        content = file.read(LARGEST_FILE_BYTES)
    return understood(lists.files, source, content)


def understood(files: RosterFiles, source: Source, content: bytes) -> RosterFile:
    """The whole list that a file holds; Invalid for one of changes alone."""
    found = files.read(source.kind, content, course=source.address.course, columns=source.columns)
    if not found.is_whole:
        raise Invalid(
            "roster-delta", "This file holds changes alone: export the whole list (bulk)."
        )
    return found
