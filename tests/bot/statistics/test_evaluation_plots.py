import numpy as np
import pytest

from bot.statistics.evaluation_plots import curve, reliability, score_bars
from bot.statistics.ranking import Share, calibration

TRUTH = np.array([True, True, True, True, False, False, False, False])
VALUES = np.array([0.9, 0.8, 0.6, 0.1, 0.7, 0.05, 0.05, 0.05])


def test_the_ring_of_the_curve_stands_where_the_score_is_a_half() -> None:
    # From 0.5 on: three of four positives, one of four negatives.
    found = curve(TRUTH, VALUES)
    assert found is not None
    assert found.at_half == (0.25, 0.75)
    assert found.corners[0] == (0, 0)
    assert found.corners[-1] == (1, 1)


def test_a_curve_of_many_rows_keeps_its_ends_and_few_corners() -> None:
    truth = np.arange(20_000) % 2 == 0
    values = (np.arange(20_000) * 7919 % 20_000) / 20_000
    found = curve(truth, values)
    assert found is not None
    assert len(found.corners) < 700
    assert (found.corners[0], found.corners[-1]) == ((0, 0), (1, 1))


def test_no_curve_without_both_kinds_of_rows() -> None:
    assert curve(np.array([True, True]), np.array([0.1, 0.2])) is None


def test_each_bin_with_rows_becomes_one_dot_with_its_interval() -> None:
    dots = reliability(calibration(TRUTH, VALUES))
    assert [round(dot.x, 2) for dot in dots] == [0.05, 0.1, 0.6, 0.7, 0.8, 0.9]
    first, wilson = dots[0], Share(0, 3).interval
    assert wilson is not None
    assert (first.y, first.low, first.high) == (0, wilson.low, wilson.high)


def test_bars_count_both_kinds_and_grow_with_the_root_of_the_count() -> None:
    bars = {round(bar.x, 2): bar for bar in score_bars(TRUTH, VALUES)}
    # Three negatives at .05 are the tallest; one positive at .9 is as tall as its root to theirs.
    assert (bars[0.05].up, bars[0.05].down) == (0, 1)
    assert bars[0.9].up == pytest.approx(1 / 3**0.5)
    assert bars[0.9].down == 0
    assert len(bars) == 6
