"""This Hub's own addresses, as an LMS is told them."""

from dataclasses import dataclass

from coursehub.settings import Settings
from coursehub.vocabulary.addresses import host_of, is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """Where this Hub takes logins and launches, and shows its keys."""

    login_url: str
    redirect_url: str
    target_url: str
    key_set_url: str
    configuration_url: str
    logo_url: str
    lti11_launch_url: str

    @property
    def local(self) -> bool:
        """Whether these are addresses of this very machine, which no LMS elsewhere reaches."""
        return is_loopback(host_of(self.login_url))

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Each address, under the names that LMSs have for it."""
        return (
            ("Login initiation URL (OpenID Connect)", self.login_url),
            ("Redirect URL", self.redirect_url),
            ("Target link, tool or launch URL; also for Deep Linking", self.target_url),
            ("Public key set (JWKS) URL", self.key_set_url),
            ("Configuration as JSON (Canvas)", self.configuration_url),
            ("Logo", self.logo_url),
        )


def ourselves(settings: Settings) -> Ourselves:
    """The addresses that follow from where this Hub is."""
    public = settings.public_url.rstrip("/")
    hub = f"{public}{settings.hub_base_url}hub"
    lti = f"{hub}/lti13"
    service = f"{public}{settings.prefix}"
    return Ourselves(
        login_url=f"{lti}/oauth_login",
        redirect_url=f"{lti}/oauth_callback",
        target_url=f"{lti}/launch",
        key_set_url=f"{service}lti/jwks.json",
        configuration_url=f"{lti}/config",
        logo_url=f"{service}static/icon.svg",
        lti11_launch_url=f"{hub}/lti/launch",
    )
