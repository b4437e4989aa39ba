"""The platforms' public keys, each set kept by its address."""

import functools
import time
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from coursehub.outbound import PrivateAddress
from coursehub_auth.errors import Unreachable, unproven
from coursehub_auth.fetching import NoAnswer, exchange
from coursehub_auth.kept import Documents, Kept
from coursehub_auth.lastknown import Ages, LastKnown

Keys = dict[str, RSAKey]

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
SMALLEST_KEY_BITS = 2048  # NIST SP 800-131A
# A key that a platform withdraws is trusted for an hour at most while the
# platform answers, and for a day while it is down.
AGES = Ages(quiet_s=2700, fresh_s=3600, longest_s=24 * 3600, pause_s=30)


class KeySets:
    """
    Keys by address and `kid`; the addresses are those of registrations, so few.

    What `documents` keeps is what is known when the Hub starts anew: a platform
    that is down then stops no launch either.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        timeout_s: float,
        documents: Documents,
        ages: Ages = AGES,
    ) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._documents = documents
        self._ages = ages
        self._sets: dict[str, LastKnown[Keys]] = {}

    async def key(self, url: str, kid: str) -> RSAKey:
        """The platform's key of that id; an unknown one asks the platform again, not too often."""
        if url not in self._sets:
            self._sets[url] = LastKnown(
                functools.partial(self._fetch, url), ages=self._ages, copy=self._kept(url)
            )
        keys = await self._sets[url].value()
        if kid not in keys:
            keys = await self._sets[url].newer()
        if kid not in keys:
            raise unproven(
                "key-unknown", "The token is signed with a key the LMS does not publish."
            )
        return keys[kid]

    def _kept(self, url: str) -> tuple[Keys, float] | None:
        """What the platform published before the Hub was started, and its age in seconds."""
        kept = self._documents.get(url)
        age_s = time.time() - kept.fetched_at if kept else -1.0
        if kept is None or not 0 <= age_s < self._ages.longest_s:
            return None
        try:
            return usable_keys(kept.document), age_s
        except NoAnswer:
            return None

    async def _fetch(self, url: str) -> Keys:
        try:
            document = await self._document(url)
            keys = usable_keys(document)
            await self._documents.put(url, Kept(document, time.time()))
        except PrivateAddress as cause:
            raise Unreachable("key-set-private", f"The LMS's public keys: {cause}") from cause
        except (NoAnswer, httpx.InvalidURL) as cause:
            raise Unreachable(
                "key-set-unreachable",
                "The LMS's public keys cannot be read at this moment. Try again in a minute.",
            ) from cause
        return keys

    async def _document(self, url: str) -> Any:
        request = self._client.build_request("GET", url, headers={"Accept": "application/json"})
        reply = await exchange(
            self._client, request, timeout_s=self._timeout_s, max_bytes=MAX_BYTES
        )
        if reply.status != httpx.codes.OK:
            raise NoAnswer(f"status {reply.status}")
        return reply.json()


def usable_keys(document: Any) -> Keys:
    """The RS256 keys of a JWK set (RFC 7517, 5); what cannot be used is left out."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise NoAnswer("the answer is not a key set")
    return {kid: key for item in listed[:MAX_KEYS] for kid, key in _usable(item)}


def _usable(item: Any) -> list[tuple[str, RSAKey]]:
    if not isinstance(item, dict) or item.get("kty") != "RSA":
        return []
    kid, public = item.get("kid"), {name: item.get(name) for name in ("n", "e")}
    # Both are optional (RFC 7517, 4.2 and 4.4), and some write null for that.
    fits = item.get("use") in (None, "sig") and item.get("alg") in (None, "RS256")
    if not isinstance(kid, str) or not kid or not fits:
        return []
    if not all(isinstance(part, str) for part in public.values()):
        return []
    try:
        key = RSAKey.import_key({"kty": "RSA", **{k: str(v) for k, v in public.items()}})
    except (JoseError, ValueError):
        return []
    return [(kid, key)] if key.raw_value.key_size >= SMALLEST_KEY_BITS else []
