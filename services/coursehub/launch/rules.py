"""Names and landings: what a launch leads to, decided without looking anything up."""

import re
from collections.abc import Collection, Iterator
from itertools import count, islice
from typing import Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from coursehub.vocabulary.courses import CourseKey, slug
from coursehub.vocabulary.families import names_institution_roles
from coursehub.vocabulary.launch import Launch
from coursehub.vocabulary.people import (
    HubName,
    Role,
    institution_role_of,
    is_administrator,
    role_of,
)
from coursehub.vocabulary.usernames import UsernameTemplate

LONGEST_NAME: Final = 30
LONGEST_KEY: Final = 40
_ASSIGNMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ACCOUNT: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,253}")
_OUR_OWN: Final = ("grader-", "coursehub-")
_OF_EMAIL: Final = frozenset({"email", "email_local"})
_FIRST_UID: Final = 1000
_NOBODY: Final = 65534
_PATH: Final = "/%:@!$&'()*+,;=~"
"""What stands in a path as it is (RFC 3986, 3.3); all else is percent-encoded."""


def hub_names(launch: Launch, template: UsernameTemplate) -> Iterator[HubName]:
    """
    Names to try for a new person, best first, without end.

    Made by the first alternative of the template that the launch can fill, at
    last from the subject. `Bob` and `bob` give the same first choice; the
    second of them gets `bob-2`.
    """
    texts = (*(each.filled(launch) for each in template.alternatives), launch.subject, "person")
    base = next(name for text in texts if (name := slug(text, longest=LONGEST_NAME)))
    if is_our_own(base):
        base = slug(f"p-{base}", longest=LONGEST_NAME)
    return (HubName(name) for name in _numbered(base, longest=LONGEST_NAME))


def further_names(taken: HubName) -> Iterator[HubName]:
    """Names to try for someone whose own is taken, without end."""
    return (HubName(name) for name in islice(_numbered(taken, longest=LONGEST_NAME), 1, None))


def is_our_own(name: str) -> bool:
    """
    Whether coursehub keeps the name for accounts and groups of its own.

    `grader` too: the second of that name would be `grader-2`, course 2's own account.
    """
    return f"{name.lower()}-".startswith(_OUR_OWN)


def trusted_name(
    launch: Launch, template: UsernameTemplate, domains: Collection[str]
) -> HubName | None:
    """
    The account that the person may have had on the Hub, if their address proves it.

    It is what the first alternative says that is an address of a trusted
    domain, or the part of one before the @: as it stands but for its case,
    for `ann.lee` and `ann-lee` may be two people. An address beyond ASCII
    proves nothing: in small letters the sign for kelvin is a plain k.
    """
    if not launch.email.isascii():
        return None
    email = launch.email.lower()
    domain = email.partition("@")[2]  # of two @, the domain would hold one and match nothing
    if domain not in domains or launch.claims.get("email_verified") == "false":
        return None
    said = (
        each.filled(launch).lower()
        for each in template.alternatives
        if set(each.fields) <= _OF_EMAIL or each.filled(launch).lower() == email
    )
    name = next(filter(None, said), "")
    if not _ACCOUNT.fullmatch(name) or is_our_own(name):
        return None
    return HubName(name)


def may_be_a_persons(uid: int | None) -> bool:
    """Whether an account of this machine is a human's (Debian policy 9.2.2)."""
    return uid is None or _FIRST_UID <= uid < _NOBODY


def role_in_course(launch: Launch, *, auth_login_url: str) -> Role | None:
    """The launch's role; an administrator of the LMS without one in the course observes it."""
    if role := role_of(launch.roles):
        return role
    if names_institution_roles(auth_login_url) and (role := institution_role_of(launch.roles)):
        return role
    return Role.OBSERVER if is_administrator(launch.roles) else None


def course_keys(launch: Launch) -> Iterator[CourseKey]:
    """Keys to try for a new course, best first, without end: from its label, title or id."""
    context = launch.context
    texts = (context.label, context.title, context.id) if context else ()
    base = next((key for text in texts if (key := slug(text, longest=LONGEST_KEY))), "course")
    return (CourseKey(key) for key in _numbered(base, longest=LONGEST_KEY))


def _numbered(base: str, *, longest: int) -> Iterator[str]:
    yield base
    for number in count(2):
        name = f"{base[: longest - len(f'-{number}')].rstrip('-')}-{number}"
        if name != base:
            yield name


def landing(
    launch: Launch, course: CourseKey | None, *, prefix: str, hub_base: str, page: str = ""
) -> str:
    """
    The path on this Hub that the launch leads to.

    A launch with an errand of its own has its `page` below the prefix.
    A link's `module` or `path` parameter opens that in the person's own
    server; a target other than the tool's own address is honoured as it
    stands (nbgitpuller links, for one); else it is the assignment's page where
    the link names one, or the course's.
    """
    if page:
        return f"{prefix}{quote(page)}"
    if course is None:
        return prefix
    wanted = {key: launch.custom[key] for key in ("module", "path") if launch.custom.get(key)}
    if wanted:
        query = urlencode({"course": course, **wanted})
        return f"{hub_base}hub/user-redirect/coursehub/open?{query}"
    here = f"{prefix}courses/{course}"
    if _ASSIGNMENT.fullmatch(assignment := launch.custom.get("assignment", "")):
        here = f"{here}/assignments/{assignment}"
    return _place(launch.target, hub_base=hub_base) or here


def _place(target: str, *, hub_base: str) -> str:
    """The target's path and query; empty where that is not a place inside this Hub."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    path, query = quote(parts.path, safe=_PATH), quote(parts.query, safe=f"{_PATH}?")
    # A path of two slashes is an address on another server (RFC 3986, 4.2).
    if not path.startswith(hub_base) or path.startswith("//"):
        return ""
    inside = path.removeprefix(hub_base)
    if inside.strip("/") in {"", "hub"} or inside.startswith("hub/lti13/"):
        return ""
    if {".", ".."} & set(unquote(path).split("/")):
        return ""
    return f"{path}?{query}" if query else path
