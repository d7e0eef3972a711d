"""Fitting to Perspective: order kept, a distortion undone, no figure from its own rows."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.calibrating import THRESHOLDS, agreement, apply, columns_of, fit_curve

ROWS = 400
UNIFORM = np.random.default_rng(1).uniform(0.001, 0.999, ROWS)


def test_a_known_distortion_is_undone() -> None:
    # The model's score is the square of what Perspective gave: the curve must take its root.
    curve = fit_curve(UNIFORM**2, UNIFORM)
    for wanted in (0.3, 0.5, 0.7, 0.9):
        assert curve.value(wanted**2) == pytest.approx(wanted, abs=0.02)


def test_equally_many_comments_pass_a_threshold_after_fitting() -> None:
    fitted = apply(fit_curve(UNIFORM**2, UNIFORM), UNIFORM**2)
    for threshold in THRESHOLDS:
        assert (fitted >= threshold).mean() == pytest.approx(
            (threshold <= UNIFORM).mean(), abs=0.02
        )


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=60),
    st.lists(st.floats(0, 1), max_size=10),
)
def test_whatever_it_is_fitted_on_the_order_is_kept(
    pairs: list[tuple[float, float]], asked: list[float]
) -> None:
    scores, wanted = np.array(pairs).T
    curve = fit_curve(scores, wanted)
    served = [curve.value(score) for score in sorted(asked)]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(served))


def test_agreement_counts_sides_and_is_held_out() -> None:
    found = agreement("TOXICITY", UNIFORM**2, UNIFORM)
    assert found.spearman == pytest.approx(1)
    # The square lies below 0.5 from 0.5 to the root of a half, 0.707: about a fifth of the rows.
    raw, fitted = found.raw[0].value, found.fitted[0].value
    assert raw == pytest.approx(1 - (np.sqrt(0.5) - 0.5), abs=0.05)
    assert fitted is not None
    assert fitted > 0.97


def test_a_curve_learns_nothing_about_noise_that_it_could_show_off_with() -> None:
    noise = np.random.default_rng(2).uniform(0, 1, ROWS)
    found = agreement("TOXICITY", UNIFORM, noise)
    fitted = found.fitted[0].value
    assert fitted is not None
    assert fitted == pytest.approx(0.5, abs=0.1)


def test_equal_scores_have_no_rank_correlation() -> None:
    with pytest.warns(Warning, match="constant"):
        assert agreement("TOXICITY", np.full(ROWS, 0.5), UNIFORM).spearman is None


def test_comments_without_words_and_attributes_with_few_rows_are_left_out() -> None:
    rows = [{"TOXICITY": 0.5, "INSULT": 0.1}] * 60 + [{}] * 5
    published = [{"TOXICITY": 0.4, "INSULT": 0.2, "THREAT": 0.3}] * 65
    found = columns_of(rows, published)
    assert set(found) == {"TOXICITY", "INSULT"}
    assert all(len(column) == 60 for column in found["TOXICITY"])
    assert columns_of(rows[:40], published[:40]) == {}
