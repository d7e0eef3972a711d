"""Every request that carries a case out, in one place: in turn, with our deadline, translated.

What may safely be repeated is repeated at once, a few times; anything else that stays unclear is
left to the ledger. No decision is made here (`bot.enforcement.deeds`), and no record kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import discord

from bot.enforcement.answers import (
    TROUBLES,
    UNKNOWN_BAN,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Answer,
    Done,
    Gone,
    Refused,
    Unclear,
    translate,
)
from bot.enforcement.breakers import Breakers
from bot.enforcement.pace import Pace, Rank
from bot.enforcement.watch import RestWatch

PAUSES = (0.5, 2.0)
"""Seconds before each repetition of what may be repeated."""
NONCE = 25
"""Characters that Discord takes; it drops a message it has had with the same one, for minutes."""
LOOKED_THROUGH = 100
"""Messages or audit log entries fetched when something is looked up."""

T = TypeVar("T")
Refusal = Gone | Refused | Unclear
"""What may come back in place of what was asked for."""
_NO_PINGS = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted. `marker` stands in the last embed's footer, to find the post again."""

    embeds: Sequence[discord.Embed]
    marker: str
    view: discord.ui.View | None = None


class Requests:
    """Asks Discord through one client. `sleep` is asyncio's but for tests."""

    def __init__(
        self,
        client: discord.Client,
        *,
        breakers: Breakers,
        watch: RestWatch,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._breakers = breakers
        self._watch = watch
        self._pace = pace or Pace()
        self._sleep = sleep

    async def delete(self, channel: int, message: int, reason: str) -> Answer:
        """Delete a comment, in an archived post too; one that is gone already is deleted."""

        async def ask() -> None:
            # The public method takes no reason; in the audit log it says which case it was.
            await self._client.http.delete_message(channel, message, reason=reason)

        answer = await self._ask(Rank.DELETE, ask, "manage_messages")
        if isinstance(answer, Refused) and answer.is_archived:
            return await self._in_archived(channel, ask, reason)
        return _gone_is_done(answer, UNKNOWN_MESSAGE, UNKNOWN_CHANNEL)

    async def set_timeout(
        self, member: discord.Member, until: datetime | None, reason: str
    ) -> Answer:
        """Time a member out until an absolute moment, or lift a timeout."""
        answer = await self._ask(
            Rank.SANCTION,
            lambda: member.edit(timed_out_until=until, reason=reason),
            "moderate_members",
        )
        return answer if isinstance(answer, Refusal) else Done()

    async def kick(self, guild: discord.Guild, member: int, reason: str) -> Answer:
        """Kick a member: asked once, for who has come back must not be kicked again."""
        answer = await self._ask(
            Rank.SANCTION,
            lambda: guild.kick(discord.Object(member), reason=reason),
            "kick_members",
            is_repeatable=False,
        )
        return _plain(answer)

    async def ban(
        self, guild: discord.Guild, member: int, reason: str, *, purge_hours: int
    ) -> Answer:
        """Ban somebody, and delete their messages of the last hours; none by default."""
        answer = await self._ask(
            Rank.SANCTION,
            lambda: guild.ban(
                discord.Object(member), reason=reason, delete_message_seconds=purge_hours * 3600
            ),
            "ban_members",
        )
        return _plain(answer)

    async def unban(self, guild: discord.Guild, member: int, reason: str) -> Answer:
        """Lift a ban; where there is none, it is lifted already."""
        answer = await self._ask(
            Rank.SANCTION,
            lambda: guild.unban(discord.Object(member), reason=reason),
            "ban_members",
        )
        return _gone_is_done(answer, UNKNOWN_BAN)

    async def find_member(self, guild: discord.Guild, member: int) -> discord.Member | Refusal:
        """Fetch a member as they are now: without the members intent the cache cannot know."""
        return await self._ask(Rank.SANCTION, lambda: guild.fetch_member(member), None)

    async def find_ban(self, guild: discord.Guild, member: int) -> discord.BanEntry | Refusal:
        """Fetch a ban; `Gone` where there is none."""
        return await self._ask(
            Rank.SANCTION, lambda: guild.fetch_ban(discord.Object(member)), "ban_members"
        )

    async def audit(
        self, guild: discord.Guild, action: discord.AuditLogAction
    ) -> list[discord.AuditLogEntry] | Refusal:
        """List the newest entries of one kind in a server's audit log."""

        async def ask() -> list[discord.AuditLogEntry]:
            entries = guild.audit_logs(limit=LOOKED_THROUGH, action=action)
            return [entry async for entry in entries]

        return await self._ask(Rank.SANCTION, ask, "view_audit_log")

    async def open_direct(self, member: int) -> discord.DMChannel | Refusal:
        """Open the direct messages with somebody; nothing is sent yet."""
        return await self._ask(
            Rank.NOTICE, lambda: self._client.create_dm(discord.Object(member)), None
        )

    async def post(self, to: discord.abc.Messageable, post: Post, nonce: str, rank: Rank) -> Answer:
        """Post something once: the nonce makes a repetition the same message."""
        lacks = None if rank is Rank.NOTICE else "send_messages"

        def ask() -> Awaitable[discord.Message]:
            # discord.py takes no `view=None` here.
            if post.view is None:
                return to.send(embeds=post.embeds, nonce=nonce[:NONCE], allowed_mentions=_NO_PINGS)
            return to.send(
                embeds=post.embeds,
                view=post.view,
                nonce=nonce[:NONCE],
                allowed_mentions=_NO_PINGS,
            )

        return _posted(await self._ask(rank, ask, lacks))

    async def edit(self, channel: int, message: int, post: Post) -> Answer:
        """Show a post of ours anew; `Gone` where somebody deleted it."""
        place = self._client.get_partial_messageable(channel).get_partial_message(message)
        answer = await self._ask(
            Rank.LOG,
            lambda: place.edit(embeds=post.embeds, view=post.view, allowed_mentions=_NO_PINGS),
            "send_messages",
        )
        return _posted(answer)

    async def find_channel(
        self, channel: int
    ) -> discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread | Refusal:
        """Fetch a channel or post, archived ones too."""
        return await self._ask(
            Rank.DELETE, lambda: self._client.fetch_channel(channel), "view_channel"
        )

    async def find_post(
        self, place: discord.abc.Messageable, marker: str, since: datetime
    ) -> Done | Refusal | None:
        """Look for a post of ours by its marker among the first messages since then.

        None where all of them were looked through and it is not there.
        """

        async def ask() -> list[discord.Message]:
            found = place.history(limit=LOOKED_THROUGH, after=since, oldest_first=True)
            return [message async for message in found]

        answer = await self._ask(Rank.LOG, ask, "read_message_history")
        if not isinstance(answer, list):
            return answer
        for message in answer:
            if _is_marked(message, marker) and message.author == self._client.user:
                return Done(str(message.id))
        if len(answer) == LOOKED_THROUGH:
            return Refused("Too much was posted since to tell whether it arrived.")
        return None

    async def _in_archived(
        self, channel: int, ask: Callable[[], Awaitable[None]], reason: str
    ) -> Answer:
        """Wake an archived post, act, and archive it again as it was."""
        post = await self.find_channel(channel)
        if not isinstance(post, discord.Thread):
            return post if isinstance(post, Refused | Unclear) else Gone("The post is gone.")
        was_locked = post.locked
        woken = await self._ask(
            Rank.DELETE, lambda: post.edit(archived=False, reason=reason), "manage_threads"
        )
        if isinstance(woken, Refusal):
            return woken
        answer = await self._ask(Rank.DELETE, ask, "manage_messages")
        await self._ask(
            Rank.DELETE,
            lambda: post.edit(archived=True, locked=was_locked, reason=reason),
            "manage_threads",
        )
        return _gone_is_done(answer, UNKNOWN_MESSAGE, UNKNOWN_CHANNEL)

    async def _ask(
        self,
        rank: Rank,
        call: Callable[[], Awaitable[T]],
        lacks: str | None,
        *,
        is_repeatable: bool = True,
    ) -> T | Refusal:
        answer = await self._ask_once(rank, call, lacks)
        for pause in PAUSES if is_repeatable else ():
            if not isinstance(answer, Unclear) or answer.wait:
                break
            await self._sleep(pause)
            answer = await self._ask_once(rank, call, lacks)
        return answer

    async def _ask_once(
        self, rank: Rank, call: Callable[[], Awaitable[T]], lacks: str | None
    ) -> T | Refusal:
        self._breakers.hold()
        await self._pace.turn(rank)
        try:
            async with self._watch.deadline():
                found = await call()
        except TROUBLES as error:
            answer = translate(error, lacks)
            if isinstance(answer, Unclear):
                self._breakers.failed(answer)
            else:
                self._breakers.answered()
            return answer
        self._breakers.answered()
        return found


def _plain(answer: Answer | None) -> Answer:
    return Done() if answer is None else answer


def _gone_is_done(answer: Answer | None, *codes: int) -> Answer:
    """Take it for done where what should go is gone already."""
    if isinstance(answer, Gone) and answer.code in codes:
        return Done(was_so=True)
    return _plain(answer)


def _posted(answer: discord.Message | Refusal) -> Answer:
    return answer if isinstance(answer, Refusal) else Done(str(answer.id))


def _is_marked(message: discord.Message, marker: str) -> bool:
    return any((embed.footer.text or "").startswith(marker) for embed in message.embeds)
