"""
Structured logs: one JSON line an event, with the request's id and no personal data.

What people, courses and addresses are called stays out: an error is written
down as its type and the places it passed, a warning as its type and its place,
neither ever as its message, which may quote a row or an address.
"""

import logging
import sys
import traceback
import warnings
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

_LEVELS: Final = {
    # They write down addresses, signatures or whole user models below WARNING.
    "uvicorn.access": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "oauthlib": logging.WARNING,
    "aiohttp": logging.WARNING,
    "tornado": logging.WARNING,
    "tornado.application": logging.WARNING,
    "distributed": logging.WARNING,
    # It quotes a failed run with the student's notebook; who asked for the run gets the error.
    "distributed.worker": logging.CRITICAL,
}

_SET_UP_THEMSELVES: Final = ("distributed", "bokeh", "tornado", "tornado.application")
"""Loggers that distributed gives a handler of its own, at its import, where there was none."""

_HANDLED_ELSEWHERE: Final = "Exception in ASGI application"
"""What uvicorn says after problems.py has written the error down already."""


def configure(level: str, *, stream: TextIO | None = None) -> None:
    """Logging set up for the whole process; uvicorn must be given `log_config=None`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _places_only,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_is_new)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    warnings.showwarning = _warned
    settle()


def settle() -> None:
    """Libraries' loggers under ours; to be called again after distributed was loaded."""
    for name in _SET_UP_THEMSELVES:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)


def _warned(*given: Any, **_more: Any) -> None:
    """
    One line for a Python warning; given what `warnings.showwarning` is.

    `logging.captureWarnings` would write its message and a line of source below it.
    """
    _message, category, filename, line = given[:4]
    structlog.get_logger("py.warnings").warning(
        "python-warning", kind=category.__name__, place=f"{_short(filename)}:{line}"
    )


def _is_new(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_HANDLED_ELSEWHERE)


def _places_only(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event, its error replaced by the error's type and the code it passed through."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    error = _error_of(info)
    if error is not None:
        event["error"] = type(error).__name__
        event["passed"] = [
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def _short(filename: str) -> str:
    """The code's file, from its package on where that was installed."""
    return filename.rpartition("site-packages/")[2]


def _error_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        found = info[1]
        return found if isinstance(found, BaseException) else None
    return sys.exc_info()[1]
