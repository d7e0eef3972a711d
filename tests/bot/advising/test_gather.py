"""From suggestions to decisions on categories, and from decisions to scores to count."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.advising.gather import by_attribute, by_category, decisions_from, found_by, score_all
from bot.domain.decision import HumanDecision
from bot.domain.suggestion import SpanScore, Suggestion
from bot.policy.policy_file import find_policy
from bot.statistics.advice import Decided
from bot.web.calibration import Calibration, Curve, FittedOn
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
    [decision] = decisions_from(await score_all([SUGGESTION], scorer), POLICY)
    assert decision.found[Category.HARASSMENT] is True
    # "you are an idiot" speaks to somebody, so nothing is taken off but the label's weight.
    weight = POLICY.categories[Category.HARASSMENT].labels[Label.INSULT]
    assert decision.values[Category.HARASSMENT] == 0.9 * weight


async def test_erased_words_are_left_out() -> None:
    scorer = ScriptedScorer({})
    assert await score_all([replace(SUGGESTION, text=None)], scorer) == []
    assert scorer.asked == []


async def test_copies_that_say_the_same_count_once_and_contradictions_each() -> None:
    scorer = ScriptedScorer({"idiot": {Label.INSULT: 0.9}})
    other = replace(SUGGESTION, values={"INSULT": 0.0})
    copies = [replace(SUGGESTION, session_id=str(n)) for n in range(40)]
    scored = await score_all([*copies, other, other], scorer)
    decided = by_category(decisions_from(scored, POLICY))
    assert [each.is_such for each in decided[Category.HARASSMENT]] == [True, False]
    assert by_attribute(scored, None)["INSULT"] == [
        Decided(0.9, is_such=True),
        Decided(0.9, is_such=False),
    ]


async def test_attributes_are_counted_on_the_scale_that_clients_are_served() -> None:
    # A straight line over logits from (0, 0.2) to (logit 0.9 = 2.197, 0.6): 0.9 is served as 0.6.
    curve = Curve(logits=(0.0, 2.1972245773362196), served=(0.2, 0.6))
    fitted = FittedOn(file="x", sha256="0", rows=1, at="2026-01-01")
    table = Calibration(model="m", weights_sha256="0", fitted_on=fitted, curves={"INSULT": curve})
    scorer = ScriptedScorer({"idiot": {Label.INSULT: 0.9}})
    spans = {"TOXICITY": (SpanScore(0, 3, 1.0),), "FLIRTATION": (SpanScore(0, 3, 1.0),)}
    suggestion = replace(SUGGESTION, values={"INSULT": 1.0, "SPAM": 1.0}, spans=spans)
    found = by_attribute(await score_all([suggestion], scorer), table)
    assert found == {
        "INSULT": [Decided(pytest.approx(0.6), is_such=True)],
        "TOXICITY": [Decided(0.01, is_such=True)],
    }


def test_a_decision_without_a_score_is_not_counted() -> None:
    decisions = [
        HumanDecision({Category.SLUR: 0.4}, {Category.SLUR: True, Category.HARASSMENT: True}),
        HumanDecision({Category.SLUR: 0.2, Category.HARASSMENT: 0.9}, {Category.SLUR: False}),
    ]
    found = by_category(decisions)
    assert found[Category.SLUR] == [Decided(0.4, is_such=True), Decided(0.2, is_such=False)]
    assert found[Category.HARASSMENT] == []
