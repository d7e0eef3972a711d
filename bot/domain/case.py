"""The case: the durable record of one judged comment, opened before anything is done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.action import Action
from bot.domain.comment import Comment
from bot.domain.ids import CommentId, GuildId
from bot.domain.scores import Scores
from bot.domain.verdict import Verdict
from config.policy import Mode


class CaseState(StrEnum):
    """Where a case stands. PENDING -> APPLIED | FAILED | SHADOW; any other move is an error."""

    REVIEW = "review"
    """A human decides: flagged, or the ladder has no step for it. Nothing was done."""
    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What makes a case unique: one comment in one version is judged once."""

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
    """All that is known when a case is opened: what a second moderator needs months later.

    `normalised` is the text as the model saw it. `policy_version` is the policy's hash and
    `policy_toml` the whole effective policy, thresholds included. `strike` is what the comment
    adds (None when flagged only). `points_before` and `points_after` are the member's decayed
    points at the comment's time.
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

    @property
    def key(self) -> CaseKey:
        """Name the comment version this case is about."""
        return CaseKey(self.comment.place.guild, self.comment.id, self.comment.revision)


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded case. `number` counts from 1 within its guild.

    `failure` says why an action was refused; None otherwise.
    """

    number: int
    draft: CaseDraft
    state: CaseState
    settled_at: datetime | None = None
    failure: str | None = None
