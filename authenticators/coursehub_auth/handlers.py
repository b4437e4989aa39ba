"""The Hub's pages of a launch: login initiation, callback, configuration, front door."""

import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import get_browser_protocol
from tornado import web

from coursehub.vocabulary.launch import Launch, Registration, Welcome
from coursehub_auth import state, verify
from coursehub_auth.addresses import is_path_inside, lies_inside
from coursehub_auth.claims import launch_of
from coursehub_auth.configuration import configuration
from coursehub_auth.errors import LaunchRefused, unproven, unreadable
from coursehub_auth.login import authorization_url, login_request
from coursehub_auth.pages import FRONT_DOOR

LOGIN_FIELDS = (
    "iss",
    "login_hint",
    "target_link_uri",
    "client_id",
    "lti_deployment_id",
    "lti_message_hint",
)


class RefusalPage(web.HTTPError):
    """A refusal in the attributes that JupyterHub's error page reads."""

    def __init__(self, refused: LaunchRefused, sentence: str) -> None:
        away = refused.status == HTTPStatus.SERVICE_UNAVAILABLE
        super().__init__(
            refused.status, reason="Try again in a minute" if away else "Launch refused"
        )
        self.jupyterhub_message = sentence
        self.headers = {"Cache-Control": "no-store"}
        if refused.retry_after_s is not None:
            self.headers["Retry-After"] = str(refused.retry_after_s)


class LtiHandler(BaseHandler):
    """What the four share: public addresses, cookies of launches, and pages of refusal."""

    registration_name = ""

    def check_xsrf_cookie(self) -> None:
        """Nothing: launches come from the LMS's site; `state` and its cookie guard them."""

    @property
    def door(self) -> Any:
        return self.authenticator.door

    @property
    def origin(self) -> str:
        """Scheme and host as browsers see them; JupyterHub.public_url wins where it is set."""
        public = self.settings.get("public_url")
        if public:
            return f"{public.scheme}://{public.netloc}"
        return f"{get_browser_protocol(self.request)}://{self.request.host}"

    @property
    def hub_url(self) -> str:
        return f"{self.origin}{self.hub.base_url}"

    @property
    def state_key(self) -> bytes:
        return state.signing_key(self.settings["cookie_secret"])

    def field(self, name: str) -> str:
        """A field of the request, not stripped: hints are opaque."""
        value: str = self.get_argument(name, "", strip=False)
        return value

    def set_state_cookie(self, name: str, value: str, *, max_age_s: int) -> None:
        """
        A launch's own cookie, set by hand: Python 3.11 knows no Partitioned.

        In a frame of another site only SameSite=None; Secure; Partitioned
        arrives; over http, which has no such cookies, Lax reaches the same site.
        """
        cross_site = "SameSite=None; Secure; Partitioned"
        reach = cross_site if self.origin.startswith("https:") else "SameSite=Lax"
        path = f"{self.hub.base_url}lti13/"
        self.add_header(
            "Set-Cookie", f"{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; {reach}"
        )

    def refusal(self, refused: LaunchRefused) -> RefusalPage:
        """The Hub's own error page, with the sentence, the registration and the code."""
        self.log.warning("LTI launch refused: %s (%s)", refused.code, self.registration_name)
        named = f" Registration: {self.registration_name}." if self.registration_name else ""
        return RefusalPage(refused, f"{refused.message}{named} Code: {refused.code}.")

    def name_registration(self, registration: Registration) -> None:
        self.registration_name = f"{registration.issuer}, client {registration.client_id}"


class LoginHandler(LtiHandler):
    """A platform begins a login; the browser goes to its authorization endpoint."""

    async def get(self) -> None:
        try:
            url = await self._authorization_url()
        except LaunchRefused as refused:
            raise self.refusal(refused) from refused
        finally:
            # The Hub logs addresses; the platform's hints may name a person.
            self.request.uri = self.request.path
        self.set_header("Cache-Control", "no-store")
        # 303, not 302: the Hub's log writes the target of a 302, hints included.
        self.redirect(url, status=HTTPStatus.SEE_OTHER)

    post = get

    async def _authorization_url(self) -> str:
        asked = login_request({name: self.field(name) for name in LOGIN_FIELDS if self._has(name)})
        self.registration_name = _printable(f"{asked.issuer}, client {asked.client_id}")
        registration = await self.door.registrations.find(
            issuer=asked.issuer, client_id=asked.client_id, deployment_id=asked.deployment_id
        )
        self.name_registration(registration)
        if not lies_inside(asked.target, origin=self.origin, base_url=self.base_url):
            raise unreadable("target-elsewhere", "The link's target is not an address of this Hub.")
        ticket, secret = state.begin(
            issuer=registration.issuer,
            client_id=registration.client_id,
            deployment_id=asked.deployment_id,
            target=asked.target,
            now=time.time(),
        )
        for name in state.surplus(list(self.request.cookies)):
            self.set_state_cookie(name, "", max_age_s=0)
        self.set_state_cookie(ticket.cookie_name, secret, max_age_s=state.LIFE_S)
        return authorization_url(
            asked,
            registration,
            ticket,
            redirect_uri=f"{self.hub_url}lti13/oauth_callback",
            state=state.sealed(ticket, key=self.state_key),
        )

    def _has(self, name: str) -> bool:
        return name in self.request.arguments


