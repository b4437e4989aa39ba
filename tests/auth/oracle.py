"""Another tool at the same door: pylti1p3next's own judgement of a signed launch."""

from typing import Any

from joserfc.jwk import RSAKey
from pylti1p3.cookie import CookieService
from pylti1p3.exception import LtiException, ToolConfException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.dict import ToolConfDict

from coursehub.vocabulary.launch import Registration

_STATE = "the state"


class _Posted(Request):
    """What the browser posts, and the session of its login."""

    def __init__(self, token: str) -> None:
        self._fields = {"id_token": token, "state": _STATE}
        self._session: dict[str, Any] = {}

    @property
    def session(self) -> dict[str, Any]:
        return self._session

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._fields[key]


class _Cookies(CookieService):
    """The cookie that the login of this browser set."""

    def get_cookie(self, name: str) -> str | None:
        return _STATE if name == _STATE else None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        raise AssertionError("a launch sets no cookie")


class _Launch(MessageLaunch[Any, Any, Any, Any]):
    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))


def takes(token: str, registration: Registration, key: RSAKey, *, nonce: str) -> bool:
    """Whether pylti1p3next takes the launch, in a browser whose login had that nonce."""
    request = _Posted(token)
    session = SessionService(request)
    session.save_nonce(nonce)
    platform = {
        "client_id": registration.client_id,
        "auth_login_url": registration.auth_login_url,
        "auth_token_url": f"{registration.issuer}/token",
        "deployment_ids": list(registration.deployment_ids),
        "key_set": {"keys": [key.as_dict(private=False)]},
    }
    config = ToolConfDict({registration.issuer: [platform]})  # type: ignore[list-item]  # as JSON
    launch = _Launch(request, config, session_service=session, cookie_service=_Cookies())
    try:
        launch.validate()
    except (LtiException, ToolConfException):
        return False
    return True
