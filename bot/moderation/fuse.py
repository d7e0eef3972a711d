"""The fuse at work: counts a server's automatic actions, blows, and stays blown until reset.

Not the limits (`bot.policy.fuse`), nor how moderators are told: `take_news` says what to tell.
Asked by the pipeline before each automatic action; reset by a command (`bot.moderation.setup`).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.domain.ids import GuildId
from bot.moderation.ports import CaseLog, Guilds, Journal
from bot.policy.fuse import why_blown

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Fuse:
    """One for all servers. What blew is in the server's settings, so that it outlives a restart."""

    def __init__(
        self, *, cases: CaseLog, journal: Journal, guilds: Guilds, clock: Callable[[], datetime]
    ) -> None:
        self._cases = cases
        self._journal = journal
        self._guilds = guilds
        self._clock = clock
        self._news: list[tuple[GuildId, str]] = []

    async def hold_back(self, guild: GuildId, *, in_hand: int = 0) -> str | None:
        """Say why the next automatic action must wait for a human; None where it may be taken.

        `in_hand` comments are judged but not in the journal yet.

        Raises:
            StorageError: it cannot be known; nothing may be done.
        """
        settings = await self._guilds.settings(guild)
        if settings.fuse_blown_at is not None:
            return _held_since(settings.fuse_blown_at)
        now = self._clock()
        since = settings.fuse_reset_at or _LONG_AGO
        hour_ago = max(since, now - timedelta(hours=1))
        why = why_blown(
            await self._cases.count_automatic(guild, max(since, now - timedelta(minutes=10))),
            await self._cases.count_automatic(guild, hour_ago),
            await self._journal.count(guild, hour_ago) + in_hand,
            settings,
        )
        if why is None:
            return None
        await self._guilds.save_settings(guild, settings.model_copy(update={"fuse_blown_at": now}))
        self._news.append((guild, why))
        return _held_since(now)

    def take_news(self) -> list[tuple[GuildId, str]]:
        """Hand over, once, which servers' fuses have blown and why."""
        news, self._news = self._news, []
        return news


def _held_since(blown_at: datetime) -> str:
    return f"automatic action is on hold in this server since {blown_at:%Y-%m-%d %H:%M} UTC"
