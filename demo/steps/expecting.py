"""What a step expects, said so that its failure can be read."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

Found = TypeVar("Found")


class Unexpected(Exception):
    """Something that is not as the class needs it."""


def expect(holds: object, otherwise: str) -> None:
    """Nothing; Unexpected with a sentence unless it holds."""
    if not holds:
        raise Unexpected(otherwise)


def answered(answer: httpx.Response, *, status: int = 200) -> httpx.Response:
    """The answer, if it has that status; Unexpected with the beginning of what it says."""
    if answer.status_code != status:
        raise Unexpected(
            f"{answer.request.method} {answer.url.path} answered {answer.status_code} "
            f"and not {status}: {answer.text[:400]}"
        )
    return answer


def until(look: Callable[[], Found | None], *, seconds: float, otherwise: str) -> Found:
    """What `look` finds at last; Unexpected when it finds nothing in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise Unexpected(f"{otherwise} (waited {seconds:.0f} s)")
