"""
What is known of each LMS: its name, and the addresses that follow from where it is.

All of it is from public documents and sources (docs/lms/ names them); an
address that cannot be derived is left empty, and its administrator reads it
off the LMS's own page.
"""

from dataclasses import dataclass
from typing import Final

from coursehub.vocabulary.addresses import host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What a registration needs to know of a platform; empty where nobody has said."""

    issuer: str = ""
    auth_login_url: str = ""
    token_url: str = ""
    key_set_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """
    One kind of LMS.

    The addresses are templates of `{at}` (the LMS's own address without a last
    slash) and `{client_id}`. `codes` are what it calls itself in a dynamic
    registration (`product_family_code`).
    """

    key: str
    name: str
    page: str
    addresses: Addresses = Addresses()
    codes: tuple[str, ...] = ()
    registers: str = ""
    """Where its administrator pastes a registration link; empty if it takes none."""


def _canvas(environment: str) -> Addresses:
    sso = f"https://sso.{environment}canvaslms.com"
    return Addresses(
        issuer=f"https://canvas.{environment}instructure.com",
        auth_login_url=f"{sso}/api/lti/authorize_redirect",
        token_url=f"{sso}/login/oauth2/token",
        key_set_url=f"{sso}/api/lti/security/jwks",
    )


_CANVAS_HOSTED: Final = {"": _canvas(""), "beta": _canvas("beta."), "test": _canvas("test.")}
_OPEN_EDX_LOGIN: Final = "/api/lti_consumer/v1/launch/"
_BLACKBOARD: Final = "https://developer.blackboard.com/api/v1"

FAMILIES: Final = {
    family.key: family
    for family in (
        Family(
            key="canvas",
            name="Canvas",
            page="canvas.md",
            codes=("canvas",),
            registers="Admin, Developer Keys, + Developer Key, + LTI Registration",
            addresses=Addresses(
                issuer="https://canvas.instructure.com",
                auth_login_url="{at}/api/lti/authorize_redirect",
                token_url="{at}/login/oauth2/token",  # noqa: S106 - an address
                key_set_url="{at}/api/lti/security/jwks",
            ),
        ),
        Family(
            key="moodle",
            name="Moodle",
            page="moodle.md",
            codes=("moodle",),
            registers="Site administration, Plugins, External tool, Manage tools, Tool URL",
            addresses=Addresses(
                issuer="{at}",
                auth_login_url="{at}/mod/lti/auth.php",
                token_url="{at}/mod/lti/token.php",  # noqa: S106 - an address
                key_set_url="{at}/mod/lti/certs.php",
            ),
        ),
        Family(
            key="open-edx",
            name="Open edX",
            page="open-edx.md",
            addresses=Addresses(issuer="{at}", auth_login_url=f"{{at}}{_OPEN_EDX_LOGIN}"),
        ),
        Family(
            key="blackboard",
            name="Blackboard Learn",
            page="blackboard.md",
            codes=("blackboardlearn", "blackboard"),
            registers="the developer portal, My Apps, LTI Dynamic Registration",
            addresses=Addresses(
                issuer="https://blackboard.com",
                auth_login_url=f"{_BLACKBOARD}/gateway/oidcauth",
                token_url=f"{_BLACKBOARD}/gateway/oauth2/jwttoken",
                key_set_url=f"{_BLACKBOARD}/management/applications/{{client_id}}/jwks.json",
            ),
        ),
        Family(
            key="sakai",
            name="Sakai",
            page="sakai.md",
            codes=("sakailms.org", "sakai"),
            registers="Administration Workspace, External Tools, LTI Advantage Auto Configuration",
            addresses=Addresses(
                issuer="{at}",
                auth_login_url="{at}/imsoidc/lti13/oidc_auth",
                key_set_url="{at}/imsblis/lti13/keyset",
            ),
        ),
        Family(
            key="d2l",
            name="D2L Brightspace",
            page="d2l.md",
            codes=("desire2learn", "brightspace", "d2l"),
            registers="Admin Tools, Manage Extensibility, LTI Advantage, Register Tool, Dynamic",
            addresses=Addresses(
                issuer="{at}",
                auth_login_url="{at}/d2l/lti/authenticate",
                token_url="https://auth.brightspace.com/core/connect/token",  # noqa: S106
                key_set_url="{at}/d2l/.well-known/jwks",
            ),
        ),
        Family(key="other", name="Another LMS", page="README.md"),
    )
}

_SPEAK_FOR: Final = {
    "canvas.instructure.com": (".instructure.com", "sso.canvaslms.com"),
    "canvas.beta.instructure.com": (".beta.instructure.com", "sso.beta.canvaslms.com"),
    "canvas.test.instructure.com": (".test.instructure.com", "sso.test.canvaslms.com"),
    "blackboard.com": ("developer.blackboard.com",),
}
"""Hosts that publish the configuration of an issuer whose host is another."""

_AUDIENCES: Final = {"auth.brightspace.com": "https://api.brightspace.com/auth/token"}
"""Token endpoints that want to be called otherwise in an assertion's `aud`."""


def addresses(family: str, *, at: str = "", client_id: str = "") -> Addresses:
    """What follows from the facts; what they do not tell is empty."""
    at = at.rstrip("/")
    known = FAMILIES[family].addresses
    if family == "canvas" and (hosted := _hosted_canvas(host_of(at))):
        known = hosted
    return Addresses(
        issuer=_filled(known.issuer, at, client_id),
        auth_login_url=_filled(known.auth_login_url, at, client_id),
        token_url=_filled(known.token_url, at, client_id),
        key_set_url=_filled(known.key_set_url, at, client_id),
    )


def family_of(product: str) -> Family:
    """The kind of LMS that calls itself so in a dynamic registration."""
    code = product.lower()
    return next((one for one in FAMILIES.values() if code in one.codes), FAMILIES["other"])


def speaks_for(host: str, *, issuer_host: str) -> bool:
    """Whether that host may publish that issuer's configuration: its own, or a known one."""
    listed = _SPEAK_FOR.get(issuer_host, ())
    return host == issuer_host or any(
        host == known or (known.startswith(".") and host.endswith(known)) for known in listed
    )


def framing_sites(host: str) -> tuple[str, ...]:
    """Whose pages show a tool's where that host answers for an LMS: schools' own, in a cloud."""
    hosted = host.endswith((".instructure.com", ".canvaslms.com"))
    return ("https://*.instructure.com",) if hosted else ()


def names_institution_roles(auth_login_url: str) -> bool:
    """
    Whether the LMS at that address may say by roles of the institution who someone is in a course.

    Open edX does, with lti-consumer-xblock 10.0 to 11.0.
    """
    return auth_login_url.endswith(_OPEN_EDX_LOGIN)


def token_audience(token_url: str) -> str:
    """What a platform calls its token endpoint (LTI security 1.0, 4.1.1): its address, mostly."""
    return _AUDIENCES.get(host_of(token_url), token_url)


def _hosted_canvas(host: str) -> Addresses | None:
    """Instructure's own addresses, for its hosts and where no address is given."""
    if host and not host.endswith(".instructure.com"):
        return None
    environment = host.removesuffix(".instructure.com").rpartition(".")[2]
    return _CANVAS_HOSTED.get(environment, _CANVAS_HOSTED[""])


def _filled(template: str, at: str, client_id: str) -> str:
    missing = ("{at}" in template and not at) or ("{client_id}" in template and not client_id)
    return "" if missing else template.replace("{at}", at).replace("{client_id}", client_id)
