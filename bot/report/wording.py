"""How a judgement is put into words, the same in the table and on the page.

Pure. The reasons themselves are written where decisions are made, and numbers as
`bot.policy.wording` writes them.
"""

from collections.abc import Sequence

from bot.domain.case import CaseState
from bot.domain.comment import Thread
from bot.domain.judgement import Judgement
from bot.domain.scores import Passage, Score, Spelling
from bot.domain.verdict import Breach, Decision
from bot.policy.wording import score_words, threshold_words, time_words
from bot.statistics.summary import Summary
from config.labels import Label
from config.policy import Category, StepKind

DECISIONS = {
    Decision.ALLOW: "allowed",
    Decision.FLAG: "flagged",
    Decision.ACT: "acted on",
}

EXEMPT = "exempt"
"""What passed a threshold, and whose author is never acted on."""

STATES = {
    CaseState.REVIEW: "open",
    CaseState.PENDING: "not yet carried out",
    CaseState.APPLIED: "done",
    CaseState.FAILED: "refused",
    CaseState.SHADOW: "nothing was done",
}

_STEPS = {
    StepKind.WARN: "warning",
    StepKind.DELETE: "comment removed",
    StepKind.TIMEOUT: "timeout",
    StepKind.KICK: "kick",
    StepKind.BAN: "ban",
}


def totals_in_words(summary: Summary) -> str:
    """Say how a discussion was judged, in one sentence."""
    counts = summary.decisions
    spared = f", {summary.exempt:,} left alone (exempt authors)" if summary.exempt else ""
    return (
        f"{count(summary.comments, 'comment')} by {count(summary.members, 'person', 'people')}: "
        f"{counts[Decision.ALLOW]:,} allowed, {counts[Decision.FLAG]:,} flagged for a human, "
        f"{counts[Decision.ACT]:,} acted on{spared}."
    )


def notes_on(thread: Thread, judgements: Sequence[Judgement]) -> tuple[str, ...]:
    """Say what a reader must know before trusting steps, times or thresholds."""
    notes = ["Nobody was touched: a saved discussion is judged as it would have been live."]
    if not thread.has_times:
        notes.append(
            f"No times are known ({thread.format}): the order of the comments stands in for time,"
            " one minute each."
        )
    known = sum(judgement.was_known for judgement in judgements)
    if known:
        notes.append(
            f"{count(known, 'comment')} had a case in the record already, and"
            f" {'is' if known == 1 else 'are'} shown as judged then."
        )
    return tuple(notes)


def count(number: int, one: str, many: str | None = None) -> str:
    """Count things in words: "1 comment", "1,204 comments"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def verdict_in_words(judgement: Judgement) -> str:
    """Say in a word or two what became of a comment: "flagged", "acted on", "exempt"."""
    return EXEMPT if judgement.is_exempt else DECISIONS[judgement.verdict.decision]


def done_in_words(judgement: Judgement) -> str:
    """Say which step follows, and for how long: "timeout for 1 hour, comment removed"."""
    action = judgement.action
    if judgement.is_exempt:
        return "nothing: the author is exempt"
    if action is None:
        return "a human decides" if judgement.state is CaseState.REVIEW else "nothing"
    words = _STEPS[action.kind]
    if action.until is not None:
        words += f" for {time_words(action.until - judgement.comment.created_at)}"
    if action.removes_comment and action.kind is not StepKind.DELETE:
        words += ", comment removed"
    if action.capped_from is not None:
        words += f"; the ladder asks for a {action.capped_from}, which a human must confirm"
    return words


def breach_in_words(breach: Breach) -> str:
    """Write what was compared: "harassment 0.95 ≥ 0.85"."""
    score = score_words(breach.score, breach.threshold)
    return f"{breach.category} {score} ≥ {threshold_words(breach.threshold)}"


def passage_in_words(passage: Passage) -> str:
    """Say which spelling and which part of a comment gave a score."""
    spelling = "disguises undone" if passage.spelling is Spelling.FOLDED else "as written"
    if passage.windows == 1:
        return f"the whole text, {spelling}"
    return f"part {passage.window} of {passage.windows}, {spelling}"


def gravest_by_category(judgement: Judgement) -> list[Breach]:
    """Choose each category's gravest breach, gravest category first."""
    gravest: dict[Category, Breach] = {}
    for breach in judgement.verdict.breaches:
        gravest.setdefault(breach.category, breach)
    return list(gravest.values())


def decisive_score(judgement: Judgement) -> tuple[Label, Score] | None:
    """Find the score that decided: the gravest breach's, else the highest; None without words."""
    by_label = judgement.scores.by_label
    for breach in judgement.verdict.breaches:
        if breach.label in by_label:
            return breach.label, by_label[breach.label]
    return max(by_label.items(), key=lambda item: item[1].value, default=None)
