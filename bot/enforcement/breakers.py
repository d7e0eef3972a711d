"""Knows when to stop asking Discord: everywhere during an outage, in one server without permission.

Bookkeeping alone: nobody is asked or told here. Called by `bot.enforcement.requests` and the
enforcer; `permissions_changed` by the client's events.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from bot.domain.ids import GuildId
from bot.enforcement.answers import SILENCE, Unclear
from bot.enforcement.watch import STOP_AT, RestWatch
from bot.errors import UnreachableError

REFUSALS = 3
"""Refusals for one permission after which a server is asked no more until something changes."""
FAILURES = 5
WITHIN = timedelta(seconds=30)
"""So many requests in a row that failed within this time are an outage, and this long is waited."""

_log = structlog.stdlib.get_logger(__name__)


class Breakers:
    """Of one client. `monotonic` counts seconds, and never jumps."""

    def __init__(
        self, *, watch: RestWatch, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._watch = watch
        self._monotonic = monotonic
        self._silent_until = float("-inf")
        self._why = ""
        self._failures: list[float] = []
        self._refusals: Counter[tuple[GuildId, str]] = Counter()
        self._told: set[tuple[GuildId, str]] = set()
        self._under_way: Counter[tuple[GuildId, str]] = Counter()
        self._turns: dict[tuple[GuildId, str], asyncio.Condition] = {}

    def hold(self) -> None:
        """Let a request pass.

        Raises:
            UnreachableError: nothing is asked for now, and how long.
        """
        left = self._silent_until - self._monotonic()
        if left > 0:
            raise UnreachableError(
                f"Discord could not be reached ({self._why})", wait=timedelta(seconds=left)
            )
        if self._watch.invalid_lately >= STOP_AT:
            raise UnreachableError("Discord has refused too many requests lately", wait=SILENCE)

    def answered(self) -> None:
        """Note that Discord answered as it should, whatever it said."""
        self._failures.clear()

    def failed(self, answer: Unclear) -> None:
        """Note that Discord did not answer as it should."""
        now = self._monotonic()
        if answer.is_banned:
            _log.error("shut_out_by_discord", minutes=SILENCE.total_seconds() / 60)
            self._be_silent(now, SILENCE, answer.why)
            return
        self._failures = [at for at in self._failures if now - at < WITHIN.total_seconds()]
        self._failures.append(now)
        if len(self._failures) >= FAILURES:
            _log.warning("discord_outage", why=answer.why)
            self._be_silent(now, WITHIN, answer.why)

    def _be_silent(self, now: float, span: timedelta, why: str) -> None:
        self._silent_until = now + span.total_seconds()
        self._why = why
        self._failures.clear()

    def is_open(self, guild: GuildId, permission: str) -> bool:
        """Say whether a server has refused this often enough not to be asked."""
        return self._refusals[guild, permission] >= REFUSALS

    @asynccontextmanager
    async def turn(self, guild: GuildId, permission: str) -> AsyncGenerator[bool]:
        """Wait for one's turn to ask a server; false where it is not to be asked any more.

        Only so many requests that need one permission are under way together that, should all be
        refused, no more than `REFUSALS` are.
        """
        key = (guild, permission)
        turns = self._turns.setdefault(key, asyncio.Condition())
        async with turns:
            await turns.wait_for(
                lambda: self._under_way[key] + self._refusals[key] < REFUSALS or self.is_open(*key)
            )
            if self.is_open(*key):
                yield False
                return
            self._under_way[key] += 1
        try:
            yield True
        finally:
            self._under_way[key] -= 1
            async with turns:
                turns.notify_all()

    def refused(self, guild: GuildId, permission: str, *, by_discord: bool) -> bool:
        """Note that the bot lacks a permission; say whether the admins have to hear of it."""
        if by_discord:
            self._refusals[guild, permission] += 1
        if (guild, permission) in self._told:
            return False
        self._told.add((guild, permission))
        _log.warning("permission_missing", guild=guild, permission=permission)
        return True

    def permissions_changed(self, guild: GuildId) -> None:
        """Ask a server again: a role, an overwrite or the bot's own roles have changed."""
        for known in [key for key in self._refusals if key[0] == guild]:
            del self._refusals[known]

    def granted(self, guild: GuildId, permission: str) -> None:
        """Note that a permission is there: should it be withdrawn, the admins hear of it again."""
        self._refusals.pop((guild, permission), None)
        self._told.discard((guild, permission))
