import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from bot.statistics.ranking import (
    Interval,
    Method,
    Share,
    Truth,
    Values,
    average_precision,
    calibration,
    calibration_error,
    roc_auc,
    roc_auc_interval,
    roc_curve,
)


def rows(positives: list[float], negatives: list[float]) -> tuple[Truth, Values]:
    truth = [True] * len(positives) + [False] * len(negatives)
    return np.array(truth, dtype=np.bool_), np.array(positives + negatives, dtype=np.float64)


scores = st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=40)


def test_auc_is_the_share_of_pairs_in_the_right_order_with_ties_half() -> None:
    # Pairs: .9 beats .7 and .2; .7 ties .7 and beats .2: 1 + 1 + .5 + 1 of 4.
    assert roc_auc(*rows([0.9, 0.7], [0.7, 0.2])) == 3.5 / 4


@given(scores, scores)
def test_auc_agrees_with_counting_pairs_and_with_scikit_learn(
    positives: list[float], negatives: list[float]
) -> None:
    pairs = [(p > n) + (p == n) / 2 for p in positives for n in negatives]
    truth, values = rows(positives, negatives)
    found = roc_auc(truth, values)
    assert found == pytest.approx(sum(pairs) / len(pairs))
    assert found == pytest.approx(roc_auc_score(truth, values))


def test_interval_is_delongs_on_the_logit_scale_where_there_are_errors_enough() -> None:
    # Positives at .8 beat all negatives, those at .4 half of them: placements 1 and .5, ten each.
    # AUC .75; 20 * .25 = 5 errors. Variance of the placements 20 * .25**2 / 19 = .0657895, the same
    # for the negatives; of the AUC 2 * .0657895 / 20 = .00657895, its root .0811107.
    # logit(.75) = 1.0986123, reach 1.959964 * .0811107 / (.75 * .25) = .847861;
    # expit(1.0986123 -+ .847861) = .562361 and .875062.
    found = roc_auc_interval(*rows([0.8] * 10 + [0.4] * 10, [0.6] * 10 + [0.2] * 10))
    assert found is not None
    interval, method = found
    assert method is Method.DELONG
    assert (interval.low, interval.high) == pytest.approx((0.562361, 0.875062), abs=2e-6)


def test_interval_of_one_pair_is_wilsons_of_one_trial() -> None:
    # With one positive and one negative Hanley and McNeil's variance is that of a coin, a (1 - a).
    found = roc_auc_interval(*rows([0.9], [0.1]))
    wilson = Share(1, 1).interval
    assert found is not None
    assert wilson is not None
    assert found[1] is Method.HANLEY_MCNEIL
    assert (found[0].low, found[0].high) == pytest.approx((wilson.low, wilson.high))


def test_a_perfect_order_of_few_rows_is_not_taken_for_certainty() -> None:
    few = roc_auc_interval(*rows([0.9] * 5, [0.1] * 50))
    many = roc_auc_interval(*rows([0.9] * 50, [0.1] * 500))
    assert few is not None
    assert many is not None
    assert few[0].low < 0.8 < many[0].low < 1
    assert few[0].high == many[0].high == 1


@given(scores, scores)
def test_interval_holds_the_auc_and_mirrors_when_the_scores_do(
    positives: list[float], negatives: list[float]
) -> None:
    truth, values = rows(positives, negatives)
    area, found = roc_auc(truth, values), roc_auc_interval(truth, values)
    mirrored = roc_auc_interval(~truth, values)
    assert area is not None
    assert found is not None
    assert mirrored is not None
    assert 0 <= found[0].low <= area + 1e-9
    assert area - 1e-9 <= found[0].high <= 1
    if found[1] is Method.DELONG:
        assert mirrored[0].low == pytest.approx(1 - found[0].high)


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_rows_of_one_kind_give_no_figure(truth: list[bool]) -> None:
    kinds, values = np.array(truth), np.array([0.2, 0.8])
    assert roc_auc(kinds, values) is None
    assert roc_auc_interval(kinds, values) is None
    assert average_precision(kinds, values) is None
    assert roc_curve(kinds, values) == []


def test_average_precision_sums_the_precision_at_each_positive() -> None:
    # In order + - +: precision 1 at the first positive, 2/3 at the second; each is half the recall.
    assert average_precision(*rows([0.9, 0.7], [0.8])) == pytest.approx((1 + 2 / 3) / 2)


def test_roc_curve_runs_from_corner_to_corner() -> None:
    # One of two positives is found before any false alarm, the other after one of two.
    assert roc_curve(*rows([0.9, 0.5], [0.7, 0.2])) == [
        (0.0, 0.0),
        (0.0, 0.5),
        (0.5, 0.5),
        (0.5, 1.0),
        (1.0, 1.0),
    ]


def test_share_has_wilsons_interval() -> None:
    # 8 of 10, z = 1.959964: centre (.8 + z**2 / 20) / (1 + z**2 / 10) = .716740, half-width
    # z / (1 + z**2 / 10) * sqrt(.8 * .2 / 10 + z**2 / 400) = .226578.
    share = Share(8, 10)
    assert share.value == 0.8
    assert share.interval is not None
    assert (share.interval.low, share.interval.high) == pytest.approx(
        (0.490162, 0.943318), abs=1e-6
    )


def test_share_of_nothing_is_unknown_not_zero() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    assert Share(0, 5).value == 0
    assert isinstance(Share(0, 5).interval, Interval)


def test_calibration_counts_positives_by_tenths_of_the_score() -> None:
    bins = calibration(*rows([1.0, 0.95, 0.3], [0.91, 0.0]))
    assert [(b.positives.hits, b.positives.of) for b in bins] == [
        (0, 1),
        (0, 0),
        (0, 0),
        (1, 1),
        *[(0, 0)] * 5,
        (2, 3),
    ]
    assert bins[1].mean_score is None
    assert bins[9].mean_score == pytest.approx((1 + 0.95 + 0.91) / 3)


def test_calibration_error_weighs_each_bin_by_its_rows() -> None:
    # Four rows at .85 of which two are positive: off by .35. One row at .05, negative: off by .05.
    bins = calibration(*rows([0.85, 0.85], [0.85, 0.85, 0.05]))
    assert calibration_error(bins) == pytest.approx((4 * 0.35 + 1 * 0.05) / 5)
    assert calibration_error([]) is None
