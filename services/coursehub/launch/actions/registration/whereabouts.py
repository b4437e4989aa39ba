"""
Where this Hub is, told by the running service to the commands beside it.

A command runs in a shell that knows the data folder at best: the Hub's public
address and its base path are told to the service alone. So the service leaves
them in its folder at each start. There is no secret among them.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from coursehub.errors import Missing
from coursehub.settings import Settings
from coursehub.vocabulary.addresses import host_of, is_loopback, origin_of

FILE: Final = "addresses.json"
_FIELDS: Final = ("public_url", "hub_base_url", "prefix")
_LARGEST_CHARS: Final = 20_000


def leave(settings: Settings) -> None:
    """Nothing; the addresses are in the data folder, whole, for its owner's commands."""
    said = {name: getattr(settings, name) for name in _FIELDS}
    if "public_url" not in settings.model_fields_set:
        said["public_url"] = ""  # nobody told the service; what it has is only a default
    handle, half = tempfile.mkstemp(dir=settings.data_dir, prefix=f".{FILE}-")  # 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(said, file)
        if os.geteuid() == 0:  # what root starts once, the service's account goes on with
            owner = settings.data_dir.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    Path(half).replace(settings.data_dir / FILE)


def found(settings: Settings) -> Settings:
    """
    The settings with the addresses that the service left; Missing where nobody knows them.

    `COURSEHUB_PUBLIC_URL` of the command's own environment wins. Paths are the
    service's: in a terminal on the Hub, the environment tells those of a
    person's own server.
    """
    left = _left(settings.data_dir / FILE) or {"prefix": _prefix(settings)}
    told = settings.public_url if "public_url" in settings.model_fields_set else ""
    public = told or left.get("public_url", "")
    if not origin_of(public):
        raise Missing(
            "address-unknown",
            "Where this Hub is for browsers and LMSs is not known here. Give the service's own "
            "folder (--data-dir or COURSEHUB_DATA_DIR) once the Hub has been started with "
            'coursehub.setup(c, public_url="https://hub.example.edu"), or set COURSEHUB_PUBLIC_URL '
            "to such an address.",
        )
    if not told and is_loopback(host_of(public)):
        raise Missing(
            "address-loopback",
            f"The service knows this Hub as {public} alone, where no LMS on another machine "
            'reaches it. Give coursehub.setup(c, public_url="https://hub.example.edu") your own '
            "address and start the Hub anew, or set COURSEHUB_PUBLIC_URL to it; for an LMS on this "
            f"machine, COURSEHUB_PUBLIC_URL={public}.",
        )
    return settings.model_copy(update={**left, "public_url": public})


def _prefix(settings: Settings) -> str:
    """The service's path, where it has not told it: by its usual name, below the Hub's base."""
    named = settings.prefix
    return named if "/services/" in named[1:] else f"{settings.hub_base_url}services/coursehub/"


def _left(path: Path) -> dict[str, str]:
    """What the service left there; empty where it has not, or where that cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            said: Any = json.loads(file.read(_LARGEST_CHARS))
    except (OSError, ValueError, RecursionError):
        return {}
    whole = isinstance(said, dict) and all(isinstance(said.get(name), str) for name in _FIELDS)
    return {name: said[name] for name in _FIELDS} if whole else {}
