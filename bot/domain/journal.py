"""The journal: every comment version that was judged, whether or not a case came of it.

It makes sure that nothing is judged twice or missed, and lets a change of policy be tried on what
was said lately. Text is kept for hours, scores and ids for longer (`config.guild`).
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseKey
from bot.domain.comment import Author, Place
from bot.domain.ids import CommentId, GuildId, PlaceId
from bot.domain.scores import ModelId
from bot.domain.verdict import Addressee, Decision
from config.labels import Label


@dataclass(frozen=True, slots=True)
class Entry:
    """One judged comment version. `text` is None once erased; `case` is None when allowed.

    `values` holds the score of each label the model has, empty for a comment without words.
    """

    key: CaseKey
    place: Place
    author: Author
    text: str | None
    created_at: datetime
    judged_at: datetime
    values: dict[Label, float]
    model: ModelId
    decision: Decision
    policy_version: str
    addressee: Addressee | None
    case: int | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a thread has been read: every comment up to `comment` is judged.

    `parent` is the forum or text channel the thread belongs to (the channel itself for its own
    messages).
    """

    guild: GuildId
    thread: PlaceId
    parent: PlaceId
    comment: CommentId
    moved_at: datetime
