"""Accounts and landings: what a launch leads to, decided without looking anything up."""

import re
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

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
from coursehub.vocabulary.usernames import UsernameTemplate, is_our_own, numbered

LONGEST_KEY: Final = 40
_ASSIGNMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ACCOUNT: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,253}")
_OF_EMAIL: Final = frozenset({"email", "email_local"})
_FIRST_UID: Final = 1000
_NOBODY: Final = 65534
_PATH: Final = "/%:@!$&'()*+,;=~"
"""What stands in a path as it is (RFC 3986, 3.3); all else is percent-encoded."""
_OWN_ADDRESSES: Final = ("hub/lti13/", "hub/lti11/", "hub/lti/")
_NEXT: Final = re.compile(r"(?:^|&)(?:custom_)?next=(.*)", re.DOTALL)


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
    return (CourseKey(key) for key in numbered(base, longest=LONGEST_KEY))


def landing(
    launch: Launch, course: CourseKey | None, *, prefix: str, hub_base: str, page: str = ""
) -> str:
    """
    The path on this Hub that the launch leads to.

    A launch with an errand of its own has its `page` below the prefix.
    A link's `module` or `path` parameter opens that in the person's own
    server; a target other than the tool's own address is honoured as it
    stands, and so is the place that its `next`, or the login's, names (nbgitpuller
    links, for one); else it is the assignment's page where the link names one, or
    the course's.
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
    return _place(launch, hub_base=hub_base) or here


def _place(launch: Launch, *, hub_base: str) -> str:
    """
    The place on this Hub that the launch's own addresses name; empty where none does.

    ltiauthenticator's links have the place in the `next` of a target like
    `https://hub.example/hub?next=...`, unescaped as often as not, or in that
    of the login. What the LMS signed comes first.
    """
    target = _parts(launch.target)
    if target is None or not _is_front(target.path, hub_base=hub_base):
        return _inside(target, hub_base=hub_base)
    said = (_next_of(target.query), launch.next_url)
    found = (_inside(_on_site_of(target, url), hub_base=hub_base) for url in said)
    return next(filter(None, found), "")


def _next_of(query: str) -> str:
    """The `next` of a target's query: to its end, if it is an address with a query of its own."""
    found = _NEXT.search(query)
    if found is None:
        return ""
    whole = unquote(found[1])
    first = unquote(found[1].partition("&")[0])
    return whole if "?" in first else first


def _on_site_of(target: SplitResult, url: str) -> SplitResult | None:
    """The parts of a path, or of an address on the target's own site; None for any other."""
    if url.startswith("//") or not _is_plain(url):
        return None
    parts = _parts(url)
    own = {("", ""), (target.scheme, target.netloc)}
    return parts if parts and (parts.scheme, parts.netloc) in own else None


def _inside(parts: SplitResult | None, *, hub_base: str) -> str:
    """That address's path and query; empty where that is not a place inside this Hub."""
    if parts is None:
        return ""
    path, query = quote(parts.path, safe=_PATH), quote(parts.query, safe=f"{_PATH}?")
    read = _decoded(parts.path)
    # A path of two slashes is an address on another server (RFC 3986, 4.2).
    if not path.startswith(hub_base) or read.startswith("//") or not _is_plain(read):
        return ""
    if {".", ".."} & set(read.split("/")) or _is_front(parts.path, hub_base=hub_base):
        return ""
    return f"{path}?{query}" if query else path


def _is_front(path: str, *, hub_base: str) -> bool:
    """Whether the path is the Hub's front door or one of the tool's own addresses."""
    if path in {"", "/"} or f"{path}/" == hub_base:
        return True
    inside = path.removeprefix(hub_base)
    own = inside.strip("/") in {"", "hub"} or inside.startswith(_OWN_ADDRESSES)
    return own and path.startswith(hub_base)


def _is_plain(text: str) -> bool:
    """No backslash or control character: browsers and servers read those in their own ways."""
    return "\\" not in text and all(" " <= char != "\x7f" for char in text)


def _decoded(text: str) -> str:
    """The text as whoever decodes it again and again would read it at last."""
    while (further := unquote(text)) != text:
        text = further
    return text


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
