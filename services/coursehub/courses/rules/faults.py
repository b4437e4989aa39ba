"""Faults of a course file, as somebody reads them who has to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, get_args

from pydantic import BaseModel, ValidationError

from coursehub.courses.rules.spelling import nearest
from coursehub.courses.rules.text import Path, Written
from coursehub.errors import Invalid

MOST: Final = 50
_REASONS: Final[Mapping[str, str]] = {
    "missing": "it is missing",
    "string_type": "write text here",
    "string_too_short": "it must not be empty",
    "model_type": "write keys and values below it",
    "tuple_type": "write a list here, each item after a hyphen",
    "dict_type": "write keys and values below it",
    "float_type": "write a number here",
    "int_type": "write a whole number here",
    "bool_type": "write true or false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, and where: `where` names the part, line and column count from 1."""

    line: int
    column: int
    where: str
    reason: str

    @classmethod
    def at(cls, written: Written, path: Path, reason: str) -> Self:
        """A fault of what stands at that path."""
        span = written.place(path)
        where = ".".join(map(str, path)) or "the file"
        return cls(line=span.line, column=span.column, where=where, reason=reason)

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.where}: {self.reason}"


def told(written: Written, cause: ValidationError, model: type[BaseModel]) -> tuple[Fault, ...]:
    """Each fault that pydantic found, in our words, in the order of the lines."""
    found = [_fault(written, dict(fault), model) for fault in cause.errors()]
    return tuple(sorted(found, key=lambda fault: (fault.line, fault.column)))


def refused(faults: Iterable[Fault]) -> Invalid:
    """The file with these faults is not taken."""
    every = [str(fault) for fault in faults]
    more = f"; and {len(every) - MOST} more" if len(every) > MOST else ""
    return Invalid(
        "course-file-faulty", f"The course file has faults: {'; '.join(every[:MOST])}{more}"
    )


def _fault(written: Written, fault: Mapping[str, Any], model: type[BaseModel]) -> Fault:
    path, reason = _path(fault["loc"]), reason_of(fault, model)
    if fault["type"] != "extra_forbidden" or path not in written.keys:
        return Fault.at(written, path, reason)
    key = written.keys[path]
    return Fault(line=key.line, column=key.column, where=".".join(map(str, path)), reason=reason)


def _path(loc: tuple[int | str, ...]) -> Path:
    return tuple(part for part in loc if part != "[key]")


def reason_of(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    """What is wrong, in our words, with what pydantic did not take."""
    kind, loc = fault["type"], fault["loc"]
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), _part(model, loc[:-1]))
    if kind in {"enum", "literal_error"}:
        allowed = str(fault["ctx"]["expected"])
        words = allowed.replace("'", "").replace(" or ", ", ").split(", ")
        hint = nearest(str(fault["input"]), words)
        return f"it must be {allowed}" + (f"; is it {hint}?" if hint else "")
    if kind == "string_pattern_mismatch":
        return _pattern(loc, fault["input"])
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    message = str(fault["msg"])
    return _REASONS.get(kind, message[:1].lower() + message[1:])


def _unknown(key: str, part: type[BaseModel] | None) -> str:
    known = list(part.model_fields) if part else []
    hint = nearest(key, known)
    if hint:
        return f"there is no such key; is it {hint}?"
    return f"there is no such key; there are {', '.join(known)}"


def _pattern(loc: tuple[int | str, ...], written: Any) -> str:
    if loc and loc[-1] in {"name", "slug"}:
        return f"{str(written)[:40]!r} must be of letters, digits, hyphens, dots and underscores"
    return f"{str(written)[:40]!r} cannot stand here"


def _part(model: type[BaseModel], path: Iterable[int | str]) -> type[BaseModel] | None:
    """The part of the model that a path leads to."""
    part: type[BaseModel] | None = model
    for key in path:
        if isinstance(key, int):
            continue
        field = part.model_fields.get(key) if part else None
        part = _inner(field.annotation) if field else None
    return part


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _inner(arg))), None)
