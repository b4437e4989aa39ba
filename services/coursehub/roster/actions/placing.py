"""What follows on the Hub from who is in a course: accounts, where they are asked for; groups."""

from coursehub.ports import Clock, Hub
from coursehub.roster.actions import accounts, groups
from coursehub.roster.actions.progress import Progress
from coursehub.store import Store
from coursehub.vocabulary.courses import CourseKey


async def place(
    store: Store,
    hub: Hub,
    clock: Clock,
    *,
    course: CourseKey,
    names_ahead: str = "",
    progress: Progress | None = None,
) -> int:
    """
    How many accounts were made and memberships changed for the course.

    `names_ahead` is the template of names for people who have not been on the
    Hub; empty where they get no account before they come.
    """
    progress = progress or Progress(store)
    made = 0
    if names_ahead:
        made = await accounts.make(
            store, hub, clock, course=course, template=names_ahead, progress=progress
        )
    return made + await groups.align(store, hub, clock, course=course, progress=progress)
