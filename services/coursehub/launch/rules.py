"""Names and landings: what a launch leads to, decided without looking anything up."""

from collections.abc import Iterator
from itertools import count
from typing import Final
from urllib.parse import urlencode, urlsplit

from coursehub.vocabulary.courses import CourseKey, slug
from coursehub.vocabulary.launch import Launch
from coursehub.vocabulary.people import HubName

LONGEST_NAME: Final = 30
_OUR_OWN: Final = ("grader-", "coursehub-")


def hub_names(launch: Launch, *, claim: str) -> Iterator[HubName]:
    """
    Names to try for a new person, best first, without end.

    Made from the claim (`email` gives its local part), else from the subject.
    `Bob` and `bob` give the same first choice; the second of them gets `bob-2`.
    """
    wanted = {
        "email": launch.email.partition("@")[0],
        "name": launch.name,
        "sub": launch.subject,
    }[claim]
    base = slug(wanted, longest=LONGEST_NAME) or slug(launch.subject, longest=LONGEST_NAME)
    base = base or "person"
    if base.startswith(_OUR_OWN):
        base = f"p-{base}"
    return (HubName(name) for name in _numbered(base))


def course_keys(launch: Launch) -> Iterator[CourseKey]:
    """Keys to try for a new course, best first, without end: from its label, title or id."""
    context = launch.context
    texts = (context.label, context.title, context.id) if context else ()
    base = next((key for text in texts if (key := slug(text))), "course")
    return (CourseKey(key) for key in _numbered(base))


def _numbered(base: str) -> Iterator[str]:
    yield base
    for number in count(2):
        yield f"{base}-{number}"


def landing(launch: Launch, course: CourseKey | None, *, prefix: str, hub_base: str) -> str:
    """
    The path on this Hub that the launch leads to.

    A link's `module` or `path` parameter opens that in the person's own
    server; a target other than the tool's own address is honoured as it
    stands (nbgitpuller links, for one); else it is the course's page.
    """
    if course is None:
        return prefix
    wanted = {key: launch.custom[key] for key in ("module", "path") if launch.custom.get(key)}
    if wanted:
        query = urlencode({"course": course, **wanted})
        return f"{hub_base}hub/user-redirect/coursehub/open?{query}"
    target = urlsplit(launch.target)
    ours = f"{hub_base}hub/lti13/"
    if target.path.startswith(hub_base) and not target.path.startswith(ours):
        inside = target.path.removeprefix(hub_base).strip("/")
        if inside and inside != "hub":
            return target.path + (f"?{target.query}" if target.query else "")
    if assignment := launch.custom.get("assignment"):
        return f"{prefix}courses/{course}/assignments/{slug(assignment)}"
    return f"{prefix}courses/{course}"
