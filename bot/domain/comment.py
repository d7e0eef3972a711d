"""The comment: what is judged. Made by `bot.intake`, read by everything after it."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a comment. `id` equals `name` where a source knows names alone.

    `immune` says why the machine never acts on them ("moderates this server"); None for members.
    """

    id: MemberId
    name: str
    roles: frozenset[RoleId] = field(default_factory=frozenset[RoleId])
    is_bot: bool = False
    immune: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands; a policy may be overridden at each level.

    `category` is Discord's channel category, not a policy's.
    """

    guild: GuildId
    thread: PlaceId
    forum: PlaceId | None = None
    category: PlaceId | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment in one version.

    `created_at` is aware UTC. `position` counts from 1 in reading order. `depth` is 0 at the top
    level and may skip levels, as the source shows it. `revision` is 0 as first posted, then the
    edit's time in milliseconds since 1970. `mentions` are the members it names with a platform
    mention (not words that look like a name).
    """

    id: CommentId
    place: Place
    author: Author
    text: str
    created_at: datetime
    position: int
    parent_id: CommentId | None = None
    depth: int = 0
    revision: int = 0
    mentions: tuple[Author, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """A discussion: an article or first post, and its comments in reading order.

    Every `parent_id` names an earlier or later comment of the same thread. `has_times` is False
    where the source has no times and `created_at` only stands for the order (one minute a comment).
    `format` names the source format for people, such as "saved page".
    """

    title: str
    article: str
    comments: tuple[Comment, ...]
    format: str
    has_times: bool = True
