"""
What this Hub says of itself to an LMS, and no more than it uses.

Sources: LTI Dynamic Registration 1.0, 3.5 and 3.6; RFC 7591, 2; Canvas LMS
documentation, "Registering an LTI Tool".
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from coursehub.launch.actions.registration.configuration import Configuration
from coursehub.launch.actions.registration.ourselves import ourselves
from coursehub.settings import Settings
from coursehub.vocabulary.families import family_of
from coursehub.vocabulary.launch import Message

TOOL: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
NAME: Final = "JupyterHub"
DESCRIPTION: Final = "Notebooks and assignments on JupyterHub"
_AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/scope"
SCOPES: Final[Mapping[str, str]] = {
    f"{_AGS}/lineitem": "gradebook columns",
    f"{_AGS}/result.readonly": "reading scores back",
    f"{_AGS}/score": "sending scores",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly": "the roster",
}
"""Every scope that the service asks tokens for, and what is missing without it."""
CLAIMS: Final = ("iss", "sub", "name", "given_name", "family_name", "email")
_CUSTOM: Final = {
    "login_id": ("Canvas.user.loginId", "User.username"),
    "sis_id": ("Canvas.user.sisSourceId", "Person.sourcedId"),
}
"""What a name on the Hub may be made from, and the variables that platforms have for it."""
_CANVAS: Final = "https://canvas.instructure.com/lti"
_PLACEMENTS: Final = {
    Message.RESOURCE_LINK: ["course_navigation"],
    Message.DEEP_LINKING: ["assignment_selection", "link_selection"],
}


def tool(settings: Settings, platform: Configuration) -> dict[str, Any]:
    """The registration request's body for that platform."""
    ours = ourselves(settings)
    return {
        "application_type": "web",
        "client_name": NAME,
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": ours.login_url,
        "redirect_uris": [ours.redirect_url],
        "jwks_uri": ours.key_set_url,
        "logo_uri": ours.logo_url,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted(platform)),
        TOOL: _lti(ours.target_url, platform),
    }


def wanted(platform: Configuration) -> tuple[str, ...]:
    """
    The scopes in use that the platform offers.

    Sakai offers `openid` alone there, and grants the others all the same.
    """
    if family_of(platform.product).key == "sakai" and not platform.scopes & SCOPES.keys():
        return tuple(SCOPES)
    return tuple(scope for scope in SCOPES if scope in platform.scopes)


def withheld(granted: str) -> tuple[str, ...]:
    """What an LMS that granted these scopes, by blank, does not offer this Hub."""
    return tuple(said for scope, said in SCOPES.items() if scope not in granted.split())


def _lti(target: str, platform: Configuration) -> dict[str, Any]:
    parts = {
        "domain": urlsplit(target).netloc,
        "target_link_uri": target,
        "description": DESCRIPTION,
        "claims": list(CLAIMS),
        "custom_parameters": _custom(platform),
        "messages": [_message(message, target, platform) for message in _messages(platform)],
    }
    # Without it Canvas sends neither name nor address.
    return parts | ({f"{_CANVAS}/privacy_level": "public"} if _is_canvas(platform) else {})


def _messages(platform: Configuration) -> list[Message]:
    """A plain link always; the others where the platform lists them."""
    return [
        message
        for message in Message
        if message is Message.RESOURCE_LINK or message in platform.messages
    ]


def _message(message: Message, target: str, platform: Configuration) -> dict[str, Any]:
    said: dict[str, Any] = {"type": message.value, "target_link_uri": target, "label": NAME}
    if _is_canvas(platform) and message in _PLACEMENTS:
        said["placements"] = _PLACEMENTS[message]
        if message is Message.RESOURCE_LINK:
            said[f"{_CANVAS}/display_type"] = "new_window"
    return said


def _custom(platform: Configuration) -> dict[str, str]:
    return {
        name: f"${variable}"
        for name, variables in _CUSTOM.items()
        for variable in [next((one for one in variables if one in platform.variables), "")]
        if variable
    }


def _is_canvas(platform: Configuration) -> bool:
    return family_of(platform.product).key == "canvas"
