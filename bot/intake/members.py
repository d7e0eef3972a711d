"""Who an account is in a server: its roles and rights, for messages that name the account alone.

What Discord told is kept for minutes, for a thread has few authors. Called by catching up; live
messages bring their author's membership along.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import discord

KEPT = 5_000
FRESH_FOR = timedelta(minutes=10)
TIMEOUT_S = 15.0


class Members:
    """Asks Discord for members, and remembers the answers for a while."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[int, int], tuple[datetime, discord.Member | None]]
        self._known = OrderedDict()

    async def author(self, message: discord.Message) -> discord.Member | discord.User:
        """Give a message's author as a member; as the account where they have left.

        Raises:
            discord.HTTPException, TimeoutError, OSError: Discord did not answer; not known yet.
        """
        account, guild = message.author, message.guild
        if isinstance(account, discord.Member) or guild is None:
            return account
        return await self._member(guild, account.id) or account

    async def _member(self, guild: discord.Guild, account: int) -> discord.Member | None:
        key = (guild.id, account)
        now = self._clock()
        if key in self._known and now - self._known[key][0] < FRESH_FOR:
            return self._known[key][1]
        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await guild.fetch_member(account)
        except discord.NotFound:
            found = None
        self._known[key] = (now, found)
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found
