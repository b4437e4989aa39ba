"""The secrets of roster sources: sealed, and of use at their own source alone."""

import json
from pathlib import Path

from coursehub.adapters.consumers.sealing import Sealing
from coursehub.errors import CoursehubError
from coursehub.ports import RosterAddress


class SourceSecrets:
    """
    Secrets sealed by the key in `folder`, the one that seals LTI 1.1's.

    Each is bound to its kind, addresses and client: who changes an address in
    the database does not get the token sent there.
    """

    def __init__(self, folder: Path) -> None:
        self._sealing = Sealing(folder)

    def seal(self, source: RosterAddress, secret: str) -> str:
        """The secret as the database may hold it."""
        return self._sealing.seal(secret, owner=_owner(source))

    def open(self, source: RosterAddress) -> str:
        """The source's secret, empty where it has none; CoursehubError where no key opens it."""
        if not source.sealed_secret:
            return ""
        try:
            return self._sealing.open(source.sealed_secret, owner=_owner(source))
        except CoursehubError as cause:
            raise CoursehubError(
                "secret-sealed",
                "The secret of this list's source cannot be read, because its key or its address "
                "has changed: give the token or secret of the source anew.",
            ) from cause


def _owner(source: RosterAddress) -> str:
    return json.dumps(["roster", source.kind, source.url, source.token_url, source.client_id])
