"""Threshold advice: arithmetic on decisions, with intervals that are honest about few of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.statistics.advice import Decided, Proportion, advise

DECIDED = st.lists(st.builds(Decided, st.floats(0, 1), st.booleans()), max_size=40)


def test_precision_and_recall_of_each_threshold() -> None:
    decided = [Decided(0.9, True), Decided(0.8, False), Decided(0.6, True), Decided(0.2, False)]
    advice = advise(decided, [0.5, 0.8, 0.95])
    assert (advice.decided, advice.such) == (4, 2)
    assert [(line.precision, line.recall) for line in advice.lines] == [
        (Proportion(2, 3), Proportion(2, 2)),
        (Proportion(1, 2), Proportion(1, 2)),
        (Proportion(0, 0), Proportion(0, 2)),
    ]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(hits: int, of: int, low: float, high: float) -> None:
    assert Proportion(hits, of).interval == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )


def test_of_nothing_nothing_is_known() -> None:
    assert Proportion(0, 0).value is None
    assert Proportion(0, 0).interval == (0, 1)


def test_a_few_right_decisions_are_not_enough_to_be_sure() -> None:
    # Wilson's lower end for n of n is n / (n + 3.84): 0.9 needs 35 of them.
    few = advise([Decided(0.9, is_such=True)] * 34)
    enough = advise([Decided(0.9, is_such=True)] * 35)
    assert few.lowest_sure(0.9) is None
    line = enough.lowest_sure(0.9)
    assert line is not None
    assert line.threshold == 0.1


def test_the_lowest_sure_threshold_stands_above_the_wrong_ones() -> None:
    decided = [Decided(0.9, is_such=True)] * 60 + [Decided(0.52, is_such=False)] * 30
    line = advise(decided).lowest_sure(0.9)
    assert line is not None
    assert line.threshold == 0.55


def test_a_thin_top_does_not_spoil_what_is_sure_below_it() -> None:
    # Two right at 0.95 are not enough to be sure of 0.95 alone, but speak against nothing.
    decided = [Decided(0.7, is_such=True)] * 80 + [Decided(0.95, is_such=True)] * 2
    decided += [Decided(0.3, is_such=False)] * 80
    line = advise(decided).lowest_sure(0.9)
    assert line is not None
    assert line.threshold == 0.35


def test_a_sure_threshold_below_an_unsure_one_is_not_advised() -> None:
    # At 0.9 and above only wrong ones are left, however sure the whole is.
    decided = [Decided(0.5, is_such=True)] * 500 + [Decided(0.95, is_such=False)] * 5
    assert advise(decided).lowest_sure(0.9) is None


@given(DECIDED)
def test_laws(decided: list[Decided]) -> None:
    advice = advise(decided)
    recalls = [line.recall.hits for line in advice.lines]
    assert recalls == sorted(recalls, reverse=True)
    for line in advice.lines:
        for share in (line.precision, line.recall):
            low, high = share.interval
            assert 0 <= low <= (share.value or low) <= high <= 1
