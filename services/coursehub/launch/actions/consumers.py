"""LTI 1.1's consumers, which share a secret with this Hub: registered, and launched from."""

import secrets
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Conflict, Invalid, Refused
from coursehub.launch.actions import deployments, launches, platforms
from coursehub.launch.actions.signed_forms import DEPLOYMENT, issuer_of, key_of, launch_of
from coursehub.model.institution import Platform, PlatformState
from coursehub.ports import Clock, Consumers, Hub
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.launch import LTI_1_1, Launch, SignedForm, Welcome

SHORTEST_SECRET: Final = 16
LONGEST_SECRET: Final = 255
_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsumer:
    """What both sides know; key and secret are made where they are empty."""

    institution: str
    name: str
    key: str = ""
    secret: str = ""
    registered_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What is to be entered in the LMS; the secret is told this once and kept sealed."""

    key: str
    secret: str
    is_new: bool


def register(store: Store, consumers: Consumers, new: NewConsumer) -> Registered:
    """
    The consumer with its secret; a known key gets the new secret, and its people stay.

    Conflict for a key that another institution has.
    """
    key = new.key or f"coursehub-{secrets.token_hex(8)}"
    secret = new.secret or secrets.token_urlsafe(_BYTES)
    _check(key, secret)
    sealed = consumers.seal(key, secret)
    with store.writing(EVERYONE) as session:
        deployments.one_at_a_time(session)
        home = platforms.institution(session, new.institution)
        row = _known(session, key)
        if row is not None and row.institution_id != home.id:
            raise Conflict(
                "other-institution",
                "This consumer key is registered for another institution; choose another key.",
            )
        is_new = row is None
        row = row or Platform(
            institution_id=home.id or 0,
            issuer=issuer_of(key),
            client_id=key,
            auth_login_url="",
            token_url="",
            key_set_url="",
            version=LTI_1_1,
            registered_by=new.registered_by,
        )
        row.name, row.sealed_secret = new.name.strip(), sealed
        session.add(row)
        session.flush()
        deployments.put(session, row, (DEPLOYMENT,))
    return Registered(key=key, secret=secret, is_new=is_new)


async def receive(
    store: Store, hub: Hub, clock: Clock, consumers: Consumers, form: SignedForm,
    *, settings: Settings,
) -> Welcome:  # fmt: skip
    """
    The person's place on this Hub, as for any launch, if the consumer's secret signed the form.

    Refused for a consumer that is unknown or switched off, a wrong signature, or a second use.
    """
    launch = await run_in_threadpool(_proven, store, clock, consumers, form)
    return await launches.receive(store, hub, clock, launch, settings=settings)


def _proven(store: Store, clock: Clock, consumers: Consumers, form: SignedForm) -> Launch:
    launch = launch_of(form, now=clock.now())
    with store.reading(EVERYONE) as session:
        row = _known(session, key_of(form))
        if row is None or row.state is not PlatformState.ACTIVE:
            raise Refused("not-registered", "This LMS is not registered with this Hub.")
        sealed = row.sealed_secret
    consumers.verify(form, sealed)
    return launch


def _known(session: Session, key: str) -> Platform | None:
    return session.exec(
        select(Platform).where(
            col(Platform.issuer) == issuer_of(key),
            col(Platform.client_id) == key,
            col(Platform.version) == LTI_1_1,
        )
    ).first()


def _check(key: str, secret: str) -> None:
    """Nothing; Invalid for what an LMS might write otherwise than it was meant."""
    if not deployments.is_id(key) or " " in key:
        raise Invalid("bad-key", "A consumer key is printable ASCII without blanks.")
    plain = secret.isascii() and secret.isprintable() and " " not in secret
    if not plain or not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise Invalid(
            "weak-secret",
            f"A secret has {SHORTEST_SECRET} to {LONGEST_SECRET} printable ASCII characters, "
            "without blanks; leave it out and one is made.",
        )
