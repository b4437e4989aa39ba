"""What a server may use, and the verdict at spawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from coursehub.vocabulary.people import HubName

UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
)
"""Bytes of each unit in which a course's memory is written."""


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


def memory_text(amount_bytes: int) -> str:
    """The amount as a course file writes it, exact to the byte; `1.5G` for 1,500,000,000."""
    fit = (
        (name, unit)
        for name, unit in reversed(tuple(UNITS.items()))
        if amount_bytes >= unit and amount_bytes % max(unit // 10**9, 1) == 0
    )
    name, unit = next(fit, ("K", 1000))
    number = Decimal(amount_bytes) / unit
    return f"{number.normalize():f}{name}"
