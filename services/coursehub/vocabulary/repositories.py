"""Which addresses and folders course materials may have."""

import hashlib
import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

_URL_MAX = 1000
_PATH_MAX = 400
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
_BRANCH = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\/-][^\x00-\x20\x7f~^:?*\[\\]{0,200}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def fault_of_url(url: str, *, protocols: frozenset[str]) -> str:
    """
    Why a repository cannot be fetched from this address; empty where it can.

    A user name is let through for ssh alone, where it is part of the address;
    everywhere else it is half of a credential.
    """
    if not url or len(url) > _URL_MAX or _UNPRINTABLE.search(url):
        return "The repository's address is empty, too long or has characters that none has."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "The repository's address cannot be read."
    if parts.scheme not in protocols:
        allowed = ", ".join(sorted(protocols))
        return f"A repository's address starts with one of: {allowed}."
    return _fault_of_parts(parts)


def _fault_of_parts(parts: SplitResult) -> str:
    if parts.password is not None or (parts.username and parts.scheme != "ssh"):
        return "A repository's address must not hold a user name, password or token."
    if parts.query or parts.fragment:
        return "A repository's address has no part after a question mark or hash sign."
    if parts.scheme == "file":
        return "" if not parts.netloc and parts.path else "A file address starts with file:///."
    if not parts.hostname or parts.hostname.startswith("-"):
        return "The repository's address names no server."
    return ""


def is_safe_path(path: str) -> bool:
    """Whether this is a relative path that stays where it starts, and out of git's own folder."""
    parts = PurePosixPath(path).parts
    return (
        0 < len(path) <= _PATH_MAX
        and not path.startswith("/")
        and not _CONTROL.search(path)
        and bool(parts)
        and not any(part == ".." or part.lower() == ".git" for part in parts)
    )


def is_branch(name: str) -> bool:
    """Whether git takes this as a branch's name, and never for an option or a pattern."""
    return bool(_BRANCH.fullmatch(name)) and ".." not in name and "@{" not in name


def mirror_key(url: str) -> str:
    """The name of the one mirror of the repository at `url`, whoever uses it."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]
