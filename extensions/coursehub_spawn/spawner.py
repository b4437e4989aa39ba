"""Any spawner, made to keep to what a course may use."""

import os
from functools import partial
from typing import Any, ClassVar, Final
from uuid import uuid4

from jupyterhub import orm
from jupyterhub.spawner import Spawner
from jupyterhub.utils import maybe_future
from traitlets import Enum, Float, List, Unicode, default

from coursehub.vocabulary.limits import Admission, Limits, SpawnRequest
from coursehub.vocabulary.people import HubName
from coursehub_spawn.graders import open_to_staff
from coursehub_spawn.limits import TRAITS, not_enforced, tightened
from coursehub_spawn.messages import Messages
from coursehub_spawn.refusal import refused, service_down
from coursehub_spawn.service import Service, ServiceDown, SpawnRefused

SERVICE_SCOPE: Final = "access:services!service=coursehub"
_RESERVATION: Final = "coursehub_reservation"
_GRADER: Final = "coursehub_grader"


class CourseLimits(Spawner):
    """
    The part that `with_limits` puts over a spawner.

    It asks the service before each start and tells it what became of the
    start. The administrator's own configuration, hooks and profiles go on
    working; of two limits the smaller holds.
    """

    coursehub_url = Unicode(
        help="The service's address, prefix included; COURSEHUB_SERVICE_URL where it is not set."
    ).tag(config=True)
    coursehub_token = Unicode(
        help="What the Hub proves itself with; COURSEHUB_HUB_TOKEN where it is not set."
    ).tag(config=True)
    when_service_is_down = Enum(
        ["admit", "refuse"],
        "admit",
        help="Whether a server starts under the Hub's own limits when the service is down.",
    ).tag(config=True)
    service_timeout_s = Float(10.0, help="Longest wait for the service's verdict.").tag(config=True)
    start_command = List(
        Unicode(),
        ["coursehub-start"],
        help="What the server's command is given to; an empty list leaves the command alone.",
    ).tag(config=True)
    message_pauses_s = List(
        Float(),
        [1.0, 3.0, 9.0, 27.0],
        help="Pauses between attempts to tell the service that a server runs or has stopped.",
    ).tag(config=True)

    server_token_scopes: Any  # the trait of Spawner, which has no types
    _spoken_of: ClassVar[set[type]] = set()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._own_scopes = self.server_token_scopes
        self.server_token_scopes = self._scopes_with_service
        self._messages = Messages(self.log, pauses_s=self.message_pauses_s)
        self._admission: Admission | None = None
        self._reservation_id = ""
        self._is_grader = False
        self._before: dict[str, Any] = {}

    @default("coursehub_url")
    def _default_url(self) -> str:
        return os.environ.get("COURSEHUB_SERVICE_URL", "")

    @default("coursehub_token")
    def _default_token(self) -> str:
        return os.environ.get("COURSEHUB_HUB_TOKEN", "")

    async def run_pre_spawn_hook(self) -> None:
        """
        The verdict, then the administrator's own hook, then the verdict once more.

        The hook sees what the server will get; what it sets itself is kept
        within the course's limits too.
        """
        self._say_what_is_enforced()
        self._give_back()
        self._admission = admission = await self._verdict()
        self._reservation_id = admission.reservation_id
        self._apply(admission)
        await maybe_future(super().run_pre_spawn_hook())
        self._apply(admission)
        if admission.role == "grader":
            self._trust_as_grader()

    async def start(self) -> Any:
        """The server's address; the service hears in the background what it was given."""
        address = await maybe_future(super().start())
        if self._reservation_id:
            running = partial(
                self._service().running,
                self._reservation_id,
                memory_bytes=self.mem_limit or None,
                cpu=self.cpu_limit or None,
            )
            self._messages.send(f"the start of {self._log_name}", running)
        return address

    async def stop(self, *args: Any, **options: Any) -> None:
        """As the spawner below stops; Spawner wants each subclass to say so."""
        await maybe_future(super().stop(*args, **options))

    async def poll(self) -> int | None:
        """As the spawner below says; Spawner wants each subclass to say so."""
        status: int | None = await maybe_future(super().poll())
        return status

    async def run_post_stop_hook(self) -> None:
        """The seat given back, if one is held: this runs after denied starts too."""
        self._give_back()
        try:
            await maybe_future(super().run_post_stop_hook())
        finally:
            self._restore()

    def get_state(self) -> dict[str, Any]:
        """The spawner's own state, and the seat it holds."""
        state: dict[str, Any] = super().get_state()
        if self._reservation_id:
            state[_RESERVATION] = self._reservation_id
        if self._is_grader:
            state[_GRADER] = True
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """The seat is held again after the Hub's restart."""
        super().load_state(state)
        self._reservation_id = state.get(_RESERVATION, "")
        if state.get(_GRADER):
            self._trust_as_grader()

    async def _verdict(self) -> Admission:
        """The service's yes; SpawnException for its no, or for its silence where told so."""
        request = SpawnRequest(
            spawn_id=uuid4().hex, hub_name=HubName(self.user.name), server_name=self.name
        )
        try:
            return await self._service().admit(request)
        except SpawnRefused as refusal:
            raise refused(refusal.verdict) from refusal
        except ServiceDown as cause:
            if self.when_service_is_down == "refuse":
                self.log.warning("coursehub gave no verdict on %s: %s", self._log_name, cause)
                raise service_down() from cause
            self.log.warning(
                "coursehub gave no verdict on %s, which starts under the Hub's own limits: %s",
                self._log_name,
                cause,
            )
            return Admission()

    def _give_back(self) -> None:
        """
        The seat closed, if one is held.

        Not in clear_state: spawners call that themselves as soon as they find
        their server dead, which is before anybody hears that it stopped.
        """
        if self._reservation_id:
            close = partial(self._service().close, self._reservation_id)
            self._messages.send(f"the end of {self._log_name}", close)
        self._reservation_id = ""
        self._admission = None
        self._is_grader = False

    def _service(self) -> Service:
        return Service(
            url=self.coursehub_url, token=self.coursehub_token, timeout_s=self.service_timeout_s
        )

    def _apply(self, admission: Admission) -> None:
        """The admission in the spawner's traits; applied twice it is the same."""
        own = Limits(**{field: getattr(self, trait) for trait, field in TRAITS.items()})
        holds = tightened(own, admission.limits)
        for trait, field in TRAITS.items():
            if getattr(holds, field) != getattr(own, field):
                self._set(trait, getattr(holds, field))
        self._set("environment", {**self.environment, **admission.environment})
        if admission.notebook_dir:
            # The trait is a template: {username} and the like are filled in.
            folder = admission.notebook_dir.replace("{", "{{").replace("}", "}}")
            self._set("notebook_dir", folder)
        prefix = list(self.start_command)
        if prefix and self.cmd and self.cmd[: len(prefix)] != prefix:
            self._set("cmd", [*prefix, *self.cmd])

    def _set(self, trait: str, value: Any) -> None:
        """The trait set, and what it was before remembered for `_restore`."""
        self._before.setdefault(trait, getattr(self, trait))
        setattr(self, trait, value)

    def _restore(self) -> None:
        """The administrator's own values: the next start may be for another course."""
        for trait, value in self._before.items():
            setattr(self, trait, value)
        self._before.clear()

    async def _scopes_with_service(self, _spawner: Spawner) -> list[str]:
        """The server token's scopes as configured (else role server's), and the service's own."""
        own = self._own_scopes
        if callable(own):
            own = await maybe_future(own(self))
        return [*(own or orm.Role.find(self.user.db, "server").scopes), SERVICE_SCOPE]

    def _trust_as_grader(self) -> None:
        """The course's staff may enter this server, now and after the Hub's restart."""
        self._is_grader = True
        open_to_staff(self)

    def _say_what_is_enforced(self) -> None:
        """One line in the log for each class of spawner that does not hold limits."""
        if type(self) in self._spoken_of:
            return
        self._spoken_of.add(type(self))
        ignored = not_enforced(type(self))
        if ignored is None:
            self.log.info("coursehub does not know which limits %s enforces", type(self).__name__)
        elif ignored:
            self.log.warning(
                "%s does not enforce %s: they are set, and not held",
                type(self).__name__,
                ", ".join(sorted(ignored)),
            )


class AfterProfiles(CourseLimits):
    """The same over a spawner that applies its profiles while it starts (KubeSpawner)."""

    async def load_user_options(self) -> None:
        """The chosen profile, within the course's limits."""
        await maybe_future(super().load_user_options())
        if self._admission:
            self._apply(self._admission)


def with_limits(base: type[Spawner]) -> type[Spawner]:
    """
    `base` under the courses' limits; itself, if it is under them already.

    The answer is a subclass, so that `c.<name of base>` configures it as before.
    """
    if issubclass(base, CourseLimits):
        return base
    over = AfterProfiles if hasattr(base, "load_user_options") else CourseLimits
    name = f"Limited{base.__name__}"
    made: type[Spawner] = type(name, (over, base), {"__module__": __name__})
    return made
