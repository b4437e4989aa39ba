"""
The tool's keys in turn: the active one signs, and all that a token may need are published.

Platforms read the public halves from our key set; the private ones sign what
proves this tool to them (LTI security 1.0, 4.1 and 6.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from joserfc import jwt
from joserfc.jwk import RSAKey

from coursehub.adapters.clock import SystemClock
from coursehub.adapters.keys import faults
from coursehub.adapters.keys.folder import KeyFolder
from coursehub.adapters.keys.timetable import CACHED, LONGEST_TOKEN, KeyFile, State, Turn, turns
from coursehub.errors import CoursehubError
from coursehub.ports import Clock

_PUBLISHED: Final = frozenset({State.NEXT, State.ACTIVE, State.RETIRED})
_ATTEMPTS: Final = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A key in its state; `fault` says why it cannot be used, if so."""

    kid: str
    turn: Turn
    fault: CoursehubError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation did: the key that follows, and how many were withdrawn for it."""

    kid: str
    signs_from: datetime
    made: bool
    withdrawn: int


class ToolKeys:
    """The keys in `folder`, the same for every process that asks, and changed without restart."""

    def __init__(self, folder: Path, *, clock: Clock | None = None, passphrase: str = "") -> None:
        self._folder = KeyFolder(folder, passphrase=passphrase)
        self._clock = clock or SystemClock()

    def signing(self) -> RSAKey:
        """The private key that signs now; the first one is made when there is none."""
        (key,) = self._loaded(frozenset({State.ACTIVE}))
        return key

    def sign(self, claims: Mapping[str, Any]) -> str:
        """
        A JWT of these claims, signed RS256 by the active key.

        `iat` and `exp` are needed: how long retired keys are kept rests on no
        token living longer than `LONGEST_TOKEN`.
        """
        if not 0 < claims["exp"] - claims["iat"] <= LONGEST_TOKEN.total_seconds():
            raise ValueError("what the tool signs lives an hour at most")
        key = self.signing()
        return jwt.encode({"typ": "JWT", "alg": "RS256", "kid": key.kid}, dict(claims), key)

    def public_jwks(self) -> dict[str, Any]:
        """
        The public key set, as platforms fetch it.

        All of it or an error: platforms would take a key that is left out for
        one that was withdrawn, while after an error they go on with their copy.
        """
        return {"keys": [key.as_dict(private=False) for key in self._loaded(_PUBLISHED)]}

    def listing(self) -> tuple[Listed, ...]:
        """Every key, also those that cannot be used; Missing where there is none."""
        if not (found := self._turns()):
            raise faults.none_yet()
        return tuple(self._described(turn) for turn in found)

    def rotate(self, *, after: timedelta = CACHED, revoke: bool = False) -> Rotation:
        """
        A new key, published now and signing `after` a while.

        With no delay, a key that waits already is the one that begins. With
        `revoke`, every other key is withdrawn, and none that lay there is used.
        """
        with self._folder.alone():
            now = self._clock.now()
            present = self._folder.keys()
            self._require_sound(present, revoke=revoke)
            if revoke:
                key = self._folder.make(now + after)
                self._folder.remove(present)
            else:
                key = self._successor(present, now, after)
        return Rotation(
            kid=key.kid,
            signs_from=key.signs_from,
            made=key.kid not in {old.kid for old in present},
            withdrawn=len(present) if revoke else 0,
        )

    def _successor(self, present: tuple[KeyFile, ...], now: datetime, after: timedelta) -> KeyFile:
        """The key that signs `after` a while: a new one, or without delay the one that waits."""
        waiting = next((t.key for t in turns(present, now) if t.state is State.NEXT), None)
        if waiting is None:
            return self._folder.make(_behind(present, now + after))
        if after:
            raise faults.waiting(f"{waiting.signs_from:%Y-%m-%d %H:%M} UTC")
        return self._folder.begin(waiting, _behind(present, now, apart=waiting))

    def _require_sound(self, present: tuple[KeyFile, ...], *, revoke: bool) -> None:
        if not present:
            raise faults.none_yet()
        if self._folder.locked_out(present):
            raise faults.no_passphrase()
        for key in () if revoke else present:
            self._folder.load(key)

    def _loaded(self, states: frozenset[State]) -> list[RSAKey]:
        """The keys in these states, listed anew where a file was taken away meanwhile."""
        for _ in range(_ATTEMPTS):
            found = self._turns() or self._first()
            try:
                return [self._folder.load(turn.key) for turn in found if turn.state in states]
            except FileNotFoundError:
                continue
        raise faults.foreign(found[-1].key.name)  # a link that leads nowhere

    def _turns(self) -> tuple[Turn, ...]:
        """The keys that are needed; those that no token can need any more are deleted."""
        found = turns(self._folder.keys(), self._clock.now())
        spent = [turn.key for turn in found if turn.state is State.SPENT]
        if spent:
            try:
                with self._folder.alone(wait_s=0):
                    self._folder.remove(spent)
            except CoursehubError as error:  # no reason to sign later or publish less
                log.warning("spent-keys-stay", code=error.code)
        return tuple(turn for turn in found if turn.state is not State.SPENT)

    def _first(self) -> tuple[Turn, ...]:
        """The first key; of processes that start together, one makes it."""
        with self._folder.alone():
            now = self._clock.now()
            return turns(self._folder.keys() or (self._folder.make(now),), now)

    def _described(self, turn: Turn) -> Listed:
        try:
            return Listed(kid=str(self._folder.load(turn.key).kid), turn=turn)
        except CoursehubError as error:
            return Listed(kid=turn.key.kid or turn.key.name, turn=turn, fault=error)
        except FileNotFoundError:
            return Listed(kid=turn.key.kid, turn=turn, fault=faults.foreign(turn.key.name))


def _behind(
    present: tuple[KeyFile, ...], begins: datetime, *, apart: KeyFile | None = None
) -> datetime:
    """`begins`, or just after the last of the others: clocks of two machines differ."""
    last = max((key.signs_from for key in present if key is not apart), default=begins)
    return max(begins, last + timedelta(microseconds=1))
