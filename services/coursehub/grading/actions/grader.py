"""The course's grader server, started for the course's staff."""

from coursehub.ports import Hub
from coursehub.vocabulary.courses import GRADERS_GROUP, CourseKey, grader_of


async def start(hub: Hub, *, course: CourseKey) -> bool:
    """
    Whether the course's grader server is ready; starts it if not.

    Who may enter it is the Hub's to say: coursehub_spawn opens it to the
    group `formgrade-<course>` when it starts.
    """
    grader = grader_of(course)
    if grader not in await hub.members(GRADERS_GROUP):
        await hub.add(GRADERS_GROUP, [grader])
    return await hub.start(grader)
