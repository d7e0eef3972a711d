"""The judge: scores and a policy in, a verdict out. It looks at one comment's words alone.

Not the member's record, which `bot.policy.weigh` adds, nor the finding of whom the comment speaks
to (`bot.policy.address`). Called by the pipeline and by the commands that try a text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.scores import Scores
from bot.domain.verdict import Addressee, Breach, Decision, Verdict
from bot.policy.wording import score_words, threshold_words
from config.labels import Label
from config.policy import Category, CategoryRule, Mode, Policy


def judge(scores: Scores, policy: Policy, addressee: Addressee | None) -> Verdict:
    """Say what the policy that holds here makes of a comment's scores.

    A category's score is its highest label score times that label's weight, and times the
    category's `unaddressed_weight` when the comment speaks to nobody present. A score at a
    threshold reaches it. Labels that the scores lack are left out, never taken as 0.
    """
    if policy.mode is Mode.OFF:
        return Verdict(
            Decision.ALLOW, {}, (), "this policy's mode is off: nothing is judged", addressee
        )
    if not scores.by_label:
        return Verdict(Decision.ALLOW, {}, (), "no words to judge", addressee)
    findings = [
        finding
        for category, rule in policy.categories.items()
        if rule.judged
        for finding in _find(category, rule, scores, is_addressed=addressee is not None)
    ]
    graves = [(f, breach) for f in sorted(findings, key=_gravity) if (breach := _breach(f))]
    return Verdict(
        decision=graves[0][1].decision if graves else Decision.ALLOW,
        categories={f.category: f.score for f in findings},
        breaches=tuple(breach for _, breach in graves),
        reason=_reason_to_blame(graves, addressee) if graves else _reason_to_allow(findings),
        addressee=addressee,
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    """A category's score, and the label that gave it. `raw` is the label's own score."""

    category: Category
    rule: CategoryRule
    label: Label
    raw: float
    score: float


def _find(
    category: Category, rule: CategoryRule, scores: Scores, *, is_addressed: bool
) -> Iterator[_Finding]:
    """Score one category; nothing where the scores have none of its labels."""
    factor = 1.0 if is_addressed else rule.unaddressed_weight
    found = [
        _Finding(category, rule, label, raw, raw * weight * factor)
        for label, weight in rule.labels.items()
        if (raw := scores.value(label)) is not None
    ]
    if found:
        yield max(found, key=lambda finding: finding.score)


def _breach(finding: _Finding) -> Breach | None:
    rule, score = finding.rule, finding.score
    if score >= rule.act:
        return Breach(finding.category, finding.label, score, rule.act, Decision.ACT)
    if score >= rule.flag:
        return Breach(finding.category, finding.label, score, rule.flag, Decision.FLAG)
    return None


def _gravity(finding: _Finding) -> tuple[float, float]:
    """Sort the gravest first: more points before fewer (a flag has none), then higher scores."""
    return -finding.rule.points_at(finding.score), -finding.score


def _reason_to_blame(graves: list[tuple[_Finding, Breach]], addressee: Addressee | None) -> str:
    parts: list[str] = []
    for finding, breach in graves:
        shown = score_words(breach.score, breach.threshold)
        scored = f"{breach.category}: {breach.label} scored "
        scored += (
            shown
            if finding.raw == breach.score
            else f"{score_words(finding.raw)}, weighed to {shown}"
        )
        threshold = f"the {breach.decision} threshold {threshold_words(breach.threshold)}"
        parts.append(f"{scored}, at or above {threshold}")
    if any(finding.rule.unaddressed_weight < 1 for finding, _ in graves):
        whom = f"{addressee.name} ({addressee.how})" if addressee else "nobody present"
        parts.append(f"speaks to {whom}")
    return "; ".join(parts)


def _reason_to_allow(findings: list[_Finding]) -> str:
    if not findings:
        return "the model scores no label that this policy judges by"
    # Whatever is allowed scored below its flag threshold, which is therefore above 0.
    nearest = max(findings, key=lambda finding: finding.score / finding.rule.flag)
    shown = score_words(nearest.score, nearest.rule.flag)
    threshold = f"the flag threshold {threshold_words(nearest.rule.flag)}"
    return f"the nearest is {nearest.category}: {nearest.label} at {shown}, below {threshold}"
