"""The order of training: which examples a pass draws, and how they are grouped into batches.

Deterministic in (seed, pass), so that a resumed run sees what an unbroken one would have seen.
Not tokenising, not noise. Called by `bot.training.loop`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

POOL = 4096
"""Examples sorted by length together: large enough for even batches, small enough to stay mixed."""

MOST_TEXTS = 192
"""The most texts in a batch, however short."""


def draw(repeats: NDArray[np.float32], seed: int, pass_number: int) -> NDArray[np.int64]:
    """Draw one pass: each index as often as its repeat says (a fraction by chance), shuffled."""
    random = np.random.default_rng([seed, pass_number])
    whole = np.floor(repeats)
    counts = whole + (random.random(len(repeats)) < repeats - whole)
    drawn = np.repeat(np.arange(len(repeats)), counts.astype(np.int64))
    return random.permutation(drawn)


def batch_by_length(
    indices: Sequence[int] | NDArray[np.int64], lengths: NDArray[np.int64], max_tokens: int
) -> Iterator[list[int]]:
    """Group indices, in their order, so that size times longest stays within `max_tokens`.

    A single text longer than `max_tokens` makes a batch of its own; no batch holds more than
    `MOST_TEXTS`, or short texts would count for little each.
    """
    batch: list[int] = []
    longest = 0
    for index in indices:
        length = int(lengths[index])
        full = (len(batch) + 1) * max(longest, length) > max_tokens or len(batch) == MOST_TEXTS
        if batch and full:
            yield batch
            batch, longest = [], 0
        batch.append(int(index))
        longest = max(longest, length)
    if batch:
        yield batch


def batches_of_pass(
    repeats: NDArray[np.float32],
    lengths: NDArray[np.int64],
    *,
    seed: int,
    pass_number: int,
    max_tokens: int,
) -> list[list[int]]:
    """List the batches of one pass: alike in length inside, shuffled among themselves."""
    drawn = draw(repeats, seed, pass_number)
    random = np.random.default_rng([seed, pass_number, 1])
    batches: list[list[int]] = []
    for start in range(0, len(drawn), POOL):
        pool = drawn[start : start + POOL]
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        grouped = list(batch_by_length(by_length, lengths, max_tokens))
        order: list[int] = random.permutation(len(grouped)).tolist()
        batches.extend(grouped[i] for i in order)
    return batches
