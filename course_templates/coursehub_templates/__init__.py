"""Copier templates of whole courses, what each is for, and where it lies."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_HERE: Final = Path(__file__).parent
# The first is what somebody gets who does not choose.
_DESCRIPTIONS: Final = MappingProxyType(
    {
        "intro-data-science": "data science for a thousand students, in four sections",
        "seminar": "a humanities seminar of thirty at a small college, on one machine",
        "summer-school": "first steps in Python for high schools, two weeks, every day",
        "statistics-lab-r": "a statistics lab in R, with an exam in the lab's own hours",
    }
)


def names() -> tuple[str, ...]:
    """Every template there is, the one to take without a choice first."""
    return tuple(_DESCRIPTIONS)


def descriptions() -> Mapping[str, str]:
    """What each template is, in one line, in the order of `names()`."""
    return _DESCRIPTIONS


def folder(name: str) -> Path:
    """
    The folder of one template, ready for `copier.run_copy`; it goes when the process ends.

    Raises LookupError for a name that is not among `names()`; a path in
    the name never leads out of this package.
    """
    if name not in names():
        raise LookupError(f"No course template {name!r}; there are: {', '.join(names())}.")
    return _put_together(name)


@cache
def _put_together(name: str) -> Path:
    """What all templates share and one template's own, in one folder: Copier reads no other."""
    place = Path(tempfile.mkdtemp(prefix="coursehub-template-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    shared = _HERE / "shared"
    for part, into in (
        (shared, place / "shared"),
        (shared / "template", place / "template"),
        (_HERE / name, place),  # last, so that a template's own file wins
    ):
        shutil.copytree(part, into, dirs_exist_ok=True)
    return place
