from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from traitlets.config import Config

from coursehub.vocabulary.limits import Limits
from coursehub_spawn import with_limits
from coursehub_spawn.limits import TRAITS, not_enforced, tightened

amounts = st.none() | st.integers(0, 10**12)
limits = st.builds(
    Limits,
    memory_bytes=amounts,
    memory_guarantee_bytes=amounts,
    cpu=amounts,
    cpu_guarantee=amounts,
)


@given(own=limits, granted=limits)
def test_neither_the_administrators_nor_the_courses_limit_is_exceeded(
    own: Limits, granted: Limits
) -> None:
    holds = tightened(own, granted)
    for limit in (own.memory_bytes, granted.memory_bytes):
        assert not limit or (holds.memory_bytes or 0) <= limit
    assert bool(holds.memory_bytes) == bool(own.memory_bytes or granted.memory_bytes)


@given(own=limits, granted=limits)
def test_a_guarantee_never_exceeds_its_limit(own: Limits, granted: Limits) -> None:
    holds = tightened(own, granted)
    assert not holds.memory_bytes or (holds.memory_guarantee_bytes or 0) <= holds.memory_bytes
    assert not holds.cpu or (holds.cpu_guarantee or 0) <= holds.cpu


@given(own=limits, granted=limits)
def test_tightening_twice_is_tightening_once(own: Limits, granted: Limits) -> None:
    once = tightened(own, granted)
    assert tightened(once, granted) == once


def test_a_spawner_is_put_under_limits_once() -> None:
    limited = with_limits(LocalProcessSpawner)
    assert with_limits(limited) is limited


def test_the_spawners_own_configuration_goes_on_working() -> None:
    config = Config()
    config.SimpleLocalProcessSpawner.home_dir_template = "/homes/{username}"
    config.LocalProcessSpawner.term_timeout = 3
    spawner = with_limits(SimpleLocalProcessSpawner)(config=config)
    assert (spawner.home_dir_template, spawner.term_timeout) == ("/homes/{username}", 3)


def test_spawners_are_known_by_what_they_hold() -> None:
    class KubeSpawner: ...

    class OurKubeSpawner(KubeSpawner): ...

    class CloudSpawner: ...

    assert not_enforced(with_limits(SimpleLocalProcessSpawner)) == frozenset(TRAITS)
    assert not_enforced(OurKubeSpawner) == frozenset()
    assert not_enforced(CloudSpawner) is None
