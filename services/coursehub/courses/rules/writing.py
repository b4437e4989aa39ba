"""A course as the text of its file."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from coursehub.courses.rules.file import CourseFile
from coursehub.courses.rules.settings import resolved, settings_of

_FIRST: Final = ("title", "slug", "institution", "instructors", "term", "staff", "roster")
_MOMENTS: Final = frozenset({"release", "due", "starts", "ends"})
_HEAD: Final = "# What runs now: change it, check it (coursehub course check), then apply it.\n\n"


def text_of(file: CourseFile, *, like: CourseFile | None = None) -> str:
    """
    The file's text; it says nothing of what is left at its default.

    Where `like`, the last file, means the same moment, the moment is written
    as it is there: `week 3 friday 23:59`.
    """
    content = resolved(file).model_dump(mode="json", exclude_defaults=True)
    if like is not None:
        _worded(content, resolved(like).model_dump(mode="json"), like.model_dump(mode="json"))
    order = (
        *(key for key in _FIRST if key in content),
        *(key for key in content if key not in _FIRST),
    )
    ordered = {key: content[key] for key in order}
    return _HEAD + yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=100)


def says_the_same(one: CourseFile, other: CourseFile) -> bool:
    """Whether two files make the same course."""
    return settings_of(one) == settings_of(other)


def _worded(content: Any, meant: Any, words: Any) -> None:
    """Nothing; moments of the content that `meant` has too are in the `words` for it."""
    if isinstance(content, dict) and isinstance(meant, dict):
        for key, value in content.items():
            if key in _MOMENTS and value == meant.get(key):
                content[key] = words[key]
            elif key in meant:
                _worded(value, meant[key], words[key])
    elif isinstance(content, list) and isinstance(meant, list):
        places = {_whose(item): number for number, item in enumerate(meant)}
        for item in content:
            if (number := places.get(_whose(item))) is not None:
                _worded(item, meant[number], words[number])


def _whose(item: Any) -> Any:
    """What tells an item of a list from its neighbours."""
    if not isinstance(item, Mapping):
        return item
    return tuple(item.get(key) or "" for key in ("name", "person", "section"))
