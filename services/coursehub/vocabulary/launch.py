"""What one verified LTI launch says, and what the service answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from coursehub.vocabulary.people import HubName

LTI_1_1: Final = "1.1"
"""The version of a platform that shares a secret with the tool, and has no keys of its own."""


class Message(StrEnum):
    """
    The LTI messages that a launch may bring.

    Sources: LTI 1.3 core 5.3.1, LTI Deep Linking 2.0, LTI Submission Review 1.0,
    LTI Data Privacy Launch 1.0.
    """

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
    DATA_PRIVACY = "DataPrivacyLaunchRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One platform that this Hub trusts, as the Hub needs to know it."""

    issuer: str
    client_id: str
    deployment_ids: tuple[str, ...]
    auth_login_url: str
    key_set_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The LMS course (LTI 1.3 core 5.4.1) and the services offered for it."""

    id: str
    label: str = ""
    title: str = ""
    nrps_url: str = ""
    ags_lineitems_url: str = ""
    ags_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLink:
    """The link that was followed (LTI 1.3 core 5.3.5)."""

    id: str
    title: str = ""
    lineitem_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepLinking:
    """
    What the LMS lets be picked, and where the answer goes (LTI Deep Linking 2.0, 4.4.1).

    `data` is echoed as it came; None where there was none. `framed_by` are the
    sources of a policy that may show the launch's pages in a frame, as the Hub
    found them: a browser asks each page for every site around it.
    """

    return_url: str
    accept_types: tuple[str, ...]
    accept_targets: tuple[str, ...] = ()
    accept_multiple: bool = True
    accept_line_item: bool = True
    data: str | None = None
    framed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where the one score of an LTI 1.1 link and person goes (LTI 1.1, Basic Outcomes)."""

    service_url: str
    sourcedid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedForm:
    """An LTI 1.1 launch as it came: the address it was sent to, and its fields, not yet proven."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """
    The verified claims of one id_token.

    The subject is as the platform wrote it, case kept. `expires_at` is the
    token's `exp` in Unix seconds: until then, plus the tolerated skew, its nonce is kept.
    `claims` are further claims that a name may be made from (given_name,
    preferred_username, person_sourcedid and the like). `for_user` is the
    subject that a submission review or data privacy launch is about. `next_url`
    the platform did not sign: the login began with it, so it may lead to a
    place on this Hub and no further.
    """

    issuer: str
    client_id: str
    deployment_id: str
    subject: str
    nonce: str
    expires_at: int
    message_type: str
    roles: tuple[str, ...]
    target: str
    context: Context | None = None
    link: ResourceLink | None = None
    name: str = ""
    email: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    for_user: str = ""
    deep_linking: DeepLinking | None = None
    outcome: Outcome | None = None
    next_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The Hub groups that the service owns for a person: those to be in, and those not to."""

    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """
    Who a launch is on this Hub, and where to send them.

    `landing` is a path on this Hub (it starts with the Hub's base URL).
    `graders` are accounts that must exist before the person arrives.
    `is_linked` says that the account may be one that the Hub had before:
    without it, a launch enters accounts alone that launches made. `ticket`
    is what opens the landing by itself, sent there as a form's field: with
    one, no login is needed (a selection in a frame of the LMS).
    `tell_arrival` asks to be told when the Hub has made the account: until
    then one of that name is theirs only if it is no older than the name,
    given at `named_at` (Unix seconds).
    """

    launch_id: str
    hub_name: HubName
    landing: str
    graders: tuple[HubName, ...] = ()
    groups: Groups = Groups()
    is_linked: bool = False
    ticket: str = ""
    tell_arrival: bool = False
    named_at: float = 0.0
