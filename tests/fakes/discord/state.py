"""The fake Discord's ground truth: what is so, who did what, and what everybody is told of it.

The same verbs serve the bot's requests and the tests' members. Not how requests or events travel
(`http`, `gateway`). Every change rings `changed`, so that tests wait on conditions, not on clocks.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tests.fakes.discord import payloads
from tests.fakes.discord.nouns import (
    ApiError,
    AuditEntry,
    Channel,
    ChannelType,
    Deed,
    DeedKind,
    Guild,
    Member,
    Message,
    Role,
    User,
    id_at,
    unknown,
)

READS_MESSAGES = 1 << 19
"""The application's flag for the Message Content intent, as a bot in few servers has it."""
KICKED, BANNED, UNBANNED, MEMBER_CHANGED, MESSAGE_DELETED = 20, 22, 23, 24, 72
"""Discord's numbers for lines of the audit log."""
NEEDED = 1 << 1 | 1 << 2 | 1 << 7 | 1 << 13 | 1 << 34 | 1 << 40
"""Kick, ban, see the audit log, manage messages, manage threads, time out."""
COMMON = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 38
"""See channels, send, embed links, read history, send in threads."""

Thing = TypeVar("Thing")
Emit = Callable[[str, dict[str, Any], Guild | None], None]


