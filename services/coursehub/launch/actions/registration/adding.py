"""An LMS added by hand: what is left out comes from facts, or from the LMS itself."""

from dataclasses import asdict, replace

from coursehub.errors import Invalid
from coursehub.launch.actions import platforms
from coursehub.launch.actions.platforms import NewPlatform
from coursehub.launch.actions.registration import configuration
from coursehub.ports import Outside
from coursehub.vocabulary.addresses import host_of, is_safe_address
from coursehub.vocabulary.families import FAMILIES, addresses


def guessed(family: str, *, at: str = "", client_id: str = "") -> dict[str, str]:
    """The addresses that follow from the kind of LMS and where it is; Invalid for neither."""
    if family not in FAMILIES:
        listed = ", ".join(FAMILIES)
        raise Invalid("no-such-family", f"There is no family {family!r}; there are {listed}.")
    if at and not is_safe_address(at):
        raise Invalid("not-https", f"{at!r} must be an https address.")
    return asdict(addresses(family, at=at, client_id=client_id))


def named(family: str, issuer: str) -> str:
    """What an LMS of that kind is called here; empty where its kind is not known."""
    known = FAMILIES.get(family)
    return f"{known.name} at {host_of(issuer)}" if known and known.codes else ""


async def completed(outside: Outside, new: NewPlatform) -> NewPlatform:
    """The same, with addresses that were left out asked of the issuer's OpenID configuration."""
    if new.auth_login_url and new.token_url and new.key_set_url:
        return new
    platforms.check_address(new.issuer)
    found = await configuration.of_issuer(outside, new.issuer)
    return replace(
        new,
        auth_login_url=new.auth_login_url or found.auth_login_url,
        token_url=new.token_url or found.token_url,
        key_set_url=new.key_set_url or found.key_set_url,
    )
