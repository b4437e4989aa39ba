"""What our handlers share: public addresses, cookies of launches, bounded forms and refusals."""

import time
from http import HTTPStatus
from typing import Any

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import get_browser_protocol
from sqlalchemy import select
from tornado import web
from tornado.httputil import HTTPInputError, parse_body_arguments

from coursehub.vocabulary.launch import Registration, Welcome
from coursehub_auth import frames, pages, state
from coursehub_auth.addresses import is_path_inside
from coursehub_auth.errors import LaunchRefused, unreadable
from coursehub_auth.identity import LtiLogin

# A token of 64 KB, the hints and the state, each percent-encoded at worst.
MAX_FORM_BYTES = 256 * 1024
FORM = "application/x-www-form-urlencoded"


class RefusalPage(web.HTTPError):
    """A refusal in the attributes that JupyterHub's error page reads."""

    def __init__(self, refused: LaunchRefused, *, registration: str) -> None:
        away = refused.status == HTTPStatus.SERVICE_UNAVAILABLE
        super().__init__(
            refused.status, reason="Try again in a minute" if away else "Launch refused"
        )
        named = f"Registration: {registration}. " if registration else ""
        self.sentence, self.details = refused.message, f"{named}Code: {refused.code}."
        self.jupyterhub_message = f"{self.sentence} {self.details}"
        self.headers = {"Cache-Control": "no-store"}
        if refused.retry_after_s is not None:
            self.headers["Retry-After"] = str(refused.retry_after_s)


@web.stream_request_body
class LtiHandler(BaseHandler):
    """One request of a launch."""

    registration_name = ""
    framed = False

    def initialize(self) -> None:
        self._body = bytearray()
        self._found: dict[str, Any] = {}
        self._is_too_large = False

    async def prepare(self) -> None:
        self.framed = frames.is_framed(self.request.headers)
        await super().prepare()

    def check_xsrf_cookie(self) -> None:
        """Nothing: launches come from the LMS's site; `state` and its cookie guard them."""

    def data_received(self, chunk: bytes) -> None:
        """Nothing; of a body without end no more is kept than is read."""
        if len(self._body) + len(chunk) > MAX_FORM_BYTES:
            self._is_too_large = True
            self._body.clear()
        if not self._is_too_large:
            self._body += chunk

    def read_form(self) -> None:
        """Nothing; the form's fields are among the request's arguments from now on."""
        if self._is_too_large:
            raise LaunchRefused(
                "request-too-large",
                "The LMS sent a form larger than 256 KB. No launch is as long.",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        media_type = self.request.headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type.lower() != FORM:
            return
        try:
            parse_body_arguments(FORM, bytes(self._body), self.request.arguments, {})
        except HTTPInputError as cause:
            raise unreadable(
                "form-malformed",
                "The form that was sent has thousands of fields, or is none. "
                "Go back to your course and open the link again.",
            ) from cause

    def find_user(self, name: str) -> Any:
        """
        The Hub's user of that name.

        By their number: to find somebody by name, the Hub reads the roles, groups
        and shares of people whom it has in memory anew, and keeps what it had.
        """
        if name not in self._found:
            number = self.db.scalar(select(orm.User.id).where(orm.User.name == name))
            found = self.users.get(number)
            if found is None:
                return None
            self._found[name] = found
        return self._found[name]

    async def auth_to_user(self, authenticated: Any, user: Any = None) -> Any:
        """
        The Hub's user of a login.

        Of a launch that was entered, and leaves nothing else to write, it is
        known: the Hub would read the account and its roles a second time.
        """
        if isinstance(authenticated, LtiLogin) and authenticated.is_settled:
            return authenticated.user
        return await super().auth_to_user(authenticated, user)

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

    def set_login_cookie(self, user: Any) -> None:
        """
        The login's cookies; whatever another user had open in this browser is closed.

        By itself the Hub keeps the browser's session: in the tokens of the one
        before, pages of services and servers would stay open to who comes next.
        """
        before = self.get_current_user_cookie()
        if before is not None and before.id != user.id:
            self.clear_login_cookie()
            self.set_session_cookie()
        super().set_login_cookie(user)

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

    def check_landing(self, welcome: Welcome) -> None:
        """Nothing; LaunchRefused for a landing that is not on this Hub."""
        if not is_path_inside(welcome.landing, base_url=self.base_url):
            self.log.error("The service named a landing outside this Hub: %r", welcome.landing)
            raise LaunchRefused("landing-elsewhere", "The course's page is not on this Hub.")

    async def lead_on(self, welcome: Welcome, *, framed_by: str) -> None:
        """
        The person goes on: to a selection, to a new window, or to the landing.

        A selection needs no login and may stand in a frame. The Hub's own pages
        may not: its session's cookie does not arrive there.
        """
        if welcome.ticket:
            self.show("selection", framed_by=framed_by, welcome=welcome)
        elif self.framed:
            self.show(
                "entry",
                framed_by=framed_by,
                form_action=self._own_places(),
                action=f"{self.hub.base_url}lti13/enter",
                entry=self.door.entries.issue(welcome, now=time.time()),
            )
        else:
            await self.authenticator.admit(self, welcome)
            self.set_header("Cache-Control", "no-store")
            self.redirect(welcome.landing, status=HTTPStatus.SEE_OTHER)

    def _own_places(self) -> str:
        """Where the entry's form may end: a Hub can have a subdomain for each server."""
        if not self.settings.get("subdomain_host"):
            return "'self'"
        return f"'self' {self.origin.partition(':')[0]}://*.{self.settings['domain']}:*"

    def show(self, name: str, *, framed_by: str, form_action: str = "'self'", **said: Any) -> None:
        """Nothing; one of our own small pages is the answer."""
        scripts = pages.has_scripts(name)
        policy = frames.policy(framed_by=framed_by, form_action=form_action, scripts=scripts)
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        # Not no-referrer: with it a form would not say that it is ours.
        self.set_header("Referrer-Policy", "same-origin")
        self.finish(pages.page(name, assets=f"{self.hub.base_url}lti13/", **said))

    def refusal(self, refused: LaunchRefused) -> RefusalPage:
        """The Hub's own error page, with the sentence, the registration and the code."""
        self.log.warning("LTI launch refused: %s (%s)", refused.code, self.registration_name)
        return RefusalPage(refused, registration=self.registration_name)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The Hub's error page; in a frame, where that may not stand, a page of our own."""
        if not self.framed:
            super().write_error(status_code, **kwargs)
            return
        error = kwargs.get("exc_info", (None, None))[1]
        for name, value in getattr(error, "headers", {}).items():
            self.set_header(name, value)
        self.show(
            "refused",
            framed_by=frames.ANYONE,
            sentence=getattr(error, "sentence", "Something went wrong on the Hub."),
            details=getattr(error, "details", f"Code: {status_code}."),
        )

    def name_registration(self, registration: Registration) -> None:
        self.registration_name = f"{registration.issuer}, client {registration.client_id}"
