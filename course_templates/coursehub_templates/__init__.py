"""Copier templates of whole courses, and where each of them lies."""

from pathlib import Path

_HERE = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Every template there is, in alphabetical order."""
    return tuple(sorted(found.parent.name for found in _HERE.glob("*/copier.yml")))


def folder(name: str) -> Path:
    """
    The folder of one template, ready for `copier.run_copy`.

    Raises LookupError for a name that is not among `names()`; a path in
    the name never leads out of this package.
    """
    if name not in names():
        raise LookupError(f"No course template {name!r}; there are: {', '.join(names())}.")
    return _HERE / name
