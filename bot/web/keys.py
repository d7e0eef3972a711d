"""Who may ask, and how often: API keys and their quotas, checked without a look at the database.

Not how keys are made or stored (`bot.api_keys`, `bot.storage.api_keys`). A key that is made or
revoked counts within `STALE_S` seconds. Called by `perspective` for every request.
"""

import asyncio
import hashlib
import math
from collections.abc import Callable, Mapping

import structlog

from bot.domain.api_key import ApiKey
from bot.errors import StorageError
from bot.web import refusals
from bot.web.ports import ApiKeys

log = structlog.stdlib.get_logger(__name__)

STALE_S = 10.0
"""Seconds after which the keys are read again."""
RETRY_S = 1.0
"""Seconds between two readings on account of a key that is not known."""

_BEARER = "bearer "


def hash_key(text: str) -> str:
    """Hash a key as it is stored. Keys are 256 random bits, so no slow hash is needed."""
    # What came as bytes that are no text is a key all the same, though nobody's.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def offered_key(query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Find the key a request brings, in any of the places clients put one; None without.

    In `headers` it looks by names in lower case.
    """
    bearer = headers.get("authorization", "")
    places = (
        query.get("key"),
        headers.get("x-goog-api-key"),
        bearer[len(_BEARER) :].strip() if bearer.lower().startswith(_BEARER) else None,
        query.get("access_token"),
        query.get("oauth_token"),
    )
    return next((key for key in places if key), None)


class Gate:
    """Admits requests. `keys` None admits everyone; `clock` counts seconds and never goes back."""

    def __init__(self, keys: ApiKeys | None, clock: Callable[[], float]) -> None:
        self._keys = keys
        self._clock = clock
        self._known: dict[str, ApiKey] = {}
        self._read_at = -math.inf
        self._was_readable = True
        self._buckets: dict[str, _Bucket] = {}
        # Held while the keys are read: who comes meanwhile waits for what is found.
        self._reading = asyncio.Lock()

    @property
    def asks_for_keys(self) -> bool:
        """Say whether a key is needed."""
        return self._keys is not None

    async def admit(self, offered: str | None) -> str | None:
        """Admit a call, which uses up quota, and name its key; None where none is asked for.

        Raises:
            WireError: no key, no such key, its quota is used up, or the keys cannot be read.
        """
        key = await self.check(offered)
        if key is None:
            return None
        self._count(key)
        return key.name

    async def check(self, offered: str | None) -> ApiKey | None:
        """See that a key is offered and holds; gives it, or None where none is asked for.

        Raises:
            WireError: it does not, or the keys cannot be read.
        """
        if self._keys is None:
            return None
        if offered is None:
            raise refusals.missing_key()
        sha256 = hash_key(offered)
        if self._is_due(sha256):
            async with self._reading:
                if self._is_due(sha256):
                    await self._read(self._keys)
        key = self._known.get(sha256)
        if key is None:
            raise refusals.invalid_key() if self._was_readable else refusals.unavailable()
        return key

    def _is_due(self, sha256: str) -> bool:
        return self._clock() - self._read_at >= (STALE_S if sha256 in self._known else RETRY_S)

    async def _read(self, keys: ApiKeys) -> None:
        """Read the keys; where that fails, those that are known hold on."""
        try:
            found = await keys.all()
        except StorageError as error:
            self._was_readable = False
            log.warning("keys_unreadable", why=str(error), known=len(self._known))
        else:
            self._was_readable = True
            self._known = {key.sha256: key for key in found if key.revoked_at is None}
        self._read_at = self._clock()

    def _count(self, key: ApiKey) -> None:
        bucket = self._buckets.get(key.sha256)
        if bucket is None or bucket.per_minute != key.per_minute:
            bucket = self._buckets[key.sha256] = _Bucket(key.per_minute, self._clock())
        wait_s = bucket.take(self._clock())
        if wait_s > 0:
            raise refusals.quota_exceeded(key.name, key.per_minute, retry_after_s=math.ceil(wait_s))


class _Bucket:
    """A quota: a minute's worth may be used at once, and fills up again evenly."""

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self._left = float(per_minute)
        self._at = now

    def take(self, now: float) -> float:
        """Use up one; gives the seconds to wait where none is left, else 0."""
        a_second = self.per_minute / 60
        self._left = min(self.per_minute, self._left + (now - self._at) * a_second)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / a_second
        self._left -= 1
        return 0.0
