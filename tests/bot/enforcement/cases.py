"""Drafts of cases, for tests of what people are shown and what is done."""

from datetime import datetime, timedelta
from typing import Any

from bot.domain.action import Action
from bot.domain.case import CaseDraft, Strike
from bot.domain.comment import Comment
from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.domain.verdict import Breach, Decision, Verdict
from config.labels import Label
from config.policy import Category, Mode


def a_case_draft(
    comment: Comment, action: Action | None, *, now: datetime, **changes: Any
) -> CaseDraft:
    """Draft the case of an insult at 0.91, worth two points with a half-life of 14 days."""
    category = changes.pop("category", Category.HARASSMENT)
    breach = Breach(category, Label.INSULT, 0.91, 0.8, Decision.ACT)
    known: dict[str, Any] = {
        "comment": comment,
        "parent": None,
        "normalised": comment.text,
        "scores": Scores(
            {Label.INSULT: Score(0.91, Passage(comment.text))}, ModelId("compact", "ab" * 32)
        ),
        "verdict": Verdict(
            Decision.ACT if action else Decision.FLAG, {category: 0.91}, (breach,), "insult 0.91"
        ),
        "action": action,
        "mode": Mode.ENFORCE,
        "policy_version": "v1",
        "policy_toml": "[strikes]\nhalf_life_days = 14.0\n",
        "strike": Strike(now, now, 2.0) if action else None,
        "points_before": 0.0,
        "points_after": 2.0 if action else 0.0,
        "reason": "harassment: insult scored 0.91, at or above the act threshold 0.80",
        "opened_at": now + timedelta(),
    }
    return CaseDraft(**known | changes)
