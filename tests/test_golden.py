"""What the sample discussion comes to, kept as text: a changed verdict shows in the diff.

When a change is meant, write the file anew with `make golden` and read the diff.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.judgement import Judgement
from bot.intake.saved_thread import read_thread
from bot.moderation.pipeline import Pipeline
from bot.policy.policy_file import load_preset
from bot.scoring.scorer import DetoxifyScorer
from tests.fakes.memory_case_log import MemoryCaseLog

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).with_name("golden") / "sample-thread.txt"


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def in_words(judgement: Judgement) -> str:
    """One line: who, the verdict, the breaches without their scores, the step."""
    comment, verdict, action = judgement.comment, judgement.verdict, judgement.action
    breaches = ", ".join(f"{b.category} by {b.label}" for b in verdict.breaches)
    whom = f" to {verdict.addressee.name}" if verdict.addressee else ""
    step = f" -> {action.kind}" if action else ""
    capped = f" (capped from {action.capped_from})" if action and action.capped_from else ""
    why = f": {breaches}" if breaches else ""
    return (
        f"#{comment.position} {comment.author.name}{whom} | {verdict.decision}{why}{step}{capped}"
    )


async def test_the_sample_discussion_comes_to_what_it_came_to(compact: DetoxifyScorer) -> None:
    policy = load_preset("balanced")
    pipeline = Pipeline(
        scorer=compact,
        cases=MemoryCaseLog(now),
        policy_of=lambda _: policy,
        clock=now,
        rehearse=True,
    )
    thread = read_thread(ROOT / "docs" / "sample-thread.txt")
    judgements = [judgement async for judgement in pipeline.judge_thread(thread)]
    found = "".join(f"{in_words(judgement)}\n" for judgement in judgements)
    if os.environ.get("EVENHAND_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found)
    assert found == GOLDEN.read_text()
