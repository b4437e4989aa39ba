"""What one verified LTI launch says, and what the service answers."""

from dataclasses import dataclass, field

from coursehub.vocabulary.people import HubName


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
class Launch:
    """
    The verified claims of one id_token.

    The subject is as the platform wrote it, case kept. `expires_at` is the
    token's `exp` in Unix seconds: until then, plus the tolerated skew, its nonce is kept.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """
    Who a launch is on this Hub, and where to send them.

    `landing` is a path on this Hub (it starts with the Hub's base URL).
    `graders` are accounts that must exist before the person arrives.
    """

    launch_id: str
    hub_name: HubName
    landing: str
    graders: tuple[HubName, ...] = ()
