"""From suggestions to decisions on categories, and from decisions to scores to count."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.advising.gather import by_category, decisions_from, found_by
from bot.domain.decision import HumanDecision
from bot.domain.suggestion import SpanScore, Suggestion
from bot.policy.policy_file import find_policy
from bot.statistics.advice import Decided
from config.labels import Label
from config.policy import Category
from tests.fakes.scripted_scorer import ScriptedScorer

POLICY = find_policy("balanced")
SUGGESTION = Suggestion(
    datetime(2026, 11, 22, tzinfo=UTC), "you are an idiot", {"INSULT": 1.0, "THREAT": 0.0}
)


def test_a_suggestion_speaks_of_the_categories_built_from_its_labels() -> None:
    found = found_by(SUGGESTION, POLICY)
    assert found[Category.HARASSMENT] is True
    assert found[Category.INCITEMENT] is False
    assert found_by(replace(SUGGESTION, values={"FLIRTATION": 1.0}), POLICY) == {}


def test_a_span_counts_as_much_as_the_whole() -> None:
    spans = {"INSULT": (SpanScore(0, 3, 0.0), SpanScore(4, 8, 1.0))}
    found = found_by(replace(SUGGESTION, values={}, spans=spans), POLICY)
    assert found[Category.HARASSMENT] is True


async def test_suggested_comments_are_scored_as_users_comments_are() -> None:
    scorer = ScriptedScorer({"idiot": {Label.INSULT: 0.9}})
    [decision] = await decisions_from([SUGGESTION], scorer, POLICY)
    assert decision.found[Category.HARASSMENT] is True
    # "you are an idiot" speaks to somebody, so nothing is taken off but the label's weight.
    weight = POLICY.categories[Category.HARASSMENT].labels[Label.INSULT]
    assert decision.values[Category.HARASSMENT] == 0.9 * weight


async def test_erased_words_are_left_out() -> None:
    scorer = ScriptedScorer({})
    assert await decisions_from([replace(SUGGESTION, text=None)], scorer, POLICY) == []
    assert scorer.asked == []


def test_a_decision_without_a_score_is_not_counted() -> None:
    decisions = [
        HumanDecision({Category.SLUR: 0.4}, {Category.SLUR: True, Category.HARASSMENT: True}),
        HumanDecision({Category.SLUR: 0.2, Category.HARASSMENT: 0.9}, {Category.SLUR: False}),
    ]
    found = by_category(decisions)
    assert found[Category.SLUR] == [Decided(0.4, is_such=True), Decided(0.2, is_such=False)]
    assert found[Category.HARASSMENT] == []