class State:
    """All servers, accounts and messages. The bot is `me`."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self.guilds: dict[int, Guild] = {}
        self.users: dict[int, User] = {}
        self.channels: dict[int, Channel] = {}
        self.deeds: list[Deed] = []
        self.commands: list[dict[str, Any]] = []
        self.application_flags = READS_MESSAGES
        self.gateway_url = ""
        self.emit: Emit = lambda name, data, guild: None
        self._bell = asyncio.Event()
        self.me = self.add_user("Evenhand", is_bot=True)

    def changed(self) -> None:
        """Wake everybody who waits for a condition."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def until(self, is_so: Callable[[], bool], *, within_s: float = 20.0) -> None:
        """Wait until something is so, looking again after every change; TimeoutError if never."""
        async with asyncio.timeout(within_s):
            while not is_so():
                await self._bell.wait()

    def count(self, kind: DeedKind, target: int | None = None) -> int:
        """Count deeds of the bot: of one kind, to one target or to anybody."""
        return sum(
            deed.kind is kind and deed.by == self.me.id and target in (None, deed.target)
            for deed in self.deeds
        )

    def new_id(self, at: datetime | None = None) -> int:
        """Mint an id; it tells its moment, as Discord's do."""
        id_ = id_at(at or datetime.now(UTC))
        while id_ in self._taken:
            id_ += 1
        self._taken.add(id_)
        return id_

    # Servers, channels and people, as tests set them up.

    def add_user(self, name: str, *, is_bot: bool = False) -> User:
        """Make an account."""
        user = User(self.new_id(), name, is_bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, permissions: int = NEEDED | COMMON) -> Guild:
        """Make a server that the bot is in, with the permissions it needs, ranked at 10."""
        owner = self.add_user(f"{name}'s owner")
        guild = Guild(self.new_id(), name, owner.id)
        guild.roles[guild.id] = Role(guild.id, "@everyone", COMMON, 0)
        role = Role(self.new_id(), "Evenhand", permissions, 10)
        guild.roles[role.id] = role
        self.guilds[guild.id] = guild
        self.add_member(guild, owner)
        self.add_member(guild, self.me).roles.append(role.id)
        self.emit("GUILD_CREATE", payloads.guild(guild, self.me.id), guild)
        return guild

    def add_role(self, guild: Guild, name: str, *, position: int, permissions: int = 0) -> Role:
        """Make a role."""
        role = Role(self.new_id(), name, permissions, position)
        guild.roles[role.id] = role
        self.emit("GUILD_ROLE_CREATE", payloads.role_event(guild, role), guild)
        return role

    def add_member(self, guild: Guild, who: User | str) -> Member:
        """Bring an account into a server; a name makes a new account."""
        user = who if isinstance(who, User) else self.add_user(who)
        member = guild.members[user.id] = Member(user, datetime.now(UTC))
        return member

    def add_channel(
        self, guild: Guild, name: str, type_: ChannelType = ChannelType.TEXT
    ) -> Channel:
        """Make a text channel, a forum or a category."""
        channel = Channel(self.new_id(), type_, name, guild.id)
        self._keep(guild, channel)
        self.emit("CHANNEL_CREATE", payloads.channel(channel), guild)
        return channel

    def add_thread(
        self, parent: Channel, name: str, author: User, text: str, *, at: datetime | None = None
    ) -> Channel:
        """Open a forum post (or a text channel's thread): its first message has its id."""
        guild = self.guild_of(parent)
        thread = Channel(
            self.new_id(at), ChannelType.PUBLIC_THREAD, name, guild.id, parent.id, author.id
        )
        self._keep(guild, thread)
        parent.last_message = thread.id
        self.emit("THREAD_CREATE", {**payloads.channel(thread), "newly_created": True}, guild)
        self._post(thread, Message(thread.id, thread.id, author, text))
        return thread

    def _keep(self, guild: Guild, channel: Channel) -> None:
        guild.channels[channel.id] = self.channels[channel.id] = channel

    # Looking things up, as a request would.

    def guild(self, id_: str | int) -> Guild:
        """Find a server."""
        return _found(self.guilds, id_, "Guild")

    def channel(self, id_: str | int) -> Channel:
        """Find a channel, thread or direct conversation."""
        return _found(self.channels, id_, "Channel")

    def message(self, channel: Channel, id_: str | int) -> Message:
        """Find a message."""
        return _found(channel.messages, id_, "Message")

    def member(self, guild: Guild, id_: str | int) -> Member:
        """Find a member."""
        return _found(guild.members, id_, "Member")

    def guild_of(self, channel: Channel) -> Guild:
        """Give the server a channel belongs to."""
        if channel.guild is None:
            raise unknown("Guild")
        return self.guilds[channel.guild]

    def dm(self, user: User) -> Channel:
        """Give the bot's direct conversation with an account; made when first asked for."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.new_id(), ChannelType.DM, user.name, recipient=user)
        self.channels[channel.id] = channel
        return channel

    # What is done. `by` is whoever does it: the bot through a request, anybody else in a test.

    def post(
        self,
        channel: Channel,
        author: User,
        text: str,
        *,
        at: datetime | None = None,
        nonce: str | None = None,
        is_once: bool = False,
        **extra: Any,
    ) -> Message:
        """Post a message. With `is_once` a nonce seen already gives the message it made."""
        if channel.recipient is not None and not channel.recipient.takes_dms:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        if is_once and nonce is not None:
            for known in channel.messages.values():
                if known.nonce == nonce and known.author is author:
                    return known
        message = Message(
            self.new_id(at), channel.id, author, text, nonce=nonce, extra=_without_none(extra)
        )
        return self._post(channel, message)

    def _post(self, channel: Channel, message: Message) -> Message:
        channel.messages[message.id] = message
        channel.last_message = max(message.id, channel.last_message or 0)
        kind, target = DeedKind.POST, channel.id
        if channel.recipient is not None:
            kind, target = DeedKind.DM, channel.recipient.id
        self._did(kind, target, message.author.id, message=message.id)
        self._tell("MESSAGE_CREATE", channel, message)
        return message

    def edit(self, message: Message, text: str | None = None, **extra: Any) -> Message:
        """Change a message's words, or what comes with them (no new words: a link's preview)."""
        if text is not None:
            message.content = text
            message.edited_at = datetime.now(UTC)
        message.extra |= extra
        self._tell("MESSAGE_UPDATE", self.channels[message.channel], message)
        return message

    def delete(self, message: Message, by: User, reason: str | None = None) -> None:
        """Take a message away."""
        channel = self.channels[message.channel]
        del channel.messages[message.id]
        guild = None if channel.guild is None else self.guilds[channel.guild]
        if guild is not None and by.id != message.author.id:
            options = {"channel_id": str(channel.id), "count": "1"}
            self._audit(guild, MESSAGE_DELETED, by, message.author.id, reason, options=options)
        self._did(DeedKind.DELETE, message.id, by.id, reason)
        self.emit("MESSAGE_DELETE", payloads.deletion(channel, message.id), guild)

    def time_out(
        self, guild: Guild, member: Member, until: str | None, by: User, reason: str | None = None
    ) -> None:
        """Time a member out until then, or lift it; asking for what is so already is no deed."""
        before, member.timeout_until = member.timeout_until, until
        if before == until:
            return
        change = {"key": "communication_disabled_until", "old_value": before, "new_value": until}
        changes = (_without_none(change),)
        self._audit(guild, MEMBER_CHANGED, by, member.user.id, reason, changes=changes)
        kind = DeedKind.LIFT_TIMEOUT if until is None else DeedKind.TIMEOUT
        self._did(kind, member.user.id, by.id, reason)
        self.emit("GUILD_MEMBER_UPDATE", payloads.member_event(guild, member), guild)

    def kick(self, guild: Guild, member: Member, by: User, reason: str | None = None) -> None:
        """Send a member away."""
        self._audit(guild, KICKED, by, member.user.id, reason)
        self._did(DeedKind.KICK, member.user.id, by.id, reason)
        self._leave(guild, member.user)

    def ban(self, guild: Guild, user: User, by: User, reason: str | None, purge_s: int = 0) -> None:
        """Ban an account, and take away what it posted in the last `purge_s` seconds."""
        if user.id in guild.bans:
            return
        guild.bans[user.id] = (user, reason)
        since = id_at(datetime.now(UTC) - timedelta(seconds=purge_s))
        for channel in guild.channels.values() if purge_s else ():
            for message in [m for m in channel.messages.values() if m.author is user]:
                if message.id >= since:
                    del channel.messages[message.id]
                    self.emit("MESSAGE_DELETE", payloads.deletion(channel, message.id), guild)
        self._audit(guild, BANNED, by, user.id, reason)
        self._did(DeedKind.BAN, user.id, by.id, reason)
        self.emit("GUILD_BAN_ADD", payloads.ban_event(guild, user), guild)
        self._leave(guild, user)

    def unban(self, guild: Guild, id_: str | int, by: User, reason: str | None = None) -> None:
        """Lift a ban."""
        user, _ = _found(guild.bans, id_, "Ban")
        del guild.bans[user.id]
        self._audit(guild, UNBANNED, by, user.id, reason)
        self._did(DeedKind.UNBAN, user.id, by.id, reason)
        self.emit("GUILD_BAN_REMOVE", payloads.ban_event(guild, user), guild)

    def archive(self, thread: Channel, *, is_archived: bool, at: datetime | None = None) -> None:
        """Archive a thread, or open it again."""
        thread.is_archived = is_archived
        thread.archived_at = at or datetime.now(UTC)
        self.emit("THREAD_UPDATE", payloads.channel(thread), self.guild_of(thread))
        self.changed()

    def _leave(self, guild: Guild, user: User) -> None:
        if guild.members.pop(user.id, None) is not None:
            self.emit("GUILD_MEMBER_REMOVE", payloads.ban_event(guild, user), guild)

    def _tell(self, name: str, channel: Channel, message: Message) -> None:
        guild = None if channel.guild is None else self.guilds[channel.guild]
        self.emit(name, payloads.message_event(message, channel, guild), guild)
        self.changed()

    def _did(
        self,
        kind: DeedKind,
        target: int,
        by: int,
        reason: str | None = None,
        message: int | None = None,
    ) -> None:
        self.deeds.append(Deed(kind, target, by, datetime.now(UTC), reason, message))
        self.changed()

    def _audit(
        self,
        guild: Guild,
        action: int,
        by: User,
        target: int,
        reason: str | None,
        *,
        changes: tuple[dict[str, Any], ...] = (),
        options: dict[str, Any] | None = None,
    ) -> None:
        entry = AuditEntry(self.new_id(), action, by.id, target, reason, changes, options)
        guild.audit.append(entry)
        data = {**payloads.audit_entry(entry), "guild_id": str(guild.id)}
        self.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", data, guild)


def _found(among: Mapping[int, Thing], id_: str | int, what: str) -> Thing:
    try:
        return among[int(id_)]
    except (KeyError, ValueError):
        raise unknown(what) from None


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
