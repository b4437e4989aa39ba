"""Requests to a source's API: with patience while it is busy, and slower when it soon will be."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)

from coursehub.adapters.lms.wire import Reply, Wire, is_busy, require_success, retry_after_s
from coursehub.errors import Invalid, Refused
from coursehub.ports import RosterAddress
from coursehub.vocabulary.addresses import is_safe_address

_REMAINING: Final = "x-rate-limit-remaining"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    How long a busy source is waited for.

    `low` is what of Canvas's bucket of costs counts as nearly empty: a full
    one holds 600, ten flow back in a second, and a request costs up to 50
    while it runs (canvas-lms, request_throttle.rb).
    """

    tries: int = 6
    first_s: float = 1.0
    most_s: float = 30.0
    low: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What to do where a source knows no such token, or its owner may not read; a sentence each."""

    unknown: str
    rights: str


class Asker:
    """One source, asked with patience."""

    def __init__(self, wire: Wire, patience: Patience) -> None:
        self._wire = wire
        self._patience = patience

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Reply:
        """The reply, whatever its status; one that says "busy" only after some waiting."""
        patient = self._patience
        again = AsyncRetrying(
            retry=retry_if_result(is_busy),
            stop=stop_after_attempt(patient.tries),
            wait=self._pause_s,
            retry_error_callback=_as_it_is,
        )
        reply: Reply = await again(self._wire.send, method, url, headers=headers, content=content)
        remaining = _number(reply.headers.get(_REMAINING, ""))
        if not is_busy(reply) and remaining is not None and remaining < patient.low:
            share = 1.0 - max(remaining, 0.0) / patient.low
            await asyncio.sleep(share * patient.first_s * random.uniform(0.5, 1.5))  # noqa: S311
        return reply

    def _pause_s(self, state: RetryCallState) -> float:
        """As long as the source asks for, if it says; never as long as to hold a sync up."""
        patient = self._patience
        jitter = wait_random_exponential(multiplier=patient.first_s, max=patient.most_s)(state)
        said = retry_after_s(state.outcome.result()) if state.outcome else None
        return min(max(float(said or 0), jitter), patient.most_s)


def _as_it_is(state: RetryCallState) -> Reply:
    """The last reply, which still says "busy"."""
    if state.outcome is None:
        raise AssertionError("tenacity calls this after an outcome")
    reply: Reply = state.outcome.result()
    return reply


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def require_welcome(reply: Reply, refusals: Refusals) -> Reply:
    """The reply, if it is one of success; otherwise an error that says what to do."""
    if reply.status == HTTPStatus.UNAUTHORIZED:
        raise Refused("roster-token", refusals.unknown)
    if reply.status == HTTPStatus.FORBIDDEN and not is_busy(reply):
        raise Refused("roster-rights", refusals.rights)
    return require_success(reply)


def root_of(source: RosterAddress) -> str:
    """The API's address, fit to have a path put behind it; Invalid where it is not."""
    if not is_safe_address(source.url) or "?" in source.url:
        raise Invalid(
            "roster-address",
            "The address of this list's source has to begin with https:// and to hold no question "
            "mark: tokens are given apart from it.",
        )
    return source.url.rstrip("/")


def course_of(source: RosterAddress) -> str:
    """The source's id of the course, fit for a path; Invalid where none is given."""
    if not source.course:
        raise Invalid("roster-course", "Say which course of the source this list is of: its id.")
    return quote(source.course, safe=":")
