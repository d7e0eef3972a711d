"""The parts that several kinds of rows share, as JSON or columns and back, without loss.

Pure: no database is touched, and nothing is sealed here. Called by `bot.storage.rows` and
`bot.storage.live_rows` only.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId, RoleId
from bot.domain.scores import Passage, Score, Spelling
from bot.domain.verdict import Addressee, Breach, Decision
from bot.errors import StorageError
from config.labels import Label
from config.policy import Category

T = TypeVar("T")


@contextmanager
def read_back(what: str) -> Generator[None]:
    """Name the row that cannot be read.

    Raises:
        StorageError: the row was changed by hand or by another program into nothing of ours.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StorageError(
            f"{what} cannot be read back ({error}): its row was changed by something other than"
            " Evenhand"
        ) from error


def needed(value: T | None, column: str) -> T:
    """Give a column that a complete row has.

    Raises:
        ValueError: it is NULL.
    """
    if value is None:
        raise ValueError(f"{column} is empty")
    return value


def place_of(guild: str, thread: str, forum: str | None, category: str | None) -> Place:
    """Read a place."""
    return Place(GuildId(guild), PlaceId(thread), _place_id(forum), _place_id(category))


def addressee_of(member: str | None, name: str | None, how: str | None) -> Addressee | None:
    """Read the three addressee columns; None when the comment speaks to nobody."""
    return None if member is None else Addressee(MemberId(member), name or "", how or "")


def author_to_json(author: Author) -> dict[str, Any]:
    """Write an author."""
    return {
        "id": author.id,
        "name": author.name,
        "roles": sorted(author.roles),
        "is_bot": author.is_bot,
        "immune": author.immune,
    }


def author_from_json(fields: Mapping[str, Any]) -> Author:
    """Read an author. Before revision 0002 nobody was immune."""
    return Author(
        id=MemberId(fields["id"]),
        name=fields["name"],
        roles=frozenset(RoleId(role) for role in fields["roles"]),
        is_bot=fields["is_bot"],
        immune=fields.get("immune"),
    )


def comment_to_json(comment: Comment) -> dict[str, Any]:
    """Write a comment."""
    return {
        "id": comment.id,
        "guild": comment.place.guild,
        "forum": comment.place.forum,
        "thread": comment.place.thread,
        "channel_category": comment.place.category,
        "author": author_to_json(comment.author),
        "text": comment.text,
        "created_at": comment.created_at.isoformat(),
        "position": comment.position,
        "parent_id": comment.parent_id,
        "depth": comment.depth,
        "revision": comment.revision,
        "mentions": [author_to_json(author) for author in comment.mentions],
    }


def comment_from_json(fields: Mapping[str, Any]) -> Comment:
    """Read a comment."""
    return Comment(
        id=CommentId(fields["id"]),
        place=place_of(
            fields["guild"], fields["thread"], fields["forum"], fields["channel_category"]
        ),
        author=author_from_json(fields["author"]),
        text=fields["text"],
        created_at=datetime.fromisoformat(fields["created_at"]),
        position=fields["position"],
        parent_id=None if fields["parent_id"] is None else CommentId(fields["parent_id"]),
        depth=fields["depth"],
        revision=fields["revision"],
        mentions=tuple(author_from_json(author) for author in fields["mentions"]),
    )


def score_to_json(score: Score) -> dict[str, Any]:
    """Write a score with its passage."""
    passage = score.passage
    return {
        "value": score.value,
        "text": passage.text,
        "spelling": passage.spelling,
        "window": passage.window,
        "windows": passage.windows,
    }


def score_from_json(fields: Mapping[str, Any]) -> Score:
    """Read a score with its passage."""
    return Score(
        value=fields["value"],
        passage=Passage(
            text=fields["text"],
            spelling=Spelling(fields["spelling"]),
            window=fields["window"],
            windows=fields["windows"],
        ),
    )


def breach_to_json(breach: Breach) -> dict[str, Any]:
    """Write a breach."""
    return {
        "category": breach.category,
        "label": breach.label,
        "score": breach.score,
        "threshold": breach.threshold,
        "decision": breach.decision,
    }


def breach_from_json(fields: Mapping[str, Any]) -> Breach:
    """Read a breach."""
    return Breach(
        category=Category(fields["category"]),
        label=Label(fields["label"]),
        score=fields["score"],
        threshold=fields["threshold"],
        decision=Decision(fields["decision"]),
    )


def _place_id(value: str | None) -> PlaceId | None:
    return None if value is None else PlaceId(value)
