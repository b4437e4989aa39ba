"""
OneRoster: a class's people, by REST 1.1 or 1.2; the address tells which one.

A person's id here is their sourcedId. The enrolments say who is in the class,
in which role and from when to when; names are in the lists of students and
teachers, and whoever is neither (an aide) is asked for one by one.

Sources: OneRoster 1.1 Final; OneRoster 1.2 Rostering Service, REST/JSON binding.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import httpx

from coursehub.adapters.lms.wire import Reply, next_url
from coursehub.adapters.rosters.asking import (
    Asker,
    Refusals,
    course_of,
    require_welcome,
    root_of,
)
from coursehub.adapters.rosters.client_tokens import ClientTokens
from coursehub.adapters.rosters.entries import Entry, entries, together
from coursehub.adapters.rosters.oneroster_words import roles_of, status_of, worse_of
from coursehub.adapters.rosters.reading import Reading
from coursehub.errors import Invalid, Missing, Unreachable
from coursehub.ports import Member, RosterAddress

NAME: Final = "The OneRoster source"
_PER_PAGE: Final = 100
_MOST_OTHERS: Final = 200
_SCOPES: Final = {
    "/ims/oneroster/v1p1": "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly",
    "/ims/oneroster/rostering/v1p2": (
        "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
    ),
}
_REFUSALS: Final = Refusals(
    unknown="The OneRoster source does not accept the access token. Compare the client's id and "
    "secret, or give this list a new token.",
    rights="The OneRoster source does not show this class to the client. Its administrator can "
    "let it read rosters (scope roster-core.readonly) and the class's school.",
)


class OneRoster:
    """A source with its tokens; what counts as today decides who has begun or ended."""

    def __init__(self, asker: Asker, tokens: ClientTokens, *, today: Callable[[], date]) -> None:
        self._asker = asker
        self._tokens = tokens
        self._today = today

    async def members(self, source: RosterAddress, secret: str) -> AsyncIterator[Member]:
        """Everyone with an enrolment in the class."""
        root, chosen, scope = root_of(source), course_of(source), _scope_of(source)
        call = _Call(self._asker, self._tokens, source, secret, scope)
        answer = (await call.get(f"{root}/classes/{chosen}")).json()
        taught = Entry(answer, source=NAME).part("class")
        school = quote(taught.part("school").id("sourcedId"), safe="")
        path = f"{root}/schools/{school}/classes/{chosen}/enrollments"
        enrolments = [one async for one in call.all(path, "enrollments")]
        users = {
            user.id("sourcedId"): user
            for kind in ("students", "teachers")
            async for user in call.all(f"{root}/classes/{chosen}/{kind}", "users")
        }
        users |= await self._others(call, root, enrolments, users)
        listed = [self._member(one, users, taught.text("title")) for one in enrolments]
        for member in together(listed):
            yield member

    async def _others(
        self, call: "_Call", root: str, enrolments: list[Entry], users: Mapping[str, Entry]
    ) -> dict[str, Entry]:
        """Whoever is in the class now and neither student nor teacher; nameless ones left out."""
        here = {_person_of(one) for one in enrolments if self._status(one) == "Active"}
        missing = sorted(here - users.keys())
        if len(missing) > _MOST_OTHERS:
            raise Unreachable(
                "roster-incomplete",
                "The OneRoster source lists people in this class of whom it says nothing else.",
            )
        found = {}
        for key in missing:
            with contextlib.suppress(Missing):
                reply = await call.get(f"{root}/users/{quote(key, safe='')}")
                found[key] = Entry(reply.json(), source=NAME).part("user")
        return found

    def _status(self, enrolment: Entry) -> str:
        return status_of(
            enrolment.text("status"),
            begins=enrolment.text("beginDate"),
            ends=enrolment.text("endDate"),
            today=self._today(),
        )

    def _member(self, enrolment: Entry, users: Mapping[str, Entry], title: str) -> Member:
        key = _person_of(enrolment)
        user = users.get(key) or Entry({}, source=NAME)
        person = status_of(user.text("status"), today=self._today())
        enabled = "Inactive" if user.flag("enabledUser") is False else "Active"
        first = user.text("preferredFirstName") or user.text("givenName")
        last = user.text("preferredLastName") or user.text("familyName")
        return Member(
            subject=key,
            roles=roles_of(enrolment.text("role")),
            status=worse_of(self._status(enrolment), person, enabled),
            name=" ".join(part for part in (first, last) if part),
            email=user.text("email"),
            sections=(title,) if title else (),
            login=user.text("username"),
            sis_id=user.text("userMasterIdentifier") or user.text("identifier"),
        )


class _Call:
    """Requests for one list: each with a token, each list read to its end."""

    def __init__(
        self, asker: Asker, tokens: ClientTokens, source: RosterAddress, secret: str, scope: str
    ) -> None:
        self._asker = asker
        self._tokens = tokens
        self._source = source
        self._secret = secret
        self._scope = scope

    async def get(self, url: str) -> Reply:
        """The reply; a token that lost its worth early is asked for once more."""
        reply = await self._once(url)
        if reply.status == HTTPStatus.UNAUTHORIZED and self._source.token_url:
            self._tokens.forget(self._source, self._secret, self._scope)
            reply = await self._once(url)
        return require_welcome(reply, _REFUSALS)

    async def _once(self, url: str) -> Reply:
        token = self._secret
        if self._source.token_url:
            token = await self._tokens.token(self._asker, self._source, self._secret, self._scope)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return await self._asker.send("GET", url, headers=headers)

    async def all(self, url: str, name: str) -> AsyncIterator[Entry]:
        """
        The entries of every page, in the list of that name.

        Sources page by a link, by a total, or by neither: then an empty page
        is the end. Unreachable where fewer come than the total says.
        """
        reading, read = Reading(), 0
        following: str | None = _page(url, 0)
        while following is not None:
            reading.turn(following)
            reply = await self.get(following)
            body = reply.json()
            page = entries(body.get(name) if isinstance(body, dict) else None, source=NAME)
            new = reading.new(one.id("sourcedId") for one in page)
            for one in page:
                if one.id("sourcedId") in new:
                    new.discard(one.id("sourcedId"))
                    yield one
            read += len(page)
            following = _following(reply, url, read=read, here=len(page))


def _following(reply: Reply, url: str, *, read: int, here: int) -> str | None:
    """The next page's address; None at the end."""
    linked, said = next_url(reply), reply.headers.get("x-total-count", "")
    total = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None  # noqa: PLR2004 - digits
    if linked and here:
        return linked
    if total is not None and read < total:
        if not here:
            raise Unreachable(
                "roster-incomplete", "The OneRoster source gave fewer people than it counts."
            )
        return _page(url, read)
    if total is not None or not here or reply.headers.get("link"):
        return None
    return _page(url, read)


def _page(url: str, offset: int) -> str:
    return str(httpx.URL(url, params={"limit": str(_PER_PAGE), "offset": str(offset)}))


def _person_of(enrolment: Entry) -> str:
    return enrolment.part("user").id("sourcedId")


def _scope_of(source: RosterAddress) -> str:
    """The scope of the version that the address names; Invalid where it names none."""
    for path, scope in _SCOPES.items():
        if source.url.rstrip("/").endswith(path):
            return scope
    raise Invalid(
        "roster-address",
        "A OneRoster address ends with " + " or ".join(sorted(_SCOPES)) + ".",
    )
