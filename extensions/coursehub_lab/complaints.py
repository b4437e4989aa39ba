"""What git's complaints mean for the person whose home it works in."""

from typing import Final

_DISK_FULL: Final = "Your disk is full: delete what you no longer need, then open the course again."
_READ_ONLY: Final = (
    "{folder} cannot be written to: make its files writable, then open the course again."
)
_ANEW: Final = (
    "The course's materials were started anew: rename your folder {folder}, then open the "
    "course again to get the new ones beside it."
)
_NOT_GIVEN: Final = (
    "The course service did not give {folder} to this server: stop the server and start it "
    "from the course again."
)
_UNREACHABLE: Final = "The course service cannot be reached: try again in a minute."
_AT_WORK: Final = (
    "git is at work in {folder}: close other git tools, then try again in a few minutes."
)
_MEANINGS: Final = (
    ("no space left on device", _DISK_FULL),
    ("out of diskspace", _DISK_FULL),
    ("unable to write file", _DISK_FULL),
    ("disk quota exceeded", _DISK_FULL),
    ("permission denied", _READ_ONLY),
    ("read-only file system", _READ_ONLY),
    ("unrelated histories", _ANEW),
    ("returned error: 40", _NOT_GIVEN),
    ("unable to access", _UNREACHABLE),
    ("rpc failed", _UNREACHABLE),
    ("early eof", _UNREACHABLE),
    ("hung up", _UNREACHABLE),
    ("index.lock", _AT_WORK),
)


def meaning(said: str, *, folder: str) -> str:
    """What git's words, or the system's, mean for the person."""
    lower = said.lower()
    for sign, sentence in _MEANINGS:
        if sign in lower:
            return sentence.format(folder=folder)
    return f"{folder} could not be brought up to date; your own work is as it was."
