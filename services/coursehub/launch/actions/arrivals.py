"""Arrivals: someone is a user of the Hub now, and gets their groups."""

from datetime import datetime

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Missing
from coursehub.model.course import Course, Enrolment, LaunchRecord
from coursehub.model.institution import Person
from coursehub.ports import Clock, Hub
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import (
    GRADERS_GROUP,
    CourseKey,
    all_groups_of,
    grader_of,
    groups_of,
)
from coursehub.vocabulary.people import HubName


async def arrive(store: Store, hub: Hub, clock: Clock, launch_id: str) -> None:
    """Nothing; the Hub knows the person now, and their groups are as their enrolments say."""
    name, owned, wanted, graders = await run_in_threadpool(_arrival, store, launch_id, clock.now())
    present = await hub.groups(name)
    for group in sorted(wanted - present):
        await hub.add(group, [name])
    for group in sorted((present & owned) - wanted):
        await hub.remove(group, [name])
    missing = graders - await hub.members(GRADERS_GROUP) if graders else frozenset()
    # The Hub has made the launched course's grader; another course's may be gone.
    if there := [grader for grader in missing if await hub.exists(grader)]:
        await hub.add(GRADERS_GROUP, there)


def _arrival(
    store: Store, launch_id: str, at: datetime
) -> tuple[HubName, frozenset[str], frozenset[str], frozenset[HubName]]:
    """Who arrived, the groups that coursehub owns for them, those they belong in, and graders."""
    with store.writing(EVERYONE) as session:
        record = session.get(LaunchRecord, launch_id)
        person = session.get(Person, record.person_id) if record else None
        if person is None or person.hub_name is None:
            raise Missing("no-such-launch", "This launch is not known here.")
        person.arrived_at = person.arrived_at or at
        session.add(person)
        rows = session.exec(
            select(Course, Enrolment)
            .join(Enrolment, col(Enrolment.course_id) == Course.id)
            .where(Enrolment.person_id == person.id)
        ).all()
        owned: set[str] = set()
        wanted: set[str] = set()
        graders: set[HubName] = set()
        for course, enrolment in rows:
            key = CourseKey(course.key)
            owned |= all_groups_of(key)
            if enrolment.dropped_at is None:
                wanted |= groups_of(key, enrolment.role)
                graders |= {grader_of(key)} if enrolment.role.is_staff else set()
        return HubName(person.hub_name), frozenset(owned), frozenset(wanted), frozenset(graders)
