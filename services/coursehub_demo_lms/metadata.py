"""What a registering tool says of itself, read strictly (LTI Dynamic Registration 1.0, 3.5)."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from coursehub_demo_lms.standard import MESSAGES, SCOPES, TOOL_CONFIGURATION

MAX_URL = 1024


def safe_url(value: str) -> str:
    """The address, if it is absolute and https, or http on this very machine."""
    parts = urlsplit(value)
    if parts.port == 0:  # and asking for it refuses a port that is no number
        raise ValueError("names no true port")
    if not parts.hostname or parts.username is not None or parts.fragment or not value.isascii():
        raise ValueError("is not an absolute address without a fragment")
    if any(letter.isspace() or ord(letter) < ord(" ") for letter in value):
        raise ValueError("holds white space")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("is not https")
    return value


def is_loopback(host: str) -> bool:
    """Whether that host name stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


Url = Annotated[str, Field(max_length=MAX_URL), AfterValidator(safe_url)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=255)]
Custom = Annotated[dict[Name, Text], Field(max_length=50)]


class _Said(BaseModel):
    # What the standards do not name is passed over (RFC 7591, 2).
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class MessageSaid(_Said):
    """One kind of launch that the tool takes."""

    type: Literal[MESSAGES]  # type: ignore[valid-type]  # a tuple spelt once, in standard.py
    target_link_uri: Url | None = None
    label: Text = ""
    custom_parameters: Custom = {}


class ToolSaid(_Said):
    """The `lti-tool-configuration` part."""

    domain: Name
    target_link_uri: Url
    claims: Annotated[list[Name], Field(max_length=100)]
    messages: Annotated[list[MessageSaid], Field(min_length=1, max_length=20)]
    custom_parameters: Custom = {}
    description: Annotated[str, Field(max_length=2000)] = ""

    @model_validator(mode="after")
    def _all_on_its_domain(self) -> "ToolSaid":
        targets = [self.target_link_uri, *(m.target_link_uri or "" for m in self.messages)]
        if any(target and urlsplit(target).netloc != self.domain for target in targets):
            raise ValueError("a target_link_uri is not on the domain")
        return self


class Metadata(_Said):
    """The whole body: OpenID client metadata with the LTI part."""

    application_type: Literal["web"]
    client_name: Name
    response_types: Annotated[list[Literal["id_token"]], Field(min_length=1, max_length=1)]
    grant_types: Annotated[list[str], Field(max_length=5)]
    redirect_uris: Annotated[list[Url], Field(min_length=1, max_length=20)]
    initiate_login_uri: Url
    jwks_uri: Url
    token_endpoint_auth_method: Literal["private_key_jwt"]
    scope: Annotated[str, Field(max_length=2000)]
    logo_uri: Url | None = None
    lti: Annotated[ToolSaid, Field(alias=TOOL_CONFIGURATION)]

    @model_validator(mode="after")
    def _known_grants_and_scopes(self) -> "Metadata":
        if set(self.grant_types) != {"implicit", "client_credentials"}:
            raise ValueError("grant_types must be implicit and client_credentials")
        if not set(self.scope.split()) <= {"openid", *SCOPES}:
            raise ValueError("scope asks for more than this platform offers")
        return self

    @property
    def scopes(self) -> tuple[str, ...]:
        """The service scopes asked for, in this platform's order."""
        return tuple(scope for scope in SCOPES if scope in self.scope.split())
