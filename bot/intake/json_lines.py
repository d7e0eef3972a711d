"""JSON Lines: one comment a line, in the schema of docs/formats.md.

Also reads back what `replay --json` wrote. Knows nothing of files; called by
`bot.intake.saved_thread`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, cast

from pydantic import Field, ValidationError

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
from bot.intake.source_text import SourceText, quote
from bot.intake.stand_ins import UNTITLED, stand_in_guild, stand_in_time

LABEL = "JSON Lines"

_LAST_REVISION = 10**13
"""Milliseconds since 1970: some 300 years, which every database's integers hold."""


class _Mention(Shape):
    id: Id
    name: Name


class _Line(Shape):
    id: Id
    author: Name
    text: Words
    parent_id: Id | None = None
    created_at: Moment | None = None
    has_time: bool = True
    author_id: Id | None = None
    roles: list[Id] = Field(default_factory=list[Id])
    is_bot: bool = False
    mentions: list[_Mention] = Field(default_factory=list[_Mention])
    revision: int = Field(default=0, ge=0, le=_LAST_REVISION)
    thread: Id | None = None
    forum: Id | None = None
    category: Id | None = None
    guild: Id | None = None
    title: Name | None = None

    @property
    def time(self) -> datetime | None:
        """When it was written; None where that is unknown."""
        return self.created_at if self.has_time else None


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: int
    line: _Line


_KEYS = tuple(_Line.model_fields)

_MAX_KEY_CHARACTERS = 30
"""A longer key is no slip of the pen for one of ours."""

# What `replay --json` writes beside the comment itself.
_OUTPUT_KEYS = frozenset({
    "scores", "categories", "verdict", "breaches", "action", "points", "case", "reason",
})  # fmt: skip

_OTHER_WORDS = {
    "parent": "parent_id", "parentid": "parent_id", "reply_to": "parent_id",
    "in_reply_to": "parent_id", "inreplyto": "parent_id", "comment_id": "id",
    "body": "text", "content": "text", "message": "text", "comment": "text",
    "user": "author", "username": "author", "name": "author",
    "user_id": "author_id", "userid": "author_id", "authorid": "author_id",
    "created": "created_at", "createdat": "created_at", "timestamp": "created_at",
    "date": "created_at", "time": "created_at", "server": "guild", "role": "roles",
    "bot": "is_bot",
}  # fmt: skip
"""What other programs call our keys, in lower case."""


def read_json_lines(source: SourceText) -> Thread:
    """Read a discussion of one JSON object a line. Position is the order of the lines.

    Raises:
        BadThreadError: names the line and what was expected there.
    """
    lines = [
        _Numbered(number, _read_line(source, number, text))
        for number, text in enumerate(source.text.split("\n"), start=1)
        if text.strip()
    ]
    has_times = _agree_on_times(source, lines)
    comment_depths = _nest(source, lines)
    first = lines[0].line
    title = next((each.line.title for each in lines if each.line.title), "")
    guild = stand_in_guild(LABEL, title, first.id, first.author, first.text)
    comments = tuple(
        _comment(each.line, position, guild, comment_depths[CommentId(each.line.id)])
        for position, each in enumerate(lines, start=1)
    )
    return Thread(
        title=title or UNTITLED, article="", comments=comments, format=LABEL, has_times=has_times
    )


def _read_line(source: SourceText, number: int, text: str) -> _Line:
    try:
        value: Any = parse_json(text)
    except JsonRefusedError as error:
        raise source.blame(
            number, f"{error}, expected a JSON object with one comment on each line"
        ) from error
    if not isinstance(value, dict):
        raise source.blame(
            number, "is JSON but no object, expected a JSON object with one comment on each line"
        )
    fields = cast("dict[str, Any]", value)
    _refuse_misnamed(source, number, fields)
    try:
        return _Line.model_validate(fields)
    except ValidationError as error:
        raise source.blame(number, str(misfit(error))) from error


def _refuse_misnamed(source: SourceText, number: int, fields: dict[str, Any]) -> None:
    """Refuse a key that means one of ours; other keys are nobody's mistake and left out."""
    for key in fields:
        meant = _meant_by(key)
        if meant is not None and meant not in fields:
            raise source.blame(number, f'the key {quote(key)} is not read, expected "{meant}"')


@lru_cache(maxsize=1024)  # a file has few keys and many lines
def _meant_by(key: str) -> str | None:
    if key in _KEYS or key in _OUTPUT_KEYS or len(key) > _MAX_KEY_CHARACTERS:
        return None
    lowered = key.lower()
    near = get_close_matches(lowered, _KEYS, n=1, cutoff=0.8)
    return _OTHER_WORDS.get(lowered) or (near[0] if near else None)


def _agree_on_times(source: SourceText, lines: Sequence[_Numbered]) -> bool:
    first = lines[0]
    has_times = first.line.time is not None
    for each in lines:
        if (each.line.time is not None) != has_times:
            this, that = ("has none", "has one") if has_times else ("has one", "has none")
            raise source.blame(
                each.number,
                f'"created_at": this comment {this} and line {first.number} {that}, '
                "expected a time on every comment or on none",
            )
    return has_times


def _nest(source: SourceText, lines: Sequence[_Numbered]) -> dict[CommentId, int]:
    numbers: dict[str, int] = {}
    for each in lines:
        if (earlier := numbers.setdefault(each.line.id, each.number)) != each.number:
            raise source.blame(
                each.number,
                f'"id" is {quote(each.line.id)} as on line {earlier}, expected every id once',
            )
    for each in lines:
        if each.line.parent_id is not None and each.line.parent_id not in numbers:
            raise source.blame(
                each.number,
                f'"parent_id" is {quote(each.line.parent_id)}, which no comment has as its id, '
                "expected a comment of this file or null",
            )
    parents = {
        CommentId(each.line.id): None if (p := each.line.parent_id) is None else CommentId(p)
        for each in lines
    }
    return depths(parents, lambda comment: source.at(numbers[comment]))


def _comment(line: _Line, position: int, guild: GuildId, depth: int) -> Comment:
    guild = GuildId(line.guild) if line.guild else guild
    return Comment(
        id=CommentId(line.id),
        place=Place(
            guild=guild,
            thread=PlaceId(line.thread or guild),
            forum=PlaceId(line.forum) if line.forum else None,
            category=PlaceId(line.category) if line.category else None,
        ),
        author=Author(
            id=MemberId(line.author_id or line.author),
            name=line.author,
            roles=frozenset(RoleId(role) for role in line.roles),
            is_bot=line.is_bot,
        ),
        text=line.text,
        created_at=line.time or stand_in_time(position),
        position=position,
        parent_id=None if line.parent_id is None else CommentId(line.parent_id),
        depth=depth,
        revision=line.revision,
        mentions=tuple(Author(MemberId(each.id), each.name) for each in line.mentions),
    )
