"""
LTI 1.3 beside the login that a Hub already has.

`c.JupyterHub.authenticator_class = with_lti(PAMAuthenticator)` keeps PAM's page
and rules for everyone who logs in there, and lets verified launches in as well.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from jupyterhub.auth import Authenticator
from jupyterhub.utils import maybe_future
from traitlets import Bool, Float, Integer, List, Unicode, default

from coursehub.outbound import JudgedTransport
from coursehub.vocabulary.launch import Welcome
from coursehub_auth import accounts
from coursehub_auth.arrivals import Arrivals
from coursehub_auth.entries import Entries
from coursehub_auth.errors import LaunchRefused, Unreachable
from coursehub_auth.groups import with_ours
from coursehub_auth.handlers import HANDLERS, LTI11_HANDLERS
from coursehub_auth.identity import DOOR, LtiLogin, is_grader
from coursehub_auth.kept import Documents
from coursehub_auth.keysets import KeySets
from coursehub_auth.registrations import Registrations
from coursehub_auth.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the handlers reach: the service, and the copies kept of what it and platforms say."""

    service: Service
    registrations: Registrations
    key_sets: KeySets
    arrivals: Arrivals
    entries: Entries


class LtiDoor(Authenticator):
    """The second door; `with_lti` puts it before another authenticator."""

    service_url = Unicode(
        config=True,
        help="""Base address of the coursehub service, its prefix included.""",
    )
    service_token = Unicode(
        config=True,
        help="""What the Hub proves itself with to the coursehub service.""",
    )
    clock_skew_s = Integer(
        60,
        min=0,
        max=300,
        config=True,
        help="""Tolerated difference of an LMS's clock, in seconds.""",
    )
    request_timeout_s = Float(
        10.0,
        config=True,
        help="""Longest wait for the service or for a platform's keys, in seconds.""",
    )
    allow_private_platforms = Bool(
        False,
        config=True,
        help="""Whether LMSs may be at private addresses, and on this machine over http.
        `coursehub.setup(c)` sets it as the service's setting of that name.""",
    )
    key_sets_file = Unicode(
        "",
        config=True,
        help="""Where the LMSs' public keys are kept over a restart of the Hub, so that an LMS
        that is down then stops no launch; nowhere where it is empty. `coursehub.setup(c)` keeps
        them in its data folder.""",
    )
    tool_title = Unicode(
        "JupyterHub", config=True, help="""The tool's name in an LMS configured by our document."""
    )
    tool_description = Unicode(
        "Notebooks and assignments on JupyterHub",
        config=True,
        help="""The tool's description in an LMS configured by our document.""",
    )

    lti11 = Bool(
        False,
        config=True,
        help="""Whether LMSs of LTI 1.1 are let in, at ltiauthenticator's address /hub/lti/launch.
        Whoever has such a launch of their own can log somebody else's browser in as themselves
        (LTI 1.1 has no state to prevent it), so prefer LTI 1.3 where the LMS speaks it.""",
    )
    frame_ancestors = List(
        Unicode(),
        config=True,
        help="""Further origins (https://portal.college.example) that show an LMS's pages in
        frames of their own. The LMS's own addresses need no mention.""",
    )

    @default("service_url")
    def _service_url(self) -> str:
        return os.environ.get("COURSEHUB_SERVICE_URL", "")

    @default("service_token")
    def _service_token(self) -> str:
        return os.environ.get("COURSEHUB_HUB_TOKEN", "")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.door: Door | None = None
        self._came_by_lti: set[str] = set()

    def get_handlers(self, app: Any) -> list[Any]:
        """ltiauthenticator's addresses, and after them those of the Hub's own login."""
        self.door = self._open_door()
        return [*HANDLERS, *(LTI11_HANDLERS if self.lti11 else ()), *super().get_handlers(app)]

    def _open_door(self) -> Door:
        if not self.service_url or not self.service_token:
            raise ValueError(
                "LtiDoor.service_url and LtiDoor.service_token (or COURSEHUB_SERVICE_URL and "
                "COURSEHUB_HUB_TOKEN) must say where the coursehub service is."
            )
        timeout_s = self.request_timeout_s
        service = Service(url=self.service_url, token=self.service_token, timeout_s=timeout_s)
        # Made here, once: loading certificates takes longer than a launch may hold the loop.
        judged = JudgedTransport(allow_private=self.allow_private_platforms)
        client = httpx.AsyncClient(transport=judged, trust_env=False)
        return Door(
            service=service,
            registrations=Registrations(service.registrations),
            key_sets=KeySets(client, timeout_s=timeout_s, documents=self._documents()),
            arrivals=Arrivals(service.arrived, log=self.log),
            entries=Entries(),
        )

    def _documents(self) -> Documents:
        path = Path(self.key_sets_file) if self.key_sets_file else None
        return Documents(path, log=self.log)

    async def admit(self, handler: Any, welcome: Welcome) -> None:
        """Nothing; the person is logged in, in their groups, and the graders exist."""
        for grader in welcome.graders:
            await accounts.make_grader(self, handler, grader)
        user = await self._logged_in(handler, welcome)
        if user is None:
            raise LaunchRefused("account-blocked", "Your account may not log in to this Hub.")
        if welcome.tell_arrival and self.door:
            self.door.arrivals.note(welcome.launch_id)

    async def _logged_in(self, handler: Any, welcome: Welcome) -> Any:
        """The user, logged in; a newcomer under another name where theirs is somebody's."""
        try:
            return await handler.login_user(LtiLogin(welcome))
        except accounts.OfAnother:
            if not (welcome.tell_arrival and self.door):
                raise
            service, taken = self.door.service, welcome.hub_name
            name = await service.another_name(welcome.launch_id, taken=taken)
            renamed = replace(welcome, hub_name=name)
            return await handler.login_user(LtiLogin(renamed))

    async def get_authenticated_user(self, handler: Any, data: Any) -> Any:
        """The login by either door; no door opens to a grader account."""
        if isinstance(data, LtiLogin):
            return await self._by_launch(handler, data)
        model = await super().get_authenticated_user(handler, data)
        if not model:
            return None
        user = self._entered(handler, model["name"])
        if accounts.is_closed(user, model["name"]):
            self.log.warning("Nobody logs in as the grader account %s", model["name"])
            return None
        if user is None:
            await self._announce(model["name"])
            # A launch may have made the account meanwhile.
            user = self._entered(handler, model["name"])
        self._came_by_lti.discard(model["name"])
        return with_ours(handler.db, user, model)

    def _entered(self, handler: Any, name: str) -> Any:
        """The account, or None; NotByThisDoor for one that a launch made."""
        user = handler.find_user(name)
        if accounts.is_marked(user):
            self.log.warning("%s is an account of the LMS's; no other login opens it", name)
            raise accounts.NotByThisDoor
        return user

    async def _announce(self, name: str) -> None:
        """
        Nothing; the service knows of a first login by the other door.

        Somebody of an LMS may have got the name and not have arrived yet: they
        get another. A service that is down keeps nobody out of their own Hub.
        """
        if self.door is None:
            return
        try:
            await self.door.service.newcomer(name)
        except Unreachable:
            self.log.warning("The service was not told of the first login of %s", name)
        except LaunchRefused as refused:
            raise accounts.NotByThisDoor from refused

    async def _by_launch(self, handler: Any, login: LtiLogin) -> Any:
        """
        The model of a verified launch, None where the name is blocked.

        The launch itself allows the person. The other door's normalizing and
        name map are passed by: the service assigned the name, for ever.
        """
        name = login["name"]
        if is_grader(name) or not self.validate_username(name):
            return None
        if not await maybe_future(self.check_blocked_users(name, login)):
            return None
        login["auth_state"] = await self._kept_state(handler, name)
        model = await self.run_post_auth_hook(handler, login)
        if not model or is_grader(model["name"]):
            return None
        login.user = await accounts.enter(self, handler, model["name"], login.welcome)
        self._came_by_lti.add(model["name"])
        return model

    async def _kept_state(self, handler: Any, name: str) -> dict[str, Any] | None:
        """
        The auth state of an earlier login, if there was one, with the door written on it.

        None where the Hub keeps no auth state.
        """
        if not self.enable_auth_state:
            return None
        user = handler.find_user(name)
        earlier = await user.get_auth_state() if user else None
        return {**(earlier or {}), DOOR: "lti"}

    async def add_user(self, user: Any) -> None:
        """
        The other door's account, where it makes one.

        KeyError is LocalAuthenticator's answer where it may not make system
        accounts. An account that a launch made, and a grader's, can do without:
        whether a server needs one is the spawner's matter.
        """
        try:
            await maybe_future(super().add_user(user))
        except KeyError:
            if not (is_grader(user.name) or accounts.is_marked(user)):
                raise
            self.log.warning("There is no system account for %s.", user.name)

    async def refresh_user(self, user: Any, handler: Any = None) -> Any:
        """Up to date for people of the LTI door; the other door answers for its own."""
        if user.name in self._came_by_lti or accounts.is_marked(user):
            return True
        auth_state = await user.get_auth_state()
        if auth_state and auth_state.get(DOOR) == "lti":
            return True
        return with_ours(user.db, user, await maybe_future(super().refresh_user(user, handler)))


def with_lti(base: type[Authenticator]) -> type[Authenticator]:
    """That authenticator, with LTI 1.3 as a second door."""
    if issubclass(base, LtiDoor):
        return base
    own = {"__doc__": base.__doc__, "__module__": __name__}
    return type(f"{base.__name__}WithLti", (LtiDoor, base), own)
