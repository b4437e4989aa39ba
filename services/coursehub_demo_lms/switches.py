"""The switches that make the platform slow, down, wrong, crowded or hostile on demand."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from coursehub_demo_lms.paging import MAX_LIMIT

MAX_LATENCY_MS = 60_000
MAX_EXTRA_MEMBERS = 50_000
UNTIL_OFF = -1

Family = Literal["jwks", "token", "nrps", "ags"]
FAMILIES: tuple[Family, ...] = ("jwks", "token", "nrps", "ags")


class MembersFault(StrEnum):
    """How one page of the roster goes wrong."""

    NONE = "none"
    MALFORMED = "malformed"
    ERROR = "error"
    SAME_PAGE = "same-page"


class LaunchFault(StrEnum):
    """How the next launches are wrong; a tool must refuse every one of them."""

    NONE = "none"
    REPLAYED = "replayed"
    STALE_TOKEN = "stale-token"  # noqa: S105  # the name of a fault
    FORGED = "forged"
    EXPIRED = "expired"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_ISSUER = "wrong-issuer"
    WRONG_NONCE = "wrong-nonce"
    WRONG_DEPLOYMENT = "wrong-deployment"
    ALG_NONE = "alg-none"
    TAMPERED = "tampered"


class Storage(StrEnum):
    """Where a framed tool keeps what it may not keep in a cookie."""

    FRAME = "frame"
    PARENT = "parent"
    OFF = "off"


Milliseconds = Annotated[int, Field(ge=0, le=MAX_LATENCY_MS)]
Requests = Annotated[int, Field(ge=UNTIL_OFF, le=1_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Latency(_Strict):
    """Milliseconds that each family of endpoints waits before it answers."""

    jwks: Milliseconds = 0
    token: Milliseconds = 0
    nrps: Milliseconds = 0
    ags: Milliseconds = 0
    all: Milliseconds = 0


class Down(_Strict):
    """How many of the next requests get a 503; -1 means all until switched off."""

    jwks: Requests = 0
    token: Requests = 0
    nrps: Requests = 0
    ags: Requests = 0
    all: Requests = 0


class Switches(_Strict):
    """All switches; the default is a platform that behaves."""

    latency_ms: Latency = Latency()
    down: Down = Down()
    members_fault: MembersFault = MembersFault.NONE
    members_fault_page: Annotated[int, Field(ge=1, le=10_000)] = 2
    members_page_size: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = MAX_LIMIT
    members_short_roles: bool = False
    members_differences: bool = False
    extra_members: Annotated[int, Field(ge=0, le=MAX_EXTRA_MEMBERS)] = 0
    launch_fault: LaunchFault = LaunchFault.NONE
    deployment_untold: bool = False
    frames: bool = False
    storage: Storage = Storage.FRAME
    lti11: bool = False

    def latency_s(self, family: Family) -> float:
        """How long a request of that family waits."""
        own: int = getattr(self.latency_ms, family)
        return max(own, self.latency_ms.all) / 1000

    def after_request(self, family: Family) -> tuple["Switches", bool]:
        """The switches after one more request of that family, and whether it finds it down."""
        for name in (family, "all"):
            left: int = getattr(self.down, name)
            if left == UNTIL_OFF:
                return self, True
            if left > 0:
                down = self.down.model_copy(update={name: left - 1})
                return self.model_copy(update={"down": down}), True
        return self, False


MEMBERS_FAULT_MEANINGS = {
    MembersFault.NONE: "Every page of the roster is right.",
    MembersFault.MALFORMED: "The page is cut off in the middle of its JSON.",
    MembersFault.ERROR: "The page answers 500.",
    MembersFault.SAME_PAGE: "The page names itself as the next one, for ever.",
}

LAUNCH_FAULT_MEANINGS = {
    LaunchFault.NONE: "Launches are as they should be.",
    LaunchFault.REPLAYED: "The previous launch is sent again, token and state alike.",
    LaunchFault.STALE_TOKEN: "The previous token is sent again, under the new state.",
    LaunchFault.FORGED: "Signed by a stranger's key that bears the known key's id.",
    LaunchFault.EXPIRED: "The token ran out an hour ago.",
    LaunchFault.WRONG_AUDIENCE: "The token is meant for another tool.",
    LaunchFault.WRONG_ISSUER: "The token says that another platform made it.",
    LaunchFault.WRONG_NONCE: "The token answers another login's nonce.",
    LaunchFault.WRONG_DEPLOYMENT: "The token names a deployment that nobody registered.",
    LaunchFault.ALG_NONE: "The token is not signed at all and says so.",
    LaunchFault.TAMPERED: "The roles were changed after signing, to Instructor.",
}

STORAGE_MEANINGS = {
    Storage.FRAME: "In a hidden frame of the course page, as Canvas does.",
    Storage.PARENT: "In the course page itself (_parent).",
    Storage.OFF: "Nowhere: this LMS has no such storage.",
}
