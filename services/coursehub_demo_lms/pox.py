"""The XML envelopes of Basic Outcomes, read strictly and without entities (LTI 1.1.1, 6)."""

from dataclasses import dataclass
from typing import Any, Final

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]  # as above

NAMESPACE: Final = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
OPERATIONS: Final = ("replaceResult", "readResult", "deleteResult")
MAX_TEXT = 4096


class Unreadable(Exception):  # read as "raise Unreadable"
    """An envelope that is not one, with what is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: which operation, on which cell, with which score as it was written."""

    message_id: str
    operation: str
    sourced_id: str = ""
    score: str | None = None


def asked(body: bytes) -> Asked:
    """What the envelope asks for; another operation comes without a cell."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as cause:
        raise Unreadable("The body is not plain XML.") from cause
    if root.tag != _name("imsx_POXEnvelopeRequest"):
        raise Unreadable("The body is no imsx_POXEnvelopeRequest.")
    head = _one(_one(root, "imsx_POXHeader"), "imsx_POXRequestHeaderInfo")
    if _text(head, "imsx_version") != "V1.0":
        raise Unreadable("imsx_version is not V1.0.")
    message_id = _text(head, "imsx_messageIdentifier")
    operations = list(_one(root, "imsx_POXBody"))
    if len(operations) != 1 or not str(operations[0].tag).endswith("Request"):
        raise Unreadable("The body does not hold exactly one request.")
    name = str(operations[0].tag).removeprefix(_name("")).removesuffix("Request")
    if name not in OPERATIONS:
        return Asked(message_id, "unknown")
    record = _one(operations[0], "resultRecord")
    sourced_id = _text(_one(record, "sourcedGUID"), "sourcedId")
    score = _score(record) if name == "replaceResult" else None
    return Asked(message_id, name, sourced_id, score)


def _score(record: Any) -> str:
    score = _one(_one(record, "result"), "resultScore")
    if not _text(score, "language").startswith("en"):
        raise Unreadable("language is not en, in which numbers have a point.")
    return _text(score, "textString")


def _one(parent: Any, name: str) -> Any:
    found = parent.findall(_name(name))
    if len(found) != 1:
        raise Unreadable(f"There is not exactly one {name} where it belongs.")
    return found[0]


def _text(parent: Any, name: str) -> str:
    text = (_one(parent, name).text or "").strip()
    if not text or len(text) > MAX_TEXT:
        raise Unreadable(f"{name} is empty or too long.")
    return text


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
