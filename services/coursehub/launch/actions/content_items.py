"""The tool's answer to a Deep Linking request, as its claims (LTI Deep Linking 2.0, 4.5)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from coursehub.launch.actions.offers import Choice, Kind
from coursehub.launch.actions.selections import Opened
from coursehub.vocabulary.courses import resource_id

LINK: Final = "ltiResourceLink"
ANSWER_LIFE: Final = timedelta(minutes=5)
LONGEST_TITLE: Final = 255
"""Characters of a title that every LMS keeps; Moodle and Canvas cut there or refuse."""
_LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"
_DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_TEXTS: Final = {
    Kind.COURSE: "The course on JupyterHub.",
    Kind.MODULE: "A module of the course, opened in JupyterLab.",
    Kind.ASSIGNMENT: "An assignment of the course, worked on in JupyterLab.",
}


def answer(
    opened: Opened, choices: Iterable[Choice], *, launch_url: str, nonce: str, at: datetime
) -> dict[str, Any]:
    """
    The claims of the signed answer; no choices say that nothing was picked.

    `iss` and `aud` change places against the request (LTI security 1.0, 5.2.2);
    `data` comes back as it was given, and not at all where none was.
    """
    claims: dict[str, Any] = {
        "iss": opened.client_id,
        "aud": [opened.issuer],
        "azp": opened.client_id,
        "iat": int(at.timestamp()),
        "exp": int((at + ANSWER_LIFE).timestamp()),
        "nonce": nonce,
        f"{_LTI}message_type": "LtiDeepLinkingResponse",
        f"{_LTI}version": "1.3.0",
        f"{_LTI}deployment_id": opened.deployment_id,
        f"{_DEEP_LINKING}content_items": [
            _item(opened, choice, launch_url=launch_url) for choice in choices
        ],
    }
    if opened.request.data is not None:
        claims[f"{_DEEP_LINKING}data"] = opened.request.data
    return claims


def takes_links(opened: Opened) -> bool:
    """Whether the LMS takes LTI links at all."""
    return LINK in opened.request.accept_types


def has_column(opened: Opened, choice: Choice) -> bool:
    """
    Whether the link brings a column of the LMS's gradebook with it.

    A maximum must be more than nothing (LTI Deep Linking 2.0, 3.2): an
    assignment without points gets its column with its first score.
    """
    return choice.kind is Kind.ASSIGNMENT and choice.points > 0 and opened.request.accept_line_item


def _item(opened: Opened, choice: Choice, *, launch_url: str) -> dict[str, Any]:
    """One LTI resource link (LTI Deep Linking 2.0, 3.2)."""
    item: dict[str, Any] = {
        "type": LINK,
        "title": choice.title[:LONGEST_TITLE],
        "text": _TEXTS[choice.kind],
        "url": launch_url,
        **_shown_in(opened.request.accept_targets),
    }
    if choice.kind is not Kind.COURSE:
        item["custom"] = {choice.kind.value: choice.name}
    if has_column(opened, choice):
        item["lineItem"] = _column(opened, choice, launch_url=launch_url)
    if choice.released_at:
        item["available"] = {"startDateTime": _moment(choice.released_at)}
    if choice.due_at:
        item["submission"] = {"endDateTime": _moment(choice.due_at)}
    return item


def _column(opened: Opened, choice: Choice, *, launch_url: str) -> dict[str, Any]:
    """The line item, found again by the outbox of scores; a cell of it opens the submission."""
    return {
        "label": choice.title[:LONGEST_TITLE],
        "scoreMaximum": choice.points,
        "resourceId": resource_id(opened.course_key, choice.name),
        "tag": "coursehub",
        # LTI Submission Review 1.0, 4.
        "submissionReview": {
            "reviewableStatus": ["Submitted", "Completed"],
            "label": "Open the submission",
            "url": launch_url,
            "custom": {"assignment": choice.name},
        },
    }


def _shown_in(targets: tuple[str, ...]) -> dict[str, Any]:
    """A window of its own where the LMS has them: neither Hub nor JupyterLab works in a frame."""
    if not targets or "window" in targets:
        return {"window": {"targetName": "_blank"}}
    return {"iframe": {"width": 1000, "height": 700}} if "iframe" in targets else {}


def _moment(at: datetime) -> str:
    """A moment as ISO 8601 with its zone, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
