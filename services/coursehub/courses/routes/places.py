"""Where the pages of a course's settings stand, and what they say of what was done."""

from typing import Any, Final

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coursehub.vocabulary.people import Role
from coursehub.web import pages as web_pages
from coursehub.web.course_place import crumbs, tabs
from coursehub.web.house import House
from coursehub.web.identity import Membership
from coursehub.web.pages import Crumb, page

SAID: Final = {
    "saved": ("Saved.", "The course's file and this page do not undo each other."),
    "unchanged": ("Nothing was changed.", "Everything was so already."),
    "applied": ("The course is as the file says.", "What students have work in was not touched."),
    "granted": ("More time is given.", "The student sees it on the course's page at once."),
    "taken-back": ("Taken back.", "The common due moment holds again."),
    "removed": ("Removed.", "Nothing that anybody handed in is lost."),
    "begun": ("The next term is begun.", "This is its course; the old one is as it was."),
    "archived": ("Archived.", "Its roster is not synced any more, and nothing is handed in."),
    "restored": ("The course runs again.", "Its roster is synced within the hour."),
}
"""By what a redirect says was done."""


def home(membership: Membership) -> str:
    """The address of the course's settings."""
    return f"courses/{membership.course_key}/settings"


def shown(
    request: Request, template: str, membership: Membership, *below: Crumb, **context: Any
) -> Response:
    """A page of the settings; `below` are its steps under them."""
    above = Crumb(label="Settings", path=home(membership) if below else None)
    return page(
        request,
        template,
        crumbs=crumbs(membership, above, *below),
        tabs=tabs(membership, "Settings"),
        course=membership,
        home=home(membership),
        may_change=membership.role is Role.INSTRUCTOR,
        **context,
    )


def back(house: House, membership: Membership, done: str) -> Response:
    """The settings again, with what was done."""
    path = f"{home(membership)}?done={done}"
    return RedirectResponse(web_pages.url(house.settings, path), status_code=303)
