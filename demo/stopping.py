"""
How a program of the demo is asked to stop, and what must not be cut short by it.

Ctrl-C, a closed terminal and a polite `kill` all end it in the same way, as a
KeyboardInterrupt.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final


class Stopped(KeyboardInterrupt):
    """
    A request to stop.

    Of its own kind: CPython ends a program by SIGINT, whatever status it asked
    for, once a plain KeyboardInterrupt has passed through `exec` of a string,
    as dataclasses do it in an import (unhandled_keyboard_interrupt in
    Python/pythonrun.c).
    """


REQUESTS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def listen() -> None:
    """
    The first request to stop is a Stopped, and later ones change nothing.

    A shell that closes asks twice, and a person presses Ctrl-C twice: neither
    may end the cleaning up. What `nohup` or a background job ignores stays so.
    """
    for request in REQUESTS:
        if signal.getsignal(request) is not signal.SIG_IGN:
            signal.signal(request, _stop)


def _stop(_request: int, _frame: FrameType | None) -> None:
    for request in REQUESTS:
        if signal.getsignal(request) is _stop:
            signal.signal(request, _stopping_already)
    raise Stopped


def _stopping_already(_request: int, _frame: FrameType | None) -> None:
    """Nothing: the program is on its way to its end."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """A request to stop waits until this is done, and is heard then; main thread only."""
    came: list[int] = []
    deaf = {signal.SIG_IGN, None}
    before = {one: how for one in REQUESTS if (how := signal.getsignal(one)) not in deaf}
    for request in before:
        signal.signal(request, lambda request, _: came.append(request))
    try:
        yield
    finally:
        for request, handler in before.items():
            signal.signal(request, handler)
        if came:
            signal.raise_signal(came[0])
