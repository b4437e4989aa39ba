"""ports.Lms over LTI Advantage, and over LTI 1.1's Basic Outcomes."""

import asyncio
from collections.abc import AsyncIterator

from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms import ags, nrps, outcomes
from coursehub.adapters.lms.services import Services
from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Wire
from coursehub.ports import Ending, LmsResult, LmsScore, Member, PlatformAccess
from coursehub.vocabulary.launch import Outcome


class LtiLms:
    """
    Any platform with Names and Roles, and Assignment and Grade Services.

    An LTI 1.1 consumer has Basic Outcomes alone.
    """

    def __init__(
        self,
        keys: ToolKeys,
        consumers: SignedConsumers,
        *,
        timeout_s: float,
        allow_private: bool = False,
    ) -> None:
        self._consumers = consumers
        self._wire = Wire(timeout_s=timeout_s, allow_private=allow_private)
        self._services = Services(self._wire, Tokens(self._wire, keys))

    def members(
        self,
        access: PlatformAccess,
        roster_url: str,
        *,
        since: str = "",
        ending: Ending | None = None,
    ) -> AsyncIterator[Member]:
        """Everyone on the roster, or who changed."""
        return nrps.members(self._services, access, roster_url, since=since, ending=ending)

    async def line_item(
        self,
        access: PlatformAccess,
        lineitems_url: str,
        *,
        resource_id: str,
        label: str,
        max_points: float,
    ) -> str:
        """The address of the line item with that resource id, made if there is none."""
        return await ags.line_item(
            self._services,
            access,
            lineitems_url,
            resource_id=resource_id,
            label=label,
            max_points=max_points,
        )

    async def post_score(self, access: PlatformAccess, line_item_url: str, score: LmsScore) -> None:
        """Nothing, once the platform has taken the score."""
        await ags.post_score(self._services, access, line_item_url, score)

    async def result(
        self, access: PlatformAccess, line_item_url: str, *, subject: str
    ) -> LmsResult | None:
        """What the platform's gradebook shows for that person."""
        return await ags.result(self._services, access, line_item_url, subject=subject)

    async def replace_result(
        self, access: PlatformAccess, outcome: Outcome, score: LmsScore
    ) -> None:
        """Nothing, once the consumer has taken the score."""
        secret = await asyncio.to_thread(
            self._consumers.secret, access.client_id, access.sealed_secret
        )
        await outcomes.replace_result(
            self._wire, key=access.client_id, secret=secret, outcome=outcome, score=score
        )

    async def close(self) -> None:
        """No connection is left open."""
        await self._wire.close()
