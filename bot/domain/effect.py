"""The effect: one thing done to Discord for a case, tracked so that it happens once.

A case's action becomes several effects (delete the comment, tell the member, ban); each is planned
in the same transaction as its case, marked as sent before the request and settled after it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import EffectId, GuildId


class EffectKind(StrEnum):
    """What is done."""

    DELETE = "delete"
    NOTICE = "notice"
    """The statement of reasons, by direct message."""
    TIMEOUT = "timeout"
    KICK = "kick"
    BAN = "ban"
    LIFT_TIMEOUT = "lift_timeout"
    """`until` is set where another case's timeout still holds: it is set back to that moment."""
    UNBAN = "unban"
    RETURN_TEXT = "return_text"
    """The removed comment's words are sent back to its author, with the news that it was undone."""
    APPEAL_NEWS = "appeal_news"
    """The member is told how the appeal ended, or what the moderators ask."""
    LOG = "log"
    """The case is shown in the mod-log channel."""


class EffectState(StrEnum):
    """Where an effect stands. PLANNED -> SENT -> DONE | FAILED | UNKNOWN | SUPERSEDED."""

    PLANNED = "planned"
    SENT = "sent"
    """The request may have reached Discord: after a crash it is looked up, not repeated."""
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Whether it happened cannot be found out; moderators are told."""
    SUPERSEDED = "superseded"
    """A human undid it, or made it needless, before it was settled."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of a case. `position` gives the order within the case.

    `until` is a timeout's end, fixed when planned, so that a repeat asks for the same moment.
    `error` is one sentence. `message` is the id of what was posted, for notices and the log.
    `text` is what a message says beyond the case itself (the reason of an appeal's decision).
    """

    id: EffectId
    guild: GuildId
    case: int
    position: int
    kind: EffectKind
    state: EffectState
    planned_at: datetime
    sent_at: datetime | None = None
    attempts: int = 0
    until: datetime | None = None
    text: str | None = None
    error: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedEffect:
    """An effect as a decision asks for it, before it is recorded."""

    kind: EffectKind
    until: datetime | None = None
    text: str | None = None
