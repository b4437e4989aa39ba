"""Which modules a course may declare, and when a mirror is old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import PurePosixPath

from coursehub.errors import Conflict, Invalid
from coursehub.vocabulary.courses import slug
from coursehub.vocabulary.repositories import fault_of_url, is_branch, is_safe_path

_NAME_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """
    A module as a course declares it.

    `path` is within the repository; an empty `branch` is the repository's
    default one, an empty `folder` is named after the repository.
    """

    name: str
    title: str
    path: str
    url: str
    branch: str = ""
    folder: str = ""


def checked(modules: Sequence[Declared], *, protocols: frozenset[str]) -> tuple[Declared, ...]:
    """The modules with their folders named; Invalid or Conflict where one cannot be delivered."""
    named = tuple(_checked(module, protocols=protocols) for module in modules)
    if len({module.name for module in named}) < len(named):
        raise Invalid("module-twice", "Two modules have the same name.")
    _check_folders({(m.folder, m.url, m.branch) for m in named})
    return named


def _checked(module: Declared, *, protocols: frozenset[str]) -> Declared:
    if slug(module.name, longest=_NAME_MAX) != module.name or not module.name:
        raise Invalid(
            "module-name", f"A module's name is of a-z, 0-9 and '-': {module.name!r} is not."
        )
    if fault := fault_of_url(module.url, protocols=protocols):
        raise Invalid("repository-url", fault)
    if module.branch and not is_branch(module.branch):
        raise Invalid("module-branch", f"{module.branch!r} is no branch's name.")
    folder = module.folder or folder_of(module.url)
    for path in (module.path, folder):
        if not is_safe_path(path):
            raise Invalid("module-path", f"{path!r} is no path within a repository or a home.")
    if any(part.startswith((".", "-")) for part in PurePosixPath(folder).parts):
        raise Invalid("module-folder", f"A module's folder cannot be hidden: {folder!r} is.")
    return Declared(
        name=module.name,
        title=module.title,
        path=str(PurePosixPath(module.path)),
        url=module.url,
        branch=module.branch,
        folder=str(PurePosixPath(folder)),
    )


def folder_of(url: str) -> str:
    """The folder that a repository gets unless a course says otherwise."""
    return slug(PurePosixPath(url.rstrip("/")).name.removesuffix(".git")) or "materials"


def _check_folders(used: set[tuple[str, str, str]]) -> None:
    """Two checkouts never share a folder, nor lies one within the other."""
    folders = sorted(PurePosixPath(folder) for folder, _, _ in used)
    for earlier, later in pairwise(folders):
        if later.is_relative_to(earlier):
            raise Conflict(
                "module-folders",
                f"Two repositories would be delivered into {str(earlier)!r}: give one of them "
                "another folder.",
            )


def is_due(tried_at: datetime | None, *, now: datetime, after_s: float) -> bool:
    """Whether upstream is to be asked again; a failure counts as asked."""
    return tried_at is None or now - tried_at >= timedelta(seconds=after_s)
