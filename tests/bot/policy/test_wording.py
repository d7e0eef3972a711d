from datetime import timedelta

import pytest
from hypothesis import given

from bot.policy.wording import (
    listed,
    points_words,
    score_words,
    threshold_words,
    time_words,
)
from tests.bot.policy.policies import fractions


@given(fractions, fractions)
def test_a_shown_score_is_on_the_same_side_of_its_threshold_as_the_score(
    score: float, threshold: float
) -> None:
    assert (float(score_words(score, threshold)) >= threshold) is (score >= threshold)


def test_numbers_are_short_where_they_can_be() -> None:
    assert score_words(0.849, 0.85) == "0.84"
    assert score_words(0.8555, 0.855) == "0.855"
    assert score_words(0.29) == score_words(0.29, 0.29) == "0.29"  # 0.29 * 100 is below 29
    assert score_words(0.83996) == score_words(0.83996, 0.6) == "0.83"  # down, never up
    assert score_words(1.0) == "1.00"
    assert threshold_words(0.6) == "0.60"
    assert threshold_words(0.855) == "0.855"
    assert [points_words(points) for points in (1, 2.5, 0, 2.999)] == [
        "1 point",
        "2.5 points",
        "0 points",
        "3 points",
    ]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (90, "1 hour 30 minutes"),
        (1440, "1 day"),
        (40319, "27 days 23 hours 59 minutes"),
    ],
)
def test_spans_are_exact_to_the_minute(minutes: int, words: str) -> None:
    assert time_words(timedelta(minutes=minutes)) == words


def test_lists_read_as_in_a_sentence() -> None:
    assert listed([]) == ""
    assert listed(["kick"]) == "kick"
    assert listed(["timeout", "kick", "ban"]) == "timeout, kick and ban"
