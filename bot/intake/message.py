"""A Discord message as a comment: all the words its author wrote, and who they are.

Pure, over discord.py's objects; nothing is fetched. Embeds are left out: what a link unfolds to is
not the author's. Called by the live intake, by catching up and by the commands about one message.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import discord

from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId
from bot.intake.source_text import MAX_NAME_CHARACTERS
from bot.intake.watch import place_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = frozenset({discord.MessageType.default, discord.MessageType.reply})
"""Kinds of message that somebody wrote; all others are notices of the system's or of bots."""
_RENAMED = discord.MessageType.channel_name_change
"""The notice that somebody gave a thread another name, which is its content. It cannot be deleted
(discord-api-docs #5921)."""


def is_comment(message: discord.Message) -> bool:
    """Say whether a message is for us to judge: a member's own words in a server.

    That a forum post has a new title counts as words of who gave it.
    """
    return (
        message.guild is not None
        and message.webhook_id is None
        and not message.author.bot
        and (message.type in _WRITTEN or _is_new_title(message))
    )


def comment_of(
    message: discord.Message, *, author: discord.Member | discord.User | None = None
) -> Comment:
    """Make a message of a server a comment, whoever wrote it (see `is_comment`).

    `author` is the member, where the message itself names the account alone. The first message of a
    forum post begins with the post's title; a new title is a version of that first message, said
    by who gave it.
    """
    if message.guild is None:
        raise ValueError(f"message {message.id} stands in no server")
    is_new_title = _is_new_title(message)
    id_ = message.channel.id if is_new_title else message.id
    answers = _answers(message)
    return Comment(
        id=CommentId(str(id_)),
        place=_place(message, message.guild),
        author=author_of(author or message.author, message.channel),
        text="\n".join(word for word in (_title(message), *_words(message)) if word),
        created_at=discord.utils.snowflake_time(id_),
        position=1 if is_new_title else (message.position or 0) + 1,
        parent_id=answers,
        depth=0 if answers is None else 1,
        revision=_milliseconds(message.created_at) if is_new_title else revision_of(message),
        mentions=_mentions(message),
    )


def parent_of(message: discord.Message) -> Comment | None:
    """Make the message that this one answers a comment, where Discord sent it along."""
    reference = message.reference
    if reference is None or _answers(message) is None:
        return None
    resolved = reference.resolved
    if not isinstance(resolved, discord.Message) or resolved.guild is None:
        return None
    return comment_of(resolved)


def author_of(member: discord.Member | discord.User, channel: object = None) -> Author:
    """Say who somebody is, in a channel: moderators of that channel alone are immune there."""
    # All but the first, which everybody has.
    roles = member.roles[1:] if isinstance(member, discord.Member) else []
    # Both, because a policy may name a role either way.
    words = (word for role in roles for word in (str(role.id), _tidy(role.name)) if word)
    return Author(
        id=MemberId(str(member.id)),
        name=_tidy(member.display_name) or _tidy(member.name) or str(member.id),
        roles=frozenset(RoleId(word) for word in words),
        is_bot=member.bot,
        immune=_immunity(member, channel) if isinstance(member, discord.Member) else None,
    )


def revision_of(message: discord.Message) -> int:
    """Name a message's version: 0 as posted, then the edit's time. Unfolding a link is no edit."""
    return 0 if message.edited_at is None else _milliseconds(message.edited_at)


def _place(message: discord.Message, guild: discord.Guild) -> Place:
    channel = message.channel
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return place_of(channel)
    return Place(GuildId(str(guild.id)), PlaceId(str(channel.id)))


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _is_new_title(message: discord.Message) -> bool:
    channel = message.channel
    return (
        message.type is _RENAMED
        and isinstance(channel, discord.Thread)
        and isinstance(channel.parent, discord.ForumChannel)
    )


def _title(message: discord.Message) -> str:
    """Give the title of the post that a message opens: there both have the same id."""
    channel = message.channel
    if isinstance(channel, discord.Thread) and channel.id == message.id:
        return channel.name
    return ""


def _words(message: discord.Message) -> Iterator[str]:
    """List all words a reader sees: text, forwarded text, a poll, files' names and descriptions."""
    yield message.content
    for snapshot in message.message_snapshots:
        yield snapshot.content
        yield from _file_words(snapshot.attachments)
    if message.poll is not None:
        # Discord may leave a text out, whatever discord.py's types say.
        yield message.poll.question or ""
        for answer in message.poll.answers:
            yield answer.text or ""
    yield from _file_words(message.attachments)


def _file_words(attachments: list[discord.Attachment]) -> Iterator[str]:
    for attachment in attachments:
        yield attachment.title or attachment.filename
        yield attachment.description or ""


def _answers(message: discord.Message) -> CommentId | None:
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None:
        return None
    return None if reference.message_id is None else CommentId(str(reference.message_id))


def _mentions(message: discord.Message) -> tuple[Author, ...]:
    """List those named in the text; whom a reply merely pings is left out."""
    named = set(message.raw_mentions)
    return tuple(
        Author(MemberId(str(user.id)), _tidy(user.display_name) or str(user.id), is_bot=user.bot)
        for user in message.mentions
        if user.id in named
    )


def _immunity(member: discord.Member, channel: object) -> str | None:
    """Say why the machine never acts on a member, as a clause about them."""
    if member.id == member.guild.owner_id:
        return "owns this server"
    if member.guild_permissions.administrator:
        return "administers this server"
    if _moderates(_permissions(member, channel)):
        return "moderates here"
    if member.top_role >= member.guild.me.top_role:
        return "stands above the bot in the order of roles"
    return None


def _permissions(member: discord.Member, channel: object) -> discord.Permissions:
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return member.guild_permissions
    try:
        return channel.permissions_for(member)
    except discord.ClientException:  # a thread whose parent is not in the cache
        return member.guild_permissions


def _moderates(can: discord.Permissions) -> bool:
    """Say whether somebody may do what moderators do; others rename none but their own posts."""
    of_comments = can.manage_messages or can.manage_threads
    return of_comments or can.moderate_members or can.kick_members or can.ban_members


def _tidy(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME_CHARACTERS].rstrip()
