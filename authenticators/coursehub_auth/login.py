"""The login that a platform begins (LTI security framework 5.1.1), read and answered, pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from tornado.httputil import url_concat

from coursehub.vocabulary.launch import Registration
from coursehub_auth.errors import unreadable
from coursehub_auth.state import Ticket

MAX_CHARS = {"target_link_uri": 1500, "next": 1500, "lti_storage_target": 255}
MAX_OTHER_CHARS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """
    What the platform sent; `message_hint` is None where it sent none.

    `next_url` is the `next` that ltiauthenticator's login address took; LTI has no such field.
    """

    issuer: str
    login_hint: str
    target: str
    client_id: str
    deployment_id: str
    message_hint: str | None
    storage_target: str
    next_url: str = ""


def login_request(fields: Mapping[str, str]) -> LoginRequest:
    """The platform's request; refused without its three required fields."""
    for name in ("iss", "login_hint", "target_link_uri"):
        if not fields.get(name):
            raise unreadable(
                "login-incomplete",
                f"The LMS's login request has no {name}. Open this page from your course.",
            )
    for name, value in fields.items():
        if len(value) > MAX_CHARS.get(name, MAX_OTHER_CHARS):
            raise unreadable("login-too-large", f"The LMS's login request has an endless {name}.")
    return LoginRequest(
        issuer=fields["iss"],
        login_hint=fields["login_hint"],
        target=fields["target_link_uri"],
        client_id=fields.get("client_id", ""),
        deployment_id=fields.get("lti_deployment_id", ""),
        message_hint=fields.get("lti_message_hint"),
        storage_target=fields.get("lti_storage_target", ""),
        next_url=fields.get("next", ""),
    )


def authorization_url(
    asked: LoginRequest,
    registration: Registration,
    ticket: Ticket,
    *,
    redirect_uri: str,
    state: str,
) -> str:
    """The platform's authorization endpoint with our request (LTI security 5.1.1.2)."""
    fields = {
        "response_type": "id_token",
        "response_mode": "form_post",
        "scope": "openid",
        "prompt": "none",
        "client_id": registration.client_id,
        "redirect_uri": redirect_uri,
        "login_hint": asked.login_hint,
        "state": state,
        "nonce": ticket.nonce,
    }
    if asked.message_hint is not None:
        fields["lti_message_hint"] = asked.message_hint
    return str(url_concat(registration.auth_login_url, fields))
