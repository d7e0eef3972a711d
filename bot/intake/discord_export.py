"""The JSON of DiscordChatExporter: one channel or thread of a server.

Built to its `JsonMessageWriter`; older files without roles or forwards are read too. Not the live
bot's messages. Called by `bot.intake.saved_thread`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.domain.comment import Author, Comment, Place, Thread
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId
from bot.intake.json_shape import (
    Id,
    JsonRefusedError,
    Moment,
    Name,
    Shape,
    Words,
    misfit,
    parse_json,
)
from bot.intake.reply_tree import depths
from bot.intake.source_text import MAX_NAME_CHARACTERS, SourceText, quote
from bot.intake.stand_ins import UNTITLED

LABEL = "DiscordChatExporter JSON"

# Kinds of message that somebody wrote. All others are notices of the system's own ("pinned a
# message"). A kind that the exporter has no name for stands there as Discord's number: 20 and 23
# are a bot's answers to commands.
_WRITTEN = frozenset({"Default", "Reply", "20", "23"})

_FORWARD = "Forward"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Part(Shape):
    model_config = ConfigDict(alias_generator=to_camel)


class _Role(_Part):
    id: Id
    name: Words = ""


class _User(_Part):
    id: Id
    name: Words
    nickname: Words | None = None
    is_bot: bool = False
    roles: list[_Role] = Field(default_factory=list[_Role])


class _Attachment(_Part):
    file_name: Name


class _Reference(_Part):
    type: str | None = None
    message_id: Id | None = None


class _Forwarded(_Part):
    content: Words
    attachments: list[_Attachment] = Field(default_factory=list[_Attachment])


class _Message(_Part):
    id: Id
    type: str
    timestamp: Moment
    timestamp_edited: Moment | None = None
    content: Words
    author: _User
    attachments: list[_Attachment] = Field(default_factory=list[_Attachment])
    mentions: list[_User] = Field(default_factory=list[_User])
    reference: _Reference | None = None
    forwarded_message: _Forwarded | None = None


class _Guild(_Part):
    id: Id


class _Channel(_Part):
    id: Id
    type: str
    category_id: Id | None = None
    name: Words
    topic: Words | None = None


class _Export(_Part):
    guild: _Guild
    channel: _Channel
    messages: list[_Message]


def read_discord_export(source: SourceText) -> Thread:
    """Read one exported channel, thread or forum post; comments come oldest first.

    Raises:
        BadThreadError: names the line and what was expected there.
    """
    export = _parse(source)
    # The exporter can write newest first; a stable sort keeps the order within one moment.
    written = sorted(
        ((n, each) for n, each in enumerate(export.messages) if each.type in _WRITTEN),
        key=lambda numbered: numbered[1].timestamp,
    )
    numbers: dict[CommentId, int] = {}
    for n, each in written:
        if numbers.setdefault(CommentId(each.id), n) != n:
            raise source.blame(
                _line_of_message(source, n),
                f"the message id {quote(each.id)} is here a second time, expected every id once",
            )
    if not numbers:
        raise source.blame(None, "holds no message that somebody wrote, expected at least one")
    parents = {CommentId(each.id): _parent(each, numbers) for _, each in written}
    nesting = depths(parents, lambda it: source.at(_line_of_message(source, numbers[it])))
    place = _place(export)
    return Thread(
        title=export.channel.name.strip() or UNTITLED,
        article=(export.channel.topic or "").strip(),
        comments=tuple(
            _comment(each, position, place, parents, nesting)
            for position, (_, each) in enumerate(written, start=1)
        ),
        format=LABEL,
    )


def _parse(source: SourceText) -> _Export:
    try:
        document = parse_json(source.text)
    except JsonRefusedError as error:
        raise source.blame(error.line, f"{error}, expected a whole {LABEL} file") from error
    if not isinstance(document, dict):
        raise source.blame(None, f"is JSON but no object, expected a {LABEL} file")
    try:
        return _Export.model_validate(document)
    except ValidationError as error:
        found = misfit(error)
        match found.path:
            case "messages", int(n), *_:
                line = _line_of_message(source, n)
                found = replace(found, path=found.path[2:] or ("message",))
            case _:
                line = None
        likeness = "" if found.is_our_rule else f", as {LABEL} writes it"
        raise source.blame(line, f"{found}{likeness}") from error


def _line_of_message(source: SourceText, wanted: int) -> int | None:
    """Find the line where a message begins by walking the list again; for errors alone."""
    # An unescaped quote on both sides: this cannot be inside a text.
    opened = re.search(r'"messages"\s*:\s*\[\s*', source.text)
    if opened is None:
        return None
    decoder = json.JSONDecoder()
    at = opened.end()
    for _ in range(wanted):
        _, end = decoder.raw_decode(source.text, at)
        comma = re.compile(r"\s*,\s*").match(source.text, end)
        if comma is None:
            return None
        at = comma.end()
    return source.line_of(at)


def _parent(message: _Message, numbers: Mapping[CommentId, int]) -> CommentId | None:
    reference = message.reference
    if reference is None or reference.message_id is None or reference.type == _FORWARD:
        return None
    parent = CommentId(reference.message_id)
    # Exports of a part of a channel hold replies to messages before that part.
    return parent if parent in numbers else None


def _place(export: _Export) -> Place:
    channel = export.channel
    above = None if channel.category_id is None else PlaceId(channel.category_id)
    # The exporter calls whatever stands above a channel its category: for a thread or a forum post
    # that is the channel or forum it belongs to.
    is_thread = channel.type.endswith("Thread")
    return Place(
        guild=GuildId(export.guild.id),
        thread=PlaceId(channel.id),
        forum=above if is_thread else None,
        category=None if is_thread else above,
    )


def _comment(
    message: _Message,
    position: int,
    place: Place,
    parents: Mapping[CommentId, CommentId | None],
    nesting: Mapping[CommentId, int],
) -> Comment:
    comment = CommentId(message.id)
    edited = message.timestamp_edited
    return Comment(
        id=comment,
        place=place,
        author=_author(message.author),
        text=_text(message),
        created_at=message.timestamp,
        position=position,
        parent_id=parents[comment],
        depth=nesting[comment],
        revision=0 if edited is None else (edited - _EPOCH) // timedelta(milliseconds=1),
        mentions=tuple(Author(MemberId(user.id), _shown_name(user)) for user in message.mentions),
    )


def _author(user: _User) -> Author:
    # Both, because a policy may name a role either way.
    roles = (word for role in user.roles for word in (role.id, " ".join(role.name.split())) if word)
    return Author(
        id=MemberId(user.id),
        name=_shown_name(user),
        roles=frozenset(RoleId(word[:MAX_NAME_CHARACTERS]) for word in roles),
        is_bot=user.is_bot,
    )


def _shown_name(user: _User) -> str:
    shown = (user.nickname or "").split() or user.name.split() or [user.id]
    return " ".join(shown)[:MAX_NAME_CHARACTERS].rstrip()


def _text(message: _Message) -> str:
    """Put together all words a reader sees: text, forwarded text, names of attached files."""
    pieces = [message.content]
    if (forwarded := message.forwarded_message) is not None:
        pieces.append(forwarded.content)
        pieces += [each.file_name for each in forwarded.attachments]
    pieces += [each.file_name for each in message.attachments]
    return "\n".join(piece for piece in pieces if piece)
