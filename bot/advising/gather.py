"""From suggestions and cases to decided comments, by category and by attribute. Decides nothing.

A suggestion is scored anew by the model at hand; a case brings the scores it was judged by. Called
by `bot.advise`.
"""

from collections.abc import Iterable, Sequence

from bot.domain.decision import HumanDecision
from bot.domain.scores import Scores
from bot.domain.suggestion import Suggestion
from bot.moderation.ports import Scorer
from bot.policy.address import find_addressee_of_reply
from bot.policy.judge import judge
from bot.statistics.advice import Decided
from bot.text import read
from bot.web.attributes import LABEL_OF
from bot.web.calibration import Calibration
from config.policy import Category, Policy

SUCH = 0.5
"""A suggested score from here on says that the comment was such."""
SCORED_TOGETHER = 64


Scored = tuple[Suggestion, str, Scores]
"""A suggestion, its words, and what the model makes of them."""


async def score_all(suggestions: Sequence[Suggestion], scorer: Scorer) -> list[Scored]:
    """Score suggested comments. Those whose words are erased are left out.

    Raises:
        ScoringError: the model could not score.
    """
    scored: list[Scored] = []
    told = [(each, each.text) for each in suggestions if each.text is not None]
    for start in range(0, len(told), SCORED_TOGETHER):
        batch = told[start : start + SCORED_TOGETHER]
        scores = await scorer.score([read(text) for _, text in batch])
        scored += [(*each, found) for each, found in zip(batch, scores, strict=True)]
    return scored


def decisions_from(scored: Iterable[Scored], policy: Policy) -> list[HumanDecision]:
    """Set category scores beside what was suggested; what copies say alike counts once."""
    decisions: list[HumanDecision] = []
    heard: set[tuple[str, Category, bool]] = set()
    for suggestion, text, scores in scored:
        said = found_by(suggestion, policy)
        found = {
            category: is_such
            for category, is_such in said.items()
            if (text, category, is_such) not in heard
        }
        heard |= {(text, *each) for each in found.items()}
        if found:
            verdict = judge(scores, policy, find_addressee_of_reply(text))
            decisions.append(HumanDecision(verdict.categories, found))
    return decisions


def by_attribute(
    scored: Iterable[Scored], calibration: Calibration | None
) -> dict[str, list[Decided]]:
    """Sort suggestions by attribute, with the scores that clients are served, each copy once."""
    sorted_out: dict[str, list[Decided]] = {}
    heard: set[tuple[str, str, bool]] = set()
    for suggestion, text, scores in scored:
        for name, value in _values(suggestion).items():
            label, is_such = LABEL_OF.get(name), value >= SUCH
            score = None if label is None else scores.value(label)
            if score is None or (text, name, is_such) in heard:
                continue
            heard.add((text, name, is_such))
            served = score if calibration is None else calibration.value(name, score)
            sorted_out.setdefault(name, []).append(Decided(served, is_such))
    return sorted_out


def found_by(suggestion: Suggestion, policy: Policy) -> dict[Category, bool]:
    """Say of which categories a suggestion speaks: those built from a label it gives a score.

    One attribute that was such is enough.
    """
    values = _values(suggestion)
    found: dict[Category, bool] = {}
    for category, rule in policy.categories.items():
        own = [value for name, value in values.items() if LABEL_OF.get(name) in rule.labels]
        if own:
            found[category] = max(own) >= SUCH
    return found


def by_category(decisions: Iterable[HumanDecision]) -> dict[Category, list[Decided]]:
    """Sort decisions by category, where both a score and a decision are there."""
    sorted_out: dict[Category, list[Decided]] = {category: [] for category in Category}
    for decision in decisions:
        for category, is_such in decision.found.items():
            score = decision.values.get(category)
            if score is not None:
                sorted_out[category].append(Decided(score, is_such))
    return sorted_out


def _values(suggestion: Suggestion) -> dict[str, float]:
    """Give each attribute's suggested score; spans count as much as the whole."""
    values = dict(suggestion.values)
    for name, spans in suggestion.spans.items():
        values[name] = max([values.get(name, 0.0), *(span.value for span in spans)])
    return values
