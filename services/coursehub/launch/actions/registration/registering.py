"""
One registration, begun by an LMS with a link: ask it who it is, tell it who we are, keep it.

Source: LTI Dynamic Registration 1.0, 3. Nothing is trusted yet when this ends:
the platform waits for an administrator of the Hub.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Conflict, Invalid, Refused, Unreachable
from coursehub.launch.actions import deployments, platforms
from coursehub.launch.actions.platforms import NewPlatform
from coursehub.launch.actions.registration import configuration, leniently, links, metadata
from coursehub.launch.actions.registration.configuration import Configuration
from coursehub.model.institution import Institution, PlatformState
from coursehub.ports import Clock, Outside, Said
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store

_LONGEST_S: Final = 60.0
"""How long asking the LMS may take in all."""
_CLAIM_S: Final = _LONGEST_S + 60
"""How long the link is held, if this process should die meanwhile."""
_ANEW: Final = (
    "Nothing was kept on the Hub. In the LMS, delete the tool if it is listed there by now, then "
    "begin again by pasting the same link, which is still good, or a new one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an LMS sends with a registration link (3.3)."""

    link: str
    openid_configuration: str
    registration_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What came of it, to be shown to the LMS's administrator."""

    name: str
    institution: str
    client_id: str
    deployment_id: str
    withheld: tuple[str, ...]
    issuer: str


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Lti(_Part):
    deployment_id: Annotated[str, BeforeValidator(leniently.text)] = ""


class _Answer(_Part):
    """
    A registration as the platform answers it (3.7; RFC 7591, 3.2.1).

    All but the client id is read as far as it can be: the tool is made there.
    """

    client_id: Annotated[str, BeforeValidator(lambda said: leniently.number(said) or said)]
    scope: Annotated[tuple[str, ...] | None, BeforeValidator(leniently.scopes)] = None
    redirect_uris: Annotated[tuple[str, ...], BeforeValidator(leniently.addresses)] = ()
    lti: Annotated[_Lti, Field(alias=metadata.TOOL), BeforeValidator(leniently.members)] = _Lti()

    @property
    def deployment_id(self) -> str:
        """Empty where the platform tells it only in launches, as Canvas does."""
        told = self.lti.deployment_id
        return told if deployments.is_id(told) else ""


async def register(
    store: Store, outside: Outside, clock: Clock, request: Request, *, settings: Settings
) -> Registered:
    """
    The registration, kept as one that waits for approval.

    The link is used up only if all went well; of two at one instant, one goes on.
    """
    link_id = await run_in_threadpool(links.claim, store, clock, request.link, for_s=_CLAIM_S)
    try:
        platform, answer = await _asked(outside, request, settings)
        return await run_in_threadpool(_keep, store, clock, link_id, platform, answer)
    finally:
        await run_in_threadpool(links.release, store, link_id)


async def _asked(
    outside: Outside, request: Request, settings: Settings
) -> tuple[Configuration, _Answer]:
    """What the LMS says of itself, and its answer to what we say of us."""
    try:
        async with asyncio.timeout(_LONGEST_S):
            platform = await configuration.of_registrant(
                outside, request.openid_configuration, token=request.registration_token
            )
            body = metadata.tool(settings, platform)
            with _made_there():
                said = await outside.post(
                    platform.registration_url, body, bearer=request.registration_token
                )
                return platform, _read(said, body)
    except TimeoutError as cause:
        raise Unreachable("lms-slow", f"The LMS took too long to answer. {_ANEW}") from cause


@contextmanager
def _made_there() -> Iterator[None]:
    """
    The block's errors, with what is left to do in the LMS.

    The LMS was told of the tool, and may have made it; nothing that this Hub
    sends could undo that, and what the LMS sent with the link is spent.
    """
    try:
        yield
    except (Invalid, Unreachable) as error:
        raise type(error)(error.code, f"{error.message} {_ANEW}") from error


def _read(said: Said, asked: dict[str, Any]) -> _Answer:
    """The platform's answer; our errors for a refusal and for one that is not as it must be."""
    if said.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise _refusal(said)
    try:
        answer = _Answer.model_validate(said.json)
    except ValidationError as cause:
        raise _malformed() from cause
    if not deployments.is_id(answer.client_id):
        raise _malformed()
    if answer.redirect_uris and asked["redirect_uris"][0] not in answer.redirect_uris:
        raise Invalid(
            "other-redirect",
            "The LMS registered another redirect address than this Hub's; logins would go there.",
        )
    return answer


def _refusal(said: Said) -> Refused | Unreachable:
    """What the LMS said against it, as far as that is a plain word (RFC 7591, 3.2.2)."""
    if said.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable("lms-failed", f"The LMS failed (status {said.status}).")
    error = said.json.get("error") if isinstance(said.json, dict) else None
    plain = isinstance(error, str) and error.isascii() and error.replace("_", "").isalnum()
    why = f": {error[:60]}" if plain and isinstance(error, str) else f" (status {said.status})"
    return Refused(
        "lms-refused",
        f"The LMS did not accept the registration{why}. Begin again in the LMS: what it sent "
        "with the link may be too old.",
    )


def _malformed() -> Invalid:
    return Invalid("bad-registration", "The client id in the LMS's answer cannot be read.")


def _keep(
    store: Store, clock: Clock, link_id: int, platform: Configuration, answer: _Answer
) -> Registered:
    """The platform and its used link, in one transaction."""
    granted = " ".join(metadata.wanted(platform) if answer.scope is None else answer.scope)
    with store.writing(EVERYONE) as session:
        deployments.one_at_a_time(session)
        link = links.held(session, clock, link_id)
        home = session.get_one(Institution, link.institution_id)
        new = NewPlatform(
            institution=home.name,
            issuer=platform.issuer,
            client_id=answer.client_id,
            deployment_ids=(answer.deployment_id,) if answer.deployment_id else (),
            auth_login_url=platform.addresses.auth_login_url,
            token_url=platform.addresses.token_url,
            key_set_url=platform.addresses.key_set_url,
            name=platform.name,
            product=f"{platform.product} {platform.version}".strip(),
            scopes=granted,
            state=PlatformState.PENDING,
            registered_by=link.made_by,
        )
        platforms.check(new)
        row, changed = platforms.put(session, new)
        if row.state is not PlatformState.PENDING or not changed:
            raise Conflict("already-registered", "This LMS is registered under that client id.")
        link.used_at, link.platform_id = clock.now(), row.id
        session.add(link)
        return Registered(
            name=row.name,
            institution=home.name,
            client_id=row.client_id,
            deployment_id=answer.deployment_id,
            withheld=metadata.withheld(granted),
            issuer=row.issuer,
        )
