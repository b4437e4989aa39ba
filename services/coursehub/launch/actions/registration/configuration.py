"""
What an LMS says of itself: its OpenID configuration.

Who it is and where it answers is read strictly, all else as far as it can be.

Sources: OpenID Connect Discovery 1.0, 3; LTI Dynamic Registration 1.0, 3.4.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from coursehub.errors import Invalid, Refused
from coursehub.launch.actions.registration import leniently
from coursehub.ports import Outside, Said
from coursehub.vocabulary.addresses import LONGEST, host_of, is_safe_address, origin_of
from coursehub.vocabulary.families import Addresses, family_of, speaks_for

PLATFORM: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_WELL_KNOWN: Final = "/.well-known/openid-configuration"

Text = Annotated[str, StringConstraints(max_length=LONGEST)]
Short = Annotated[str, BeforeValidator(leniently.text)]
Names = Annotated[tuple[str, ...], BeforeValidator(leniently.texts)]
Types = Annotated[tuple[str, ...], BeforeValidator(leniently.types)]


class _Part(BaseModel):
    # What the standards do not name is passed over (OpenID Connect Discovery 1.0, 3).
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Lti(_Part):
    product_family_code: Short = ""
    version: Short = ""
    messages_supported: Types = ()
    variables: Names = ()


class _Document(_Part):
    issuer: Text
    authorization_endpoint: Text
    token_endpoint: Text
    jwks_uri: Text
    registration_endpoint: Text | None = None
    scopes_supported: Names = ()
    lti: Annotated[_Lti, Field(alias=PLATFORM), BeforeValidator(leniently.members)] = _Lti()


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """An LMS's own description."""

    addresses: Addresses
    registration_url: str
    product: str
    version: str
    scopes: frozenset[str]
    messages: frozenset[str]
    variables: frozenset[str]

    @property
    def issuer(self) -> str:
        """The name by which its launches are known."""
        return self.addresses.issuer

    @property
    def name(self) -> str:
        """What people call it: the kind of LMS, and where it is."""
        family = family_of(self.product)
        kind = family.name if family.codes else self.product[:40] or "LMS"
        return f"{kind} at {host_of(self.issuer)}"


async def of_registrant(outside: Outside, url: str, *, token: str) -> Configuration:
    """
    The configuration that an LMS sent with a registration, fetched from there.

    The token goes with the question, as Canvas wants it. Refused where the
    document speaks for an issuer on another host: anybody can publish one.
    """
    if not is_safe_address(url):
        raise Invalid("bad-configuration-address", "The LMS sent no https address to ask it at.")
    said = await outside.get(url, bearer=token)
    document = _read(said, host_of(url))
    issuer, asked = host_of(document.issuer), host_of(url)
    same_place = origin_of(document.issuer) == origin_of(url)
    if not same_place and (issuer == asked or not speaks_for(asked, issuer_host=issuer)):
        raise Refused(
            "issuer-elsewhere",
            f"{asked} describes an LMS at {issuer or 'no host'}; only that host may do so. "
            "Register it by hand if this is right.",
        )
    if not document.registration_endpoint:
        raise Invalid(
            "no-registration-endpoint",
            f"{asked} takes no tools that register themselves; register it by hand.",
        )
    return await _admitted(outside, document)


async def of_issuer(outside: Outside, issuer: str) -> Addresses:
    """
    The addresses that an issuer publishes of itself.

    Invalid where it publishes none, or speaks for another issuer
    (OpenID Connect Discovery 1.0, 4.3).
    """
    said = await outside.get(issuer.rstrip("/") + _WELL_KNOWN)
    try:
        document = _read(said, host_of(issuer))
    except Invalid as cause:
        raise no_configuration(issuer) from cause
    if document.issuer.rstrip("/") != issuer.rstrip("/"):
        raise Invalid(
            "issuer-differs",
            f"{issuer} calls itself {document.issuer}: register it under that name.",
        )
    return _addresses(document)


def no_configuration(issuer: str) -> Invalid:
    """What is said of an LMS that does not publish its addresses."""
    return Invalid(
        "no-openid-configuration",
        f"{issuer} publishes no OpenID configuration; give the addresses for login, token and "
        "keys from its own page (--auth-login-url, --token-url, --key-set-url).",
    )


def _read(said: Said, host: str) -> _Document:
    """The document; Invalid with the field that is wrong."""
    try:
        found = _Document.model_validate(said.json if said.status == HTTPStatus.OK else None)
    except ValidationError as cause:
        raise Invalid(
            "bad-configuration",
            f"What {host} publishes of itself is no OpenID configuration of an LMS{_field(cause)}.",
        ) from cause
    return found


def _field(cause: ValidationError) -> str:
    """Which field is wrong, where one is."""
    named = ".".join(str(part) for part in cause.errors()[0]["loc"])
    return f" (see {named[:80]})" if named else ""


def _addresses(document: _Document) -> Addresses:
    return Addresses(
        issuer=document.issuer,
        auth_login_url=document.authorization_endpoint,
        token_url=document.token_endpoint,
        key_set_url=document.jwks_uri,
    )


async def _admitted(outside: Outside, document: _Document) -> Configuration:
    """The configuration, once every address in it may be asked later on."""
    registration_url = document.registration_endpoint or ""
    for url in (document.token_endpoint, document.jwks_uri, registration_url):
        if not is_safe_address(url):
            raise Invalid("not-https", f"{url!r} must be an https address.")
        await outside.admit(url)
    for url in (document.issuer, document.authorization_endpoint):
        if not is_safe_address(url):
            raise Invalid("not-https", f"{url!r} must be an https address.")
    lti = document.lti
    return Configuration(
        addresses=_addresses(document),
        registration_url=registration_url,
        product=lti.product_family_code,
        version=lti.version,
        scopes=frozenset(document.scopes_supported),
        messages=frozenset(lti.messages_supported),
        variables=frozenset(lti.variables),
    )
