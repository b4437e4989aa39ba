"""Keys of new courses: free here, and free of what the Hub had before coursehub."""

from sqlmodel import select
from starlette.concurrency import run_in_threadpool

from coursehub.launch import rules
from coursehub.model.course import Course
from coursehub.ports import Hub
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import (
    GRADERS_GROUP,
    CourseKey,
    grader_of,
    nbgrader_groups,
    own_groups,
)
from coursehub.vocabulary.launch import Launch


async def free(store: Store, hub: Hub, launch: Launch) -> CourseKey:
    """
    The best key for the launch's new course.

    A course's groups and grader account follow from its key, by names that
    nbgrader's own set-ups of a Hub use too. Whoever teaches by those must not
    find the launch's people among their graders, nor be put out.
    """
    for key in rules.course_keys(launch):
        if not await run_in_threadpool(_is_known, store, key) and await _is_free_on(hub, key):
            return key
    raise AssertionError("the keys have no end")


def _is_known(store: Store, key: CourseKey) -> bool:
    with store.reading(EVERYONE) as session:
        return session.exec(select(Course.id).where(Course.key == key)).first() is not None


async def _is_free_on(hub: Hub, key: CourseKey) -> bool:
    """Whether the Hub has nothing of the key's names, or has it from coursehub."""
    grader = await hub.account(grader_of(key))
    if grader is not None and GRADERS_GROUP not in grader.groups:
        return False
    if not await _has_any(hub, nbgrader_groups(key)):
        return True
    return await _has_any(hub, own_groups(key))


async def _has_any(hub: Hub, groups: frozenset[str]) -> bool:
    for group in sorted(groups):
        if await hub.has_group(group):
            return True
    return False
