"""The judgement: all that came of one comment, for those who show it (table, JSON, report)."""

from dataclasses import dataclass

from bot.domain.action import Action
from bot.domain.case import Case, CaseState
from bot.domain.comment import Comment
from bot.domain.scores import Scores
from bot.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one comment. Made by `bot.moderation.pipeline`.

    `normalised` is the text as the model saw it. `points_before` and `points` are the author's
    decayed points before and after this comment. `case` is the number of the case, `state` its
    state; both None when allowed.
    `reason` is the whole sentence shown to people: why this verdict and why this action.
    `was_known` says that the case stood in the record before this run: it is shown as it was judged
    then, perhaps under another policy or by another model. `is_exempt` says that the words passed a
    threshold and their author is never acted on: nothing follows, and no case is opened.
    `policy_version` is the policy's hash, and `record` the case itself.
    """

    comment: Comment
    normalised: str
    scores: Scores
    verdict: Verdict
    action: Action | None
    points_before: float
    points: float
    case: int | None
    state: CaseState | None
    reason: str
    was_known: bool = False
    is_exempt: bool = False
    policy_version: str = ""
    record: Case | None = None
