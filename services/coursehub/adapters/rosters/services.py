"""ports.Rosters over every service that lists a course's people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime

from coursehub.adapters.lms import nrps
from coursehub.adapters.lms.services import Services
from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Wire
from coursehub.adapters.rosters import canvas, moodle, oneroster
from coursehub.adapters.rosters.asking import Asker, Patience
from coursehub.adapters.rosters.client_tokens import ClientTokens
from coursehub.adapters.rosters.oneroster import OneRoster
from coursehub.errors import Invalid, Refused
from coursehub.ports import Ending, Listing, Member, RosterAddress
from coursehub.vocabulary.roster import SourceKind

Unseal = Callable[[RosterAddress], str]


def _today() -> date:
    return datetime.now(UTC).date()


class AnyRosters:
    """Names and Roles, Canvas, Moodle and OneRoster, each asked in its own way over one wire."""

    def __init__(
        self,
        wire: Wire,
        tokens: Tokens,
        unseal: Unseal,
        *,
        patience: Patience | None = None,
        today: Callable[[], date] = _today,
    ) -> None:
        self._wire = wire
        self._unseal = unseal
        self._patience = patience or Patience()
        self._services = Services(Asker(wire, self._patience), tokens)
        self._canvas = self._asker(canvas.NAME)
        self._moodle = self._asker(moodle.NAME)
        self._oneroster = OneRoster(self._asker(oneroster.NAME), ClientTokens(), today=today)

    def _asker(self, name: str) -> Asker:
        return Asker(self._wire.called(name), self._patience)

    def members(self, source: RosterAddress) -> Listing:
        """Everyone on the list; Invalid for a kind that is a file."""
        ending = Ending()
        return Listing(people=self._people(source, ending), ending=ending)

    async def _people(self, source: RosterAddress, ending: Ending) -> AsyncIterator[Member]:
        if source.kind is SourceKind.LTI:
            people = self._by_lti(source, ending)
        else:
            secret = await asyncio.to_thread(self._unseal, source)
            people = self._by_secret(source, _usable(secret, source.kind))
        async for member in people:
            yield member

    def _by_lti(self, source: RosterAddress, ending: Ending) -> AsyncIterator[Member]:
        if source.access is None:
            raise Invalid("roster-access", "This list's platform is not registered here any more.")
        return nrps.members(
            self._services,
            source.access,
            source.url,
            resource_link=source.resource_link,
            since=source.since,
            ending=ending,
        )

    def _by_secret(self, source: RosterAddress, secret: str) -> AsyncIterator[Member]:
        match source.kind:
            case SourceKind.CANVAS:
                return canvas.members(self._canvas, source, secret)
            case SourceKind.MOODLE:
                return moodle.members(self._moodle, source, secret)
            case SourceKind.ONEROSTER:
                return self._oneroster.members(source, secret)
        raise _is_file()

    async def close(self) -> None:
        """No connection is left open."""
        await self._wire.close()


def _usable(secret: str, kind: SourceKind) -> str:
    """The secret, if it may be one; Refused where there is none, or a slip of the hand in it."""
    if kind in {SourceKind.CSV, SourceKind.ONEROSTER_CSV}:
        raise _is_file()
    if not secret:
        raise Refused("roster-token", "This list's source has no token or secret yet: give it one.")
    if not secret.isascii() or not secret.isprintable() or secret != secret.strip():
        raise Refused(
            "roster-token",
            "The token or secret of this list's source holds a blank or letter that none has: copy "
            "it again and give it to this list.",
        )
    return secret


def _is_file() -> Invalid:
    return Invalid("roster-kind", "This list is a file: upload it.")
