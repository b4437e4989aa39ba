"""What a step expects, said so that its failure can be read."""

import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import httpx

FAILURE_LOG: Final = "failure.log"

Found = TypeVar("Found")


class Unexpected(Exception):
    """Something that is not as the class needs it."""


def keep_story(folder: Path) -> None:
    """The whole story of the error at hand in the folder, if that can be written to."""
    with suppress(OSError):
        (folder / FAILURE_LOG).write_text(traceback.format_exc())


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
