"""What a server may use, and the verdict at spawn."""

from dataclasses import dataclass, field

from coursehub.vocabulary.people import HubName


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server may use; None where the Hub's own setting stands."""

    memory_bytes: int | None = None
    memory_guarantee_bytes: int | None = None
    cpu: float | None = None
    cpu_guarantee: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpawnRequest:
    """One attempt to start a server; `spawn_id` is new at each attempt."""

    spawn_id: str
    hub_name: HubName
    server_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """
    The service's yes: a reserved seat and the limits that go with it.

    `reservation_id` is empty for servers that hold no seat (people outside
    any course, and graders). `environment` is added to the server's own;
    `notebook_dir` replaces the spawner's where it is not empty.
    """

    reservation_id: str = ""
    course: str = ""
    role: str = ""
    limits: Limits = field(default_factory=Limits)
    environment: dict[str, str] = field(default_factory=dict)
    notebook_dir: str = ""
