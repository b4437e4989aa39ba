"""The pages that people see: who to be, a course, its gradebook, the registration."""

from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.paging import positive
from coursehub_demo_lms.platform import Here
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.standard import ROLES, SCOPES
from coursehub_demo_lms.state import Campus, Course, Grade, LineItem, Member, Person
from coursehub_demo_lms.storage import storage_target

PAGE_ROWS = 25
LATEST = 8
ROLE_NAMES = {
    "Instructor": "Instructor",
    "TeachingAssistant": "Teaching assistant",
    "Learner": "Learner",
    "Administrator": "Administrator",
}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of a table, and what its pager needs."""

    members: list[Member]
    total: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_ROWS))


class Arrival(NamedTuple):
    """One score in the list of the latest ones."""

    person: Person
    item: LineItem
    grade: Grade


@router.get("/")
async def home(request: Request, platform: Here) -> Response:
    """The choice of a course and of whom to be in it."""
    campus = platform.campus
    first = next(iter(campus.courses))
    course = campus.course(request.query_params.get("course") or first)
    words = request.query_params.get("q", "")[:100]
    role = request.query_params.get("role", "")
    found = [m for m in campus.roster(course) if matches(m, words) and role in {"", m.role}]
    return page(
        "home.html",
        courses=[(c, sum(1 for _ in campus.roster(c))) for c in campus.courses.values()],
        course=course,
        shown=shown(found, positive(request, "page", 1)),
        words=words,
        role=role,
        roles=ROLES,
        role_names=ROLE_NAMES,
        tool=platform.tool,
    )


@router.get("/courses/{course_id}")
async def course_page(course_id: str, request: Request, platform: Here) -> Response:
    """A course as one of its people sees it: links to open, with `frame=1` on the page itself."""
    course = platform.campus.course(course_id)
    framed = request.query_params.get("frame", "1" if platform.switches.frames else "0") == "1"
    return page(
        "course.html",
        course=course,
        me=platform.campus.member(course, request.query_params.get("as", "")),
        role_names=ROLE_NAMES,
        framed=framed,
        lti11=platform.switches.lti11,
        storage=storage_target(platform.switches) if framed else "",
        origins=platform.tools.origins,
    )


@router.get("/courses/{course_id}/gradebook")
async def gradebook(course_id: str, request: Request, platform: Here) -> Response:
    """People by line items, those with scores first, and the latest arrivals above."""
    campus = platform.campus
    course = campus.course(course_id)
    words = request.query_params.get("q", "")[:100]
    learners = [m for m in campus.roster(course) if m.role == "Learner" and matches(m, words)]
    scored = {person for _, person in course.grades}
    learners.sort(key=lambda m: m.person.id not in scored)
    return page(
        "gradebook.html",
        course=course,
        shown=shown(learners, positive(request, "page", 1)),
        items=list(course.lineitems.values()),
        words=words,
        scored=len(scored),
        latest=latest(campus, course),
        me=campus.member(course, request.query_params.get("as", "")),
    )


@router.get("/registration")
async def registration(platform: Here) -> Response:
    """What the tool's administrator enters, and what this platform knows of the tool."""
    return page(
        "registration.html",
        platform=platform,
        tool=platform.tool,
        courses=list(platform.campus.courses.values()),
        scopes=SCOPES,
    )


@router.get("/health")
async def health() -> dict[str, str]:
    """That the process answers."""
    return {"status": "ok"}


def matches(member: Member, words: str) -> bool:
    """Whether each word occurs in the person's name, e-mail or id."""
    person = member.person
    haystack = f"{person.label} {person.email} {person.id}".casefold()
    return all(word in haystack for word in words.casefold().split())


def shown(found: list[Member], number: int) -> Shown:
    """That page of them, or the last one there is."""
    number = min(number, Shown([], len(found), 1).pages)
    start = (number - 1) * PAGE_ROWS
    return Shown(found[start : start + PAGE_ROWS], len(found), number)


def latest(campus: Campus, course: Course) -> list[Arrival]:
    """The scores that arrived last, newest first."""
    newest = sorted(course.grades.items(), key=lambda entry: entry[1].received, reverse=True)
    arrivals = (
        Arrival(member.person, course.lineitems[item_id], grade)
        for (item_id, person_id), grade in newest
        if (member := campus.member(course, person_id))
    )
    return list(islice(arrivals, LATEST))
