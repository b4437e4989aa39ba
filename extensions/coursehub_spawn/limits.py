"""The smaller of what the administrator and the course allow. Pure."""

from dataclasses import replace
from typing import Final, TypeVar

from coursehub.vocabulary.limits import Limits

_Amount = TypeVar("_Amount", int, float)

TRAITS: Final = {
    "mem_limit": "memory_bytes",
    "mem_guarantee": "memory_guarantee_bytes",
    "cpu_limit": "cpu",
    "cpu_guarantee": "cpu_guarantee",
}
"""The spawner's traits, and what they are called in `Limits`."""

_ENFORCED_BY: Final = {
    "KubeSpawner": frozenset(TRAITS),
    "DockerSpawner": frozenset({"mem_limit", "cpu_limit"}),
    "SystemdSpawner": frozenset({"mem_limit", "cpu_limit"}),
    "LocalProcessSpawner": frozenset[str](),
}


def tightened(own: Limits, granted: Limits) -> Limits:
    """
    What holds where both have a say: the smaller one.

    A guarantee never exceeds its limit, for Kubernetes refuses such a pod.
    """
    both = Limits(
        memory_bytes=_smaller(own.memory_bytes, granted.memory_bytes),
        memory_guarantee_bytes=_smaller(own.memory_guarantee_bytes, granted.memory_guarantee_bytes),
        cpu=_smaller(own.cpu, granted.cpu),
        cpu_guarantee=_smaller(own.cpu_guarantee, granted.cpu_guarantee),
    )
    return replace(
        both,
        memory_guarantee_bytes=_at_most(both.memory_guarantee_bytes, both.memory_bytes),
        cpu_guarantee=_at_most(both.cpu_guarantee, both.cpu),
    )


def not_enforced(spawner: type) -> frozenset[str] | None:
    """The limits that this kind of spawner ignores; None for a kind that is not known here."""
    for kind in spawner.__mro__:
        if kind.__name__ in _ENFORCED_BY:
            return frozenset(TRAITS) - _ENFORCED_BY[kind.__name__]
    return None


def _smaller(own: _Amount | None, granted: _Amount | None) -> _Amount | None:
    """The smaller of two amounts; None and 0 set no limit (jupyterhub.spawner.Spawner)."""
    return min((amount for amount in (own, granted) if amount), default=None)


def _at_most(guarantee: _Amount | None, limit: _Amount | None) -> _Amount | None:
    return _smaller(guarantee, limit) if guarantee else guarantee
