"""The case: the durable record of one judged comment or one step by hand, and its timeline.

Opened before anything is done; never deleted. `bot.domain.effect` tells what is done to Discord.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.action import Action
from bot.domain.comment import Author, Comment, Place
from bot.domain.ids import CommentId, GuildId, MemberId
from bot.domain.scores import Scores
from bot.domain.verdict import Verdict
from config.policy import Mode


class CaseState(StrEnum):
    """Where a case stands. Any move that `MOVES` does not list is an error."""

    REVIEW = "review"
    """A human decides: flagged, or the ladder has no step for it. Nothing was done."""
    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    SHADOW = "shadow"
    DISMISSED = "dismissed"
    """A moderator looked and found nothing to act on."""
    OVERTURNED = "overturned"
    """A human took it back: the action is reversed and the strike void."""


MOVES = {
    CaseState.REVIEW: frozenset({CaseState.PENDING, CaseState.DISMISSED}),
    CaseState.PENDING: frozenset({CaseState.APPLIED, CaseState.FAILED, CaseState.SHADOW}),
    CaseState.APPLIED: frozenset({CaseState.OVERTURNED}),
    CaseState.FAILED: frozenset({CaseState.PENDING, CaseState.DISMISSED}),
    CaseState.SHADOW: frozenset[CaseState](),
    CaseState.DISMISSED: frozenset[CaseState](),
    CaseState.OVERTURNED: frozenset[CaseState](),
}
"""From each state, where a case may go next."""

VOID_STATES = frozenset({CaseState.FAILED, CaseState.DISMISSED, CaseState.OVERTURNED})
"""States in which a case's strike does not count."""


class Origin(StrEnum):
    """Who opened a case."""

    MODEL = "model"
    """A comment passed a threshold."""
    REPORT = "report"
    """A member reported the comment."""
    MODERATOR = "moderator"
    """A moderator acted through a command."""
    OUTSIDE = "outside"
    """A moderator acted in Discord itself; taken from the audit log."""
    AUTOMOD = "automod"
    """Discord's own AutoMod acted."""
    UNSCORED = "unscored"
    """The model could not score the comment, so a human looks."""


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What makes a case unique: one comment in one version is judged once.

    Where no comment is behind it, `comment` names the event: `command:ID`, `audit:ID` and so on.
    A human's further step on a comment that has its case already gets a revision below 0.
    """

    guild: GuildId
    comment: CommentId
    revision: int


@dataclass(frozen=True, slots=True)
class Strike:
    """Points earned at one moment; their weight halves every half-life of the policy.

    `incident_at` is the time of the first strike of the same incident.
    """

    at: datetime
    incident_at: datetime
    points: float


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """All that is known when a comment's case is opened: what a second moderator needs later.

    `normalised` is the text as the model saw it. `policy_version` is the policy's hash and
    `policy_toml` the whole effective policy, thresholds included. `strike` is what the comment
    adds (None when flagged only). `points_before` and `points_after` are the member's decayed
    points at the comment's time. `moderator` is who asked for the judgement, None for the machine.
    """

    comment: Comment
    parent: Comment | None
    normalised: str
    scores: Scores
    verdict: Verdict
    action: Action | None
    mode: Mode
    policy_version: str
    policy_toml: str
    strike: Strike | None
    points_before: float
    points_after: float
    reason: str
    opened_at: datetime
    origin: Origin = Origin.MODEL
    moderator: MemberId | None = None

    @property
    def key(self) -> CaseKey:
        """Name the comment version this case is about."""
        return CaseKey(self.comment.place.guild, self.comment.id, self.comment.revision)

    @property
    def member(self) -> Author:
        """Say whom the case is about."""
        return self.comment.author

    @property
    def place(self) -> Place | None:
        """Say where the comment stands."""
        return self.comment.place

    @property
    def text(self) -> str | None:
        """Give the comment's words; empty once they are erased."""
        return self.comment.text


@dataclass(frozen=True, slots=True)
class HandDraft:
    """A case without scores: a moderator's step, one made outside the bot, AutoMod's, a report.

    `comment` is the comment's id where there is one, else names the event (see `CaseKey`); `place`
    and `text` are None where no comment is behind it. `is_done` says that Discord has carried the
    action out already, so nothing is left to do but to record it.
    """

    guild: GuildId
    comment: CommentId
    member: Author
    origin: Origin
    moderator: MemberId | None
    place: Place | None
    text: str | None
    action: Action | None
    strike: Strike | None
    points_before: float
    points_after: float
    reason: str
    opened_at: datetime
    revision: int = 0
    is_done: bool = False

    @property
    def key(self) -> CaseKey:
        """Name the comment version or event this case is about."""
        return CaseKey(self.guild, self.comment, self.revision)

    @property
    def mode(self) -> Mode:
        """A human's step is never a rehearsal."""
        return Mode.ENFORCE


Draft = CaseDraft | HandDraft


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded case. `number` counts from 1 within its guild.

    `action` and `strike` are the draft's until a moderator decides otherwise. `failure` says why an
    action was refused; None otherwise. `decided_by` is the moderator who decided last.
    """

    number: int
    draft: Draft
    state: CaseState
    action: Action | None
    strike: Strike | None
    settled_at: datetime | None = None
    failure: str | None = None
    decided_by: MemberId | None = None

    @property
    def guild(self) -> GuildId:
        """Say which server the case belongs to."""
        return self.draft.key.guild


class EventKind(StrEnum):
    """What a line of a case's timeline tells."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    ESCALATED = "escalated"
    DISMISSED = "dismissed"
    UPHELD = "upheld"
    """A moderator looked at an applied case and found it right."""
    ORDERED = "ordered"
    """A moderator ordered an action."""
    APPLIED = "applied"
    FAILED = "failed"
    NOTICE = "notice"
    """The member was told, or could not be."""
    NOTE = "note"
    OVERTURNED = "overturned"
    LIFTED = "lifted"
    """A step of this case was lifted because an earlier case, which led to it, was overturned."""
    SUPERSEDED = "superseded"
    """A human had undone it outside the bot; the bot left it so."""
    APPEAL = "appeal"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of a case's timeline. `actor` is None where the bot itself acted."""

    at: datetime
    kind: EventKind
    actor: MemberId | None
    text: str
