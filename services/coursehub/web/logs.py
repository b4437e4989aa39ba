"""
Structured logs: one JSON line an event, with the request's id and no personal data.

What people, courses and addresses are called stays out: an error is written
down as its type and the places it passed, never as its message, which may
quote a row or an address.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from coursehub.settings import Settings

_QUIET: Final = (
    "uvicorn.access",
    "httpx",
    "httpcore",
    "oauthlib",
    "aiohttp",
    "tornado.application",
)
"""Loggers that write down addresses, signatures or whole user models below WARNING."""

_HANDLED_ELSEWHERE: Final = "Exception in ASGI application"
"""What uvicorn says after problems.py has written the error down already."""


def configure(settings: Settings, *, stream: TextIO | None = None) -> None:
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
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


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
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def _error_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        found = info[1]
        return found if isinstance(found, BaseException) else None
    return sys.exc_info()[1]
