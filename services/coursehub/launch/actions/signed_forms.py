"""What an LTI 1.1 launch form says, as a Launch (LTI 1.1.1, 3); who signed it is another matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from coursehub.errors import Invalid, Refused
from coursehub.vocabulary.addresses import is_safe_address
from coursehub.vocabulary.launch import (
    Context,
    Launch,
    Message,
    Outcome,
    ResourceLink,
    SignedForm,
)

WINDOW_S: Final = 30
"""How far the form's time may be from ours; the validator's own bound."""
DEPLOYMENT: Final = "1"
"""LTI 1.1 has no deployments; this stands for the one that a consumer is."""
_MESSAGE: Final = "basic-lti-launch-request"
_LONGEST: Final = 255
_LONGEST_OUTCOME: Final = 4096
_NAMING: Final = {
    "given_name": "lis_person_name_given",
    "family_name": "lis_person_name_family",
    "person_sourcedid": "lis_person_sourcedid",
    "login_id": "ext_user_username",  # Moodle's own: the name that the person logs in by there
}


def issuer_of(key: str) -> str:
    """The name of a consumer among issuers, which can be no issuer of LTI 1.3."""
    return f"lti11:{key}"


def key_of(form: SignedForm) -> str:
    """The consumer key that the form was signed under, as it says."""
    return _id(form.fields, "oauth_consumer_key")


def launch_of(form: SignedForm, *, now: datetime) -> Launch:
    """
    The launch that the form describes, if its signature is right.

    Invalid where it cannot be read, Refused where it says too little, or is not of now.
    """
    fields = form.fields
    if any("\x00" in text for pair in fields.items() for text in pair):
        raise Invalid("launch-malformed", "The LMS's launch holds text that no database takes.")
    _check_kind(fields)
    key, stamp = key_of(form), _stamp(fields, now)
    return Launch(
        issuer=issuer_of(key),
        client_id=key,
        deployment_id=DEPLOYMENT,
        subject=_subject(fields),
        nonce=f"{stamp} {_id(fields, 'oauth_nonce')}",
        expires_at=stamp + WINDOW_S,
        message_type=Message.RESOURCE_LINK,
        roles=_roles(fields),
        # ltiauthenticator's ways to open a place on the Hub; else the link's own parameters count.
        target=fields.get("custom_next", ""),
        next_url=fields.get("next", ""),
        context=_context(fields),
        link=ResourceLink(
            id=_id(fields, "resource_link_id"), title=fields.get("resource_link_title", "")
        ),
        name=_name(fields),
        email=fields.get("lis_person_contact_email_primary", ""),
        custom=_custom(fields),
        claims={ours: fields[theirs] for ours, theirs in _NAMING.items() if fields.get(theirs)},
        outcome=_outcome(fields),
    )


def _check_kind(fields: Mapping[str, str]) -> None:
    if fields.get("lti_message_type") != _MESSAGE or fields.get("lti_version") != "LTI-1p0":
        raise Invalid(
            "not-lti11",
            "The LMS sent something else than an LTI 1.1 launch. Is the tool set to LTI 1.1 there?",
        )
    if fields.get("oauth_signature_method") != "HMAC-SHA1":
        raise Invalid("signature-method", "The LMS signs by another method than HMAC-SHA1.")


def _stamp(fields: Mapping[str, str], now: datetime) -> int:
    """The second at which the form was signed."""
    text = fields.get("oauth_timestamp", "")
    if not (text.isascii() and text.isdigit() and len(text) == len("1700000000")):
        raise _malformed("oauth_timestamp")
    stamp = int(text)
    if abs(now.timestamp() - stamp) > WINDOW_S:
        raise Refused(
            "launch-expired",
            f"This launch was signed more than {WINDOW_S} seconds from now. Open the link again; "
            "if that does not help, the clock of the LMS or of this Hub is wrong.",
        )
    return stamp


def _subject(fields: Mapping[str, str]) -> str:
    if not fields.get("user_id"):
        raise Refused(
            "user-missing",
            "The LMS does not say who you are. In its settings of the tool, let it send user ids.",
        )
    return _id(fields, "user_id")


def _roles(fields: Mapping[str, str]) -> tuple[str, ...]:
    named = (role.strip() for role in fields.get("roles", "").split(","))
    return tuple(role for role in named if role)


def _context(fields: Mapping[str, str]) -> Context | None:
    if not fields.get("context_id"):
        return None
    return Context(
        id=_id(fields, "context_id"),
        label=fields.get("context_label", ""),
        title=fields.get("context_title", ""),
    )


def _name(fields: Mapping[str, str]) -> str:
    parts = (fields.get("lis_person_name_given", ""), fields.get("lis_person_name_family", ""))
    return fields.get("lis_person_name_full", "") or " ".join(filter(None, parts))


def _custom(fields: Mapping[str, str]) -> dict[str, str]:
    found = {name.removeprefix("custom_"): name for name in fields if name.startswith("custom_")}
    return {ours: fields[theirs] for ours, theirs in found.items() if ours}


def _outcome(fields: Mapping[str, str]) -> Outcome | None:
    """Where the score goes; None where the link is not graded, or its address is not safe."""
    url = fields.get("lis_outcome_service_url", "")
    sourcedid = fields.get("lis_result_sourcedid", "")
    fits = 0 < len(sourcedid) <= _LONGEST_OUTCOME and len(url) <= _LONGEST_OUTCOME
    if not fits or not sourcedid.isprintable() or not is_safe_address(url):
        return None
    return Outcome(service_url=url, sourcedid=sourcedid)


def _id(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    if not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise _malformed(name)
    return value


def _malformed(what: str) -> Invalid:
    return Invalid("launch-malformed", f"The LMS's launch has no {what} that can be read.")