class CallbackHandler(LtiHandler):
    """The platform's answer: verified, told to the service, and the person logged in."""

    async def get(self) -> None:
        raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)

    async def post(self) -> None:
        try:
            ticket = self._ticket()
            welcome = await self.door.service.launch(await self._launch(ticket))
            self._check_landing(welcome)
            await self.authenticator.admit(self, welcome)
        except LaunchRefused as refused:
            raise self.refusal(refused) from refused
        self.set_state_cookie(ticket.cookie_name, "", max_age_s=0)
        self.set_header("Cache-Control", "no-store")
        self.redirect(welcome.landing, status=HTTPStatus.SEE_OTHER)

    def _ticket(self) -> state.Ticket:
        """What this browser's login began with."""
        sealed = self.field("state")
        if not sealed:
            raise unreadable("state-missing", "The LMS's answer belongs to no login of this Hub.")
        ticket = state.opened(sealed, key=self.state_key, now=time.time())
        self.registration_name = f"{ticket.issuer}, client {ticket.client_id}"
        state.check_browser(ticket, self.get_cookie(ticket.cookie_name))
        if self.field("error"):
            raise unproven("platform-refused", "The LMS did not confirm the login. Try it again.")
        return ticket

    async def _launch(self, ticket: state.Ticket) -> Launch:
        """The launch that the token proves."""
        token = self.field("id_token")
        kid = verify.key_id(token)
        registration = await self._registration(ticket, ticket.deployment_id)
        key = await self.door.key_sets.key(registration.key_set_url, kid)
        claims = verify.signed_claims(token, key)
        stated = claims.get(f"{verify.CLAIM}deployment_id")
        if isinstance(stated, str) and stated not in registration.deployment_ids:
            registration = await self._registration(ticket, stated)
        expected = verify.Expected(
            registration=registration,
            nonce=ticket.nonce,
            deployment_id=ticket.deployment_id,
            target=ticket.target,
            now=time.time(),
            skew_s=self.authenticator.clock_skew_s,
        )
        verify.check(claims, expected)
        return launch_of(claims, client_id=registration.client_id, target=ticket.target)

    async def _registration(self, ticket: state.Ticket, deployment_id: str) -> Registration:
        found: Registration = await self.door.registrations.find(
            issuer=ticket.issuer, client_id=ticket.client_id, deployment_id=deployment_id
        )
        return found

    def _check_landing(self, welcome: Welcome) -> None:
        """Nothing; LaunchRefused for a landing that is not on this Hub."""
        if not is_path_inside(welcome.landing, base_url=self.base_url):
            self.log.error("The service named a landing outside this Hub: %r", welcome.landing)
            raise LaunchRefused("landing-elsewhere", "The course's page is not on this Hub.")


class ConfigurationHandler(LtiHandler):
    """The JSON document that an LMS reads the tool's configuration from."""

    def get_content_type(self) -> str:
        return "application/json"

    async def get(self) -> None:
        # The service's path is the same behind the Hub's proxy as on its own port.
        service_path = urlsplit(self.authenticator.service_url).path.rstrip("/") + "/"
        self.write(
            configuration(
                hub_url=self.hub_url,
                service_url=f"{self.origin}{service_path}",
                title=self.authenticator.tool_title,
                description=self.authenticator.tool_description,
            )
        )


class FrontDoorHandler(LtiHandler):
    """The default target of links: opened by hand, it says where the door is."""

    async def get(self) -> None:
        page = self.settings["jinja2_env"].from_string(FRONT_DOOR)
        self.finish(await page.render_async(**self.template_namespace))


def _printable(text: str) -> str:
    """What an unproven request says of itself, fit for one line of a page or a log."""
    return "".join(char if char.isprintable() else "?" for char in text[:200])
