"""
The one family of errors that people get to read.

Each has a stable code and one sentence that is safe to show: what happened
and what to do next, without tokens, tracebacks or personal data.
"""

from typing import ClassVar


class CoursehubError(Exception):
    """A refusal or failure with a code for programs and a sentence for people."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class Refused(CoursehubError):
    """A request that the rules do not allow."""

    status: ClassVar[int] = 403


class Invalid(CoursehubError):
    """Input that cannot be understood or accepted."""

    status: ClassVar[int] = 422


class Missing(CoursehubError):
    """Something asked for that is not there, or not there for this person."""

    status: ClassVar[int] = 404


class Conflict(CoursehubError):
    """A change that another change has overtaken."""

    status: ClassVar[int] = 409


class Full(CoursehubError):
    """No seat, hour or money left at this moment; `retry_after_s` says when to come again."""

    status: ClassVar[int] = 429


class Unreachable(CoursehubError):
    """Another system that did not answer, or not in time."""

    status: ClassVar[int] = 503
