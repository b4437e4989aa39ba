"""The tools that this platform knows, and the one that takes its launches."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.standard import MESSAGES, PERSON_CLAIMS, RESOURCE_LINK_REQUEST, SCOPES
from coursehub_demo_lms.tool import Tool, ToolKeys

MAX_TOOLS = 50

ToolStatus = Literal["Pending", "Active"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a tool said of one kind of launch; an empty `url` means its usual target."""

    url: str = ""
    label: str = ""
    custom: dict[str, str] = field(default_factory=dict)


def _every_message() -> dict[str, Message]:
    return {message: Message() for message in MESSAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    A tool with what it may do here.

    A tool that registered itself has a deployment of its own for the whole
    site; the one that was configured has another in each course.
    """

    tool: Tool
    name: str = "The Hub"
    status: ToolStatus = "Active"
    deployment_id: str = ""
    scopes: tuple[str, ...] = SCOPES
    claims: tuple[str, ...] = PERSON_CLAIMS
    custom: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=_every_message)

    @property
    def client_id(self) -> str:
        return self.tool.client_id

    def takes(self, message: str) -> bool:
        """Whether the tool said it takes such launches; plain links any tool takes."""
        return message == RESOURCE_LINK_REQUEST or message in self.messages

    def custom_of(self, message: str) -> dict[str, str]:
        """The custom parameters that the tool asked for with that kind of launch."""
        return {**self.custom, **self.messages.get(message, Message()).custom}


@dataclass(slots=True)
class Tools:
    """Every tool of the platform, by client id; the first one was configured."""

    configured: Registration
    registered: dict[str, Registration] = field(default_factory=dict)
    chosen: str = ""
    """The client id of the registered tool that takes launches; empty for the configured one."""
    _keys: dict[str, ToolKeys] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Registration]:
        yield self.configured
        yield from self.registered.values()

    def with_configured(self, tool: Tool) -> "Tools":
        """The same tools, with that one in the configured one's place."""
        return Tools(replace(self.configured, tool=tool), self.registered, self.chosen)

    @property
    def current(self) -> Registration:
        """The tool that takes launches."""
        return self.registered.get(self.chosen, self.configured)

    def active(self, client_id: object) -> Registration | None:
        """The tool of that client id, once an administrator has activated it."""
        known = next((tool for tool in self if tool.client_id == client_id), None)
        return known if known and known.status == "Active" else None

    @property
    def origins(self) -> list[str]:
        """The origins of every active tool's pages."""
        active = (known.tool.origins for known in self if known.status == "Active")
        return sorted(frozenset().union(*active))

    def keys(self, registration: Registration) -> ToolKeys:
        """The key set of that tool, kept between uses."""
        url = registration.tool.jwks_url
        return self._keys.setdefault(registration.client_id, ToolKeys(url=url))

    def require_room(self) -> None:
        if len(self.registered) >= MAX_TOOLS:
            raise Refusal(409, "too-many-tools", f"This platform knows {MAX_TOOLS} tools at most.")

    def add(self, registration: Registration) -> None:
        """The tool is known, and waits for an administrator."""
        self.require_room()
        self.registered[registration.client_id] = registration

    def activate(self, client_id: str) -> None:
        """That registered tool works, and takes the launches from now on."""
        self.registered[client_id] = replace(self._registered(client_id), status="Active")
        self.chosen = client_id

    def choose(self, client_id: str) -> None:
        """That active tool takes the launches from now on."""
        if self.active(client_id) is None:
            raise Refusal(409, "not-active", "Only an active tool takes launches.")
        self.chosen = client_id if client_id in self.registered else ""

    def remove(self, client_id: str) -> None:
        """That registered tool is not known any more."""
        self._registered(client_id)
        del self.registered[client_id]
        self._keys.pop(client_id, None)
        if self.chosen == client_id:
            self.chosen = ""

    def _registered(self, client_id: str) -> Registration:
        if (found := self.registered.get(client_id)) is None:
            raise Refusal(404, "no-such-tool", "No tool of that client id registered here.")
        return found
