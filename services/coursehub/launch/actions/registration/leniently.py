"""
What an LMS says beside what is needed of it: as much as can be read, and the rest left out.

LMSs differ here, and from version to version: Moodle 3.10 lists messages by
name alone, others send null for what they have not, and PHP writes a list with
gaps as an object. By the time of the LMS's answer it has made the tool, so that
to stumble over a detail would leave that half behind.
"""

from typing import Any, Final

from coursehub.vocabulary.addresses import LONGEST

_LONGEST_NAME: Final = 255


def text(found: Any, *, longest: int = _LONGEST_NAME) -> str:
    """A printable text, or a number's decimals; empty for all else and for what is too long."""
    said = found.strip() if isinstance(found, str) else number(found)
    return said if len(said) <= longest and said.isprintable() else ""


def number(found: Any) -> str:
    """A whole number's decimals, however it was written; another's as it is; empty for the rest."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return ""
    try:
        return str(int(found)) if found == int(found) else str(found)
    except (OverflowError, ValueError):  # infinite, no number at all, or of thousands of digits
        return ""


def texts(found: Any, *, longest: int = _LONGEST_NAME) -> tuple[str, ...]:
    """The texts of a list, or those of one text between its blanks."""
    return tuple(said for part in _parts(found) if (said := text(part, longest=longest)))


def addresses(found: Any) -> tuple[str, ...]:
    """The same, of texts as long as addresses may be."""
    return texts(found, longest=LONGEST)


def scopes(found: Any) -> tuple[str, ...] | None:
    """The scopes of a list or of one text; None where nothing is said of them."""
    return texts(found) if isinstance(found, str | list | dict) else None


def types(found: Any) -> tuple[str, ...]:
    """The types of a list of messages, whether each is described or only named."""
    return texts([part.get("type") if isinstance(part, dict) else part for part in _parts(found)])


def members(found: Any) -> dict[Any, Any]:
    """An object's members; none for what is no object."""
    return found if isinstance(found, dict) else {}


def _parts(found: Any) -> list[Any]:
    if isinstance(found, str):
        return list(found.split())
    if isinstance(found, dict):
        return list(found.values())
    return found if isinstance(found, list) else []
