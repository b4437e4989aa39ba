"""The course's grader server: started, and opened to the course's staff."""

from coursehub.ports import Hub
from coursehub.vocabulary.courses import GRADERS_GROUP, CourseKey, grader_of


async def open_to_staff(hub: Hub, *, course: CourseKey) -> bool:
    """
    Whether the grader server is ready for the course's staff; starts it if not.

    Instructors and TAs are in `formgrade-<course>`, with which the server is
    shared, so that whoever leaves the staff loses it with the group.
    """
    grader = grader_of(course)
    if grader not in await hub.members(GRADERS_GROUP):
        await hub.add(GRADERS_GROUP, [grader])
    if not await hub.start(grader):
        return False
    await hub.share(grader, f"formgrade-{course}")
    return True
