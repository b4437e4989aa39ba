"""Values out of claims, by name and strictly by type: what has the wrong form is refused."""

from collections.abc import Mapping
from typing import Any

from coursehub_auth.errors import LaunchRefused, unreadable


def needed(claims: Mapping[str, Any], name: str) -> str:
    """The text of that name, which must be there and not be empty."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise malformed(name)
    return clean(value, name)


def identifier(claims: Mapping[str, Any], name: str) -> str:
    """
    The id of that name, which must be there and not be empty.

    A whole number is written out: LMSs that number what they have send it so.
    """
    value = claims.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return str(value)
    return needed(claims, name)


def text(claims: Mapping[str, Any], name: str) -> str:
    """The text of that name; empty when it is absent, null or of another type."""
    value = claims.get(name)
    return clean(value, name) if isinstance(value, str) else ""


def texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The list of texts of that name; empty when it is absent."""
    value = claims.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise malformed(name)
    return tuple(clean(item, name) for item in value)


def words(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The list of texts of that name, also where it is written as one, with spaces between."""
    value = claims.get(name)
    return tuple(clean(value, name).split()) if isinstance(value, str) else texts(claims, name)


def members(claims: Mapping[str, Any], name: str) -> dict[str, Any]:
    """
    The members of the JSON object of that name; none when it is absent.

    Null and an empty list count as absent: PHP writes an empty map as `[]`.
    """
    value = claims.get(name)
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise malformed(name)
    return value


def flag(claims: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Yes or no, also where an LMS writes the word; the default when it says neither."""
    value = claims.get(name)
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower(), default)


def clean(value: str, name: str) -> str:
    """The same text; refused where neither UTF-8 nor a database could hold it."""
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise malformed(name)
    return value


def printable(said: str) -> str:
    """What an unproven request says of itself, fit for one line of a page or a log."""
    return "".join(char if char.isprintable() else "?" for char in said[:200])


def malformed(name: str) -> LaunchRefused:
    """The refusal of a claim of that name."""
    short = name.rpartition("/")[2]
    return unreadable("claim-malformed", f"The LMS's claim {short} has the wrong form.")
