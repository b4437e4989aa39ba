"""Basic Outcomes: the one score of an LTI 1.1 link and person (LTI 1.1.1, 6)."""

from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # as above
from oauthlib import oauth1  # type: ignore[import-untyped]  # as above

from coursehub.adapters.lms.wire import Reply, Wire, require_success
from coursehub.errors import CoursehubError, Invalid, Refused, Unreachable
from coursehub.ports import LmsScore
from coursehub.vocabulary.launch import Outcome

_NAMESPACE: Final = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
_MOST_BYTES: Final = 100_000


async def replace_result(
    wire: Wire, *, key: str, secret: str, outcome: Outcome, score: LmsScore
) -> None:
    """
    Nothing, once the platform has taken the score.

    Invalid where it says that it did not, Unreachable where it says nothing of sense.
    """
    if score.max_points <= 0:
        raise Invalid("no-points", "An assignment without points has no score to send.")
    envelope = _request(outcome.sourcedid, _share(score))
    headers = {"Content-Type": "application/xml", "Accept": "application/xml"}
    signer = oauth1.Client(key, client_secret=secret)
    try:
        # With a body that is no form, its hash is signed too (OAuth request body hash 1.0).
        _, signed, _ = signer.sign(outcome.service_url, "POST", envelope, headers)
    except ValueError as cause:
        raise Invalid("lms-address", "The LMS's address for scores cannot be read.") from cause
    reply = await wire.send("POST", outcome.service_url, headers=signed, content=envelope.encode())
    if reply.status == HTTPStatus.UNAUTHORIZED:
        raise Refused(
            "lms-refused",
            "The LMS refuses this Hub's signature: check the shared secret, and both clocks.",
        )
    _require_taken(require_success(reply))


def _share(score: LmsScore) -> str:
    """The score from 0 to 1 as decimal digits, without an exponent."""
    share = min(max(score.points / score.max_points, 0.0), 1.0)
    return f"{share:.8f}".rstrip("0").rstrip(".")


def _request(sourcedid: str, share: str) -> str:
    """The envelope (LTI 1.1.1, 6.1.1)."""
    root = ET.Element(_name("imsx_POXEnvelopeRequest"))
    info = _within(root, "imsx_POXHeader", "imsx_POXRequestHeaderInfo")
    _within(info, "imsx_version").text = "V1.0"
    _within(info, "imsx_messageIdentifier").text = uuid4().hex
    record = _within(root, "imsx_POXBody", "replaceResultRequest", "resultRecord")
    _within(record, "sourcedGUID", "sourcedId").text = sourcedid
    shown = _within(record, "result", "resultScore")
    _within(shown, "language").text = "en"  # numbers have a point
    _within(shown, "textString").text = share
    return ET.tostring(root, encoding="unicode", xml_declaration=True, default_namespace=_NAMESPACE)


def _within(parent: ET.Element, *names: str) -> ET.Element:
    for name in names:
        parent = ET.SubElement(parent, _name(name))
    return parent


def _require_taken(reply: Reply) -> None:
    found = _envelope(reply).findall(f".//{_name('imsx_codeMajor')}")
    major = (found[0].text or "").strip().lower() if len(found) == 1 else ""
    if major == "success":
        return
    if major in {"failure", "unsupported"}:
        raise Invalid(
            "lms-rejected",
            "The LMS did not accept this score: its activity may be gone, or take no grades.",
        )
    raise _malformed()


def _envelope(reply: Reply) -> Any:
    if len(reply.body) > _MOST_BYTES:
        raise _malformed()
    try:
        root = fromstring(reply.body, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError) as cause:
        raise _malformed() from cause
    if root.tag != _name("imsx_POXEnvelopeResponse"):
        raise _malformed()
    return root


def _name(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _malformed() -> CoursehubError:
    return Unreachable("lms-malformed", "The LMS gave an answer to a score that cannot be read.")
