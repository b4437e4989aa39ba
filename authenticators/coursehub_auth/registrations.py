"""The platforms that this Hub trusts, as the service last listed them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from coursehub.vocabulary.launch import Registration
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.lastknown import Ages, LastKnown

# The last copy serves for as long as the service is away; a platform that was
# removed is gone within five minutes, and at once by the service's own check.
# Whoever is unknown waits a second at most for what an administrator has just approved.
AGES = Ages(quiet_s=30, fresh_s=300, longest_s=float("inf"), pause_s=1)


class Registrations:
    """Lookup by issuer, client id and deployment."""

    def __init__(
        self, fetch: Callable[[], Awaitable[tuple[Registration, ...]]], *, ages: Ages = AGES
    ) -> None:
        self._listed = LastKnown(fetch, ages=ages)

    async def find(self, *, issuer: str, client_id: str, deployment_id: str) -> Registration:
        """
        The one registration that a launch belongs to.

        `client_id` and `deployment_id` may be empty (LTI 1.3 core 4.1.3 makes
        them optional at login), if what is given leaves one registration only.
        For an unknown one the service is asked again, once a second for all of them.
        """
        wanted = (issuer, client_id, deployment_id)
        found = together(matching(await self._listed.value(), *wanted))
        if not found:
            listed = await self._listed.newest()
            # A deployment that stays unknown is refused later, by its own name.
            found = together(matching(listed, *wanted) or matching(listed, issuer, client_id, ""))
        if not found:
            raise LaunchRefused(
                "registration-unknown",
                "This platform is not registered with this Hub. "
                "An administrator can register its issuer and client id.",
            )
        if len(found) > 1:
            raise LaunchRefused(
                "registration-ambiguous",
                "The platform has several registrations here and did not send its client id. "
                "Its administrator can enter the tool's login address with ?client_id= and "
                "the client id at its end.",
            )
        return found[0]


def matching(
    listed: tuple[Registration, ...], issuer: str, client_id: str, deployment_id: str
) -> list[Registration]:
    """The registrations that fit, an empty client id or deployment fitting any."""
    return [
        registration
        for registration in listed
        if registration.issuer == issuer
        and client_id in {"", registration.client_id}
        and (not deployment_id or deployment_id in registration.deployment_ids)
    ]


def together(found: list[Registration]) -> list[Registration]:
    """
    The same, with the tenants of one platform as one registration.

    A vendor's cloud has one issuer, client id and set of addresses for many
    institutions, and a login need not name the deployment. Which institution
    it is, the deployment in the signed launch decides.
    """
    tenants: dict[Registration, Registration] = {}
    for each in found:
        platform = replace(each, deployment_ids=())
        known = tenants.get(platform, platform)
        tenants[platform] = replace(
            known, deployment_ids=known.deployment_ids + each.deployment_ids
        )
    return list(tenants.values())
