"""From suggestions and cases to decided comments, category by category. Decides nothing.

A suggestion is scored anew by the model at hand; a case brings the scores it was judged by. Called
by `bot.advise`.
"""

from collections.abc import Iterable, Sequence

from bot.domain.decision import HumanDecision
from bot.domain.suggestion import Suggestion
from bot.moderation.ports import Scorer
from bot.policy.address import find_addressee_of_reply
from bot.policy.judge import judge
from bot.statistics.advice import Decided
from bot.text import read
from bot.web.attributes import LABEL_OF
from config.policy import Category, Policy

SUCH = 0.5
"""A suggested score from here on says that the comment was such."""
SCORED_TOGETHER = 64


async def decisions_from(
    suggestions: Sequence[Suggestion], scorer: Scorer, policy: Policy
) -> list[HumanDecision]:
    """Score suggested comments and set their category scores beside what was suggested.

    Those whose words are erased are left out.

    Raises:
        ScoringError: the model could not score.
    """
    decisions: list[HumanDecision] = []
    told = [(each, each.text) for each in suggestions if each.text is not None]
    for start in range(0, len(told), SCORED_TOGETHER):
        batch = told[start : start + SCORED_TOGETHER]
        scored = await scorer.score([read(text) for _, text in batch])
        for (suggestion, text), scores in zip(batch, scored, strict=True):
            verdict = judge(scores, policy, find_addressee_of_reply(text))
            found = found_by(suggestion, policy)
            if found:
                decisions.append(HumanDecision(verdict.categories, found))
    return decisions


def found_by(suggestion: Suggestion, policy: Policy) -> dict[Category, bool]:
    """Say of which categories a suggestion speaks: those built from a label it gives a score.

    One attribute that was such is enough; spans count as much as the whole.
    """
    values: dict[str, float] = dict(suggestion.values)
    for name, spans in suggestion.spans.items():
        values[name] = max([values.get(name, 0.0), *(span.value for span in spans)])
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
