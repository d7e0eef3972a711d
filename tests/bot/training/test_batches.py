"""Drawing and grouping: repeatable, fair, and within the bounds of a batch."""

from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.training.batches import MOST_TEXTS, batch_by_length, batches_of_pass, draw

LENGTHS = st.lists(st.integers(2, 192), min_size=1, max_size=400)


@given(LENGTHS, st.integers(1, 2000))
def test_every_index_lands_in_one_batch_within_bounds(lengths: list[int], most: int) -> None:
    array = np.array(lengths)
    batches = list(batch_by_length(range(len(lengths)), array, most))
    assert list(chain.from_iterable(batches)) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= MOST_TEXTS
        assert len(batch) == 1 or len(batch) * array[batch].max() <= most


def test_whole_repeats_are_exact_and_fractions_come_out_on_average() -> None:
    repeats = np.array([2.0, 0.0, 1.0] + [0.25] * 4000, dtype=np.float32)
    drawn = draw(repeats, seed=3, pass_number=0)
    counts = np.bincount(drawn, minlength=len(repeats))
    assert counts[:3].tolist() == [2, 0, 1]
    # Binomial: 4000 * 0.25 = 1000, standard deviation 27.4; four of them either way.
    assert abs(int(counts[3:].sum()) - 1000) < 110


def test_a_pass_is_repeatable_and_passes_differ() -> None:
    repeats = np.full(500, 1.5, dtype=np.float32)
    lengths = np.arange(500) % 60 + 2

    def one(seed: int, pass_number: int) -> list[list[int]]:
        return batches_of_pass(repeats, lengths, seed=seed, pass_number=pass_number, max_tokens=512)

    assert one(1, 0) == one(1, 0)
    assert one(1, 0) != one(1, 1)
    assert one(1, 0) != one(2, 0)


def test_batches_are_alike_in_length() -> None:
    random = np.random.default_rng(0)
    lengths = random.integers(2, 192, 4000)
    batches = batches_of_pass(
        np.ones(4000, dtype=np.float32), lengths, seed=1, pass_number=0, max_tokens=4096
    )
    padded = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    assert padded < 1.1 * int(lengths.sum())
