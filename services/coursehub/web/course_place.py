"""Where a page stands in a course: its way there, and the course's other pages."""

from coursehub.web.identity import Membership
from coursehub.web.pages import Crumb, Tab


def crumbs(membership: Membership, *below: Crumb) -> tuple[Crumb, ...]:
    """The way from all courses to this page; `below` are the steps inside the course."""
    course = f"courses/{membership.course_key}"
    if not below:
        return (Crumb(label="Courses", path=""), Crumb(label=membership.course_title))
    return (
        Crumb(label="Courses", path=""),
        Crumb(label=membership.course_title, path=course),
        *below,
    )


def tabs(membership: Membership, current: str) -> tuple[Tab, ...]:
    """The course's pages for this person; students have one alone, so no tabs."""
    if not membership.role.is_staff:
        return ()
    course = f"courses/{membership.course_key}"
    return tuple(
        Tab(label=label, path=path, current=label == current)
        for label, path in (
            ("Overview", course),
            ("People", f"{course}/roster"),
            ("Costs", f"{course}/costs"),
            ("Settings", f"{course}/settings"),
        )
    )
