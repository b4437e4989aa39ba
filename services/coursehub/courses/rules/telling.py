"""Differences in words: for a terminal, a page or an error."""

from collections.abc import Iterable
from typing import Any, Final

from coursehub.courses.rules.difference import Change, Clash
from coursehub.courses.rules.settings import ORDER, Place

_LONGEST: Final = 120
MOST: Final = 10
_NAMED: Final = frozenset({"modules", "assignments", "exams", "environment"})
_NAMES: Final = frozenset({"name", "person", "section"})


def place(where: Place) -> str:
    """Where a setting stands, as a person would say it: `assignments ps1 due`."""
    words = [key.strip("()") if key == ORDER else key.replace("_", " ") for key in where]
    if len(where) > 1 and where[0] in _NAMED:
        words[1] = words[1] if where[1] == ORDER else where[1]
    return " ".join(words)


def value(found: Any) -> str:
    """A value in one line; a dash where there is none."""
    if found is None or found in ("", [], {}):
        return "-"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, float):
        return f"{found:g}"
    if isinstance(found, list):
        text = ", ".join(value(each) for each in found)
    elif isinstance(found, dict):
        text = ", ".join(_part(key, each) for key, each in found.items() if _says(key, each))
    else:
        text = str(found)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def change(one: Change) -> str:
    """A change in one line."""
    if one.before is None and isinstance(one.after, dict):
        return f"{place(one.place)}: new: {value(one.after)}"
    if one.after is None and isinstance(one.before, dict):
        return f"{place(one.place)}: taken out (it was {value(one.before)})"
    return f"{place(one.place)}: {value(one.before)} → {value(one.after)}"


def _says(key: str, found: Any) -> bool:
    """Whether a part says more than the name of the thing, or what is so by default."""
    return key not in _NAMES and found not in (None, "", [], {}, True)


def _part(key: str, found: Any) -> str:
    return f"{key.replace('_', ' ').replace('.', ' ')} {value(found)}"


def clashes(found: Iterable[Clash]) -> str:
    """What the file and the page have both changed, and how to go on."""
    every = [
        f"{place(one.place)} is {value(one.page)} here and {value(one.file)} in the file "
        f"(it was {value(one.last)})"
        for one in found
    ]
    more = f"; and {len(every) - MOST} more" if len(every) > MOST else ""
    return (
        f"The file and the page have both changed this since the last file: "
        f"{'; '.join(every[:MOST])}{more}. Nothing was changed. Say which holds: the file, or "
        "the page."
    )
