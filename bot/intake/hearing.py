"""Hearing: a live message becomes a comment with its context, or is not for us.

Fetches, with short timeouts, what Discord did not send along: a thread the cache has lost, a
member's roles, the comment that is answered. Called by the live intake alone.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

import aiohttp
import discord

from bot.domain.comment import Comment
from bot.domain.ids import GuildId
from bot.intake.catch_up import Readable
from bot.intake.members import Members
from bot.intake.message import comment_of, parent_of
from bot.intake.surroundings import Surroundings
from bot.intake.watch import is_watched
from bot.moderation.context import Context
from config.guild import GuildSettings

TIMEOUT_S = 2.0
"""For one request: nobody waits long for context."""
_NO_ANSWER = (
    discord.HTTPException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    json.JSONDecodeError,  # an answer cut short
)


class UnansweredError(Exception):
    """Discord did not tell what must be known of a message: read it again later."""


class Hearing:
    """Makes comments of live messages, in the order in which they are to be judged."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._surroundings = Surroundings()

    async def hear(
        self,
        message: discord.Message,
        settings_of: Callable[[GuildId], Awaitable[GuildSettings]],
    ) -> Comment | None:
        """Make a message a comment; None where its place is not watched, or is gone.

        The message is given its thread, where it came without.

        Raises:
            UnansweredError: Discord did not say where it stands, or who wrote it.
        """
        guild = message.guild
        if guild is None:
            return None
        channel = await self._channel(guild, message)
        if channel is None:
            return None
        settings = await settings_of(GuildId(str(guild.id)))
        if not is_watched(channel, settings.watched):
            return None
        message.channel = channel
        try:
            author = await self._members.author(message)
        except _NO_ANSWER as error:
            raise UnansweredError(repr(error)) from error
        return comment_of(message, author=author)

    async def surround(self, comment: Comment, message: discord.Message) -> Context:
        """Give a live comment's context."""
        parent = parent_of(message) or await self._fetch_parent(message, comment)
        return self.surround_missed(comment, parent)

    def surround_missed(self, comment: Comment, parent: Comment | None) -> Context:
        """Give the context of a comment whose parent is known, where it has one."""
        return self._surroundings.add(comment, parent)

    async def _channel(self, guild: discord.Guild, message: discord.Message) -> Readable | None:
        """Find the thread or channel of a message; asked for where the cache has lost it."""
        if isinstance(message.channel, Readable):
            return message.channel
        found = guild.get_channel_or_thread(message.channel.id)
        if found is None:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    found = await guild.fetch_channel(message.channel.id)
            except (discord.NotFound, discord.Forbidden):
                return None
            except _NO_ANSWER as error:
                raise UnansweredError(repr(error)) from error
        return found if isinstance(found, Readable) else None

    async def _fetch_parent(self, message: discord.Message, comment: Comment) -> Comment | None:
        """Fetch what a comment answers, where Discord did not send it along; None if it is slow."""
        reference, answered = message.reference, comment.parent_id
        if reference is None or reference.resolved is not None or answered is None:
            return None
        if self._surroundings.knows(answered):
            return None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await message.channel.fetch_message(int(answered))
        except _NO_ANSWER:
            return None
        return None if found.guild is None else comment_of(found)
