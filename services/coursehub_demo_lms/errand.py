"""Who goes where with which message: what the two hints of one login say together."""

from dataclasses import dataclass
from typing import Any

from coursehub_demo_lms.errors import OidcError, Refusal
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.standard import RESOURCE_LINK_REQUEST
from coursehub_demo_lms.state import Course, LineItem, Link, Member
from coursehub_demo_lms.tools import Message, Registration

HINT_LIFE_S = 300
GONE = {
    "link": "That link is gone.",
    "item": "That line item is gone.",
    "about": "Whom the launch is about is not in the course any more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One launch that was asked for."""

    registration: Registration
    course: Course
    member: Member
    message: str = RESOURCE_LINK_REQUEST
    link: Link | None = None
    item: LineItem | None = None
    """The gradebook column that is reviewed."""
    about: Member | None = None
    """Whom the launch is about, where that is not who launches."""
    framed: bool = False

    @property
    def deployment_id(self) -> str:
        return self.registration.deployment_id or self.course.deployment_id

    @property
    def target(self) -> str:
        """Where the tool should take the person once it knows them."""
        own = self.registration.messages.get(self.message, Message()).url
        link = self.link.url if self.link else ""
        # A link may lead elsewhere than its tool, and a review elsewhere than the link.
        first = link or own if self.message == RESOURCE_LINK_REQUEST else own or link
        review = self.item.review_url if self.item else ""
        return review or first or self.registration.tool.target_url

    @property
    def custom(self) -> dict[str, str]:
        """The custom parameters of the tool and of the link, the link's last word."""
        own = self.link.custom if self.link else {}
        review = self.item.review_custom if self.item else {}
        return {**self.registration.custom_of(self.message), **own, **review}


def tool_for(platform: Platform, link: Link | None, *, message: str) -> Registration:
    """The tool that takes this launch: the one that made the link, else the chosen one."""
    registration = platform.tools.current
    if link and link.client_id:
        owner = platform.tools.active(link.client_id)
        if owner is None:
            raise Refusal(409, "tool-gone", "The tool that made this link is not active here.")
        registration = owner
    if not registration.takes(message):
        raise Refusal(409, "message-not-taken", f"The tool did not register for {message}.")
    return registration


def hints(platform: Platform, errand: Errand) -> dict[str, str]:
    """The two hints, sealed so that nobody can send another person elsewhere."""
    who = {
        "client": errand.registration.client_id,
        "person": errand.member.person.id,
        "course": errand.course.id,
    }
    where = {
        **who,
        "message": errand.message,
        "link": errand.link.id if errand.link else "",
        "item": errand.item.id if errand.item else "",
        "about": errand.about.person.id if errand.about else "",
        "framed": errand.framed,
    }
    return {
        "login_hint": platform.seal.close("login", who, life_s=HINT_LIFE_S),
        "lti_message_hint": platform.seal.close("message", where, life_s=HINT_LIFE_S),
    }


def errand_of(platform: Platform, asked: dict[str, str], registration: Registration) -> Errand:
    """The errand behind two hints that this platform gave out a moment ago."""
    where = _where(platform, asked, registration)
    course = platform.campus.courses.get(where["course"])
    member = platform.campus.member(course, where["person"]) if course else None
    if course is None or member is None or member.status != "Active":
        raise OidcError("login_required", "That person is not active in the course any more.")
    link = course.links.get(where["link"])
    item = course.lineitems.get(where["item"])
    about = platform.campus.member(course, where["about"])
    found = {"link": link, "item": item, "about": about}
    for name, value in found.items():
        if where[name] and value is None:
            raise OidcError("invalid_request", GONE[name])
    return Errand(
        registration=registration,
        course=course,
        member=member,
        message=where["message"],
        link=link,
        item=item,
        about=about,
        framed=where["framed"],
    )


def _where(platform: Platform, asked: dict[str, str], registration: Registration) -> dict[str, Any]:
    """The opened message hint, once it is known to go with the login hint and the client."""
    who = platform.seal.open("login", asked.get("login_hint", ""))
    if who is None:
        raise OidcError("login_required", "login_hint is not a living one of this platform.")
    where = platform.seal.open("message", asked.get("lti_message_hint", ""))
    if where is None:
        raise OidcError("invalid_request", "lti_message_hint is not a living one.")
    if (who["person"], who["course"]) != (where["person"], where["course"]):
        raise OidcError("login_required", "The two hints belong to different people.")
    if {who["client"], where["client"]} != {registration.client_id}:
        raise OidcError("invalid_request", "The hints were given to another tool.")
    return where
