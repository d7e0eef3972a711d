"""The comments that everybody scores: a mix as forums have it, or a file of one's own.

The mix is made from sentences that ship: everyday ones, and for one comment in ten those that the
compiler compares on, most of which are attacks. So a figure can be had again anywhere. Blocks are
alike in length: whoever is quick scores many, whoever is slow scores few, and both had the same
mix. Called by `bot.benchmark.contest`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import NormalDist

from bot.errors import BadInputError
from bot.text import normalise

BLOCK = 32
"""Comments in a block, and in Detoxify's lists."""
BLOCKS = 16
MEDIAN_WORDS, P95_WORDS, MOST_WORDS = 25, 150, 500
LONGEST_LETTERS = 20_000
"""Of a comment in a file; Discord and Disqus allow less."""
SHARP = 10
"""One comment of so many is made of the sharp sentences."""
COPIED = 8
"""Texts that a raid copies."""
SEED = 20

EVERYDAY = Path(__file__).with_name("everyday.txt")
SAMPLE = Path(__file__).parents[1] / "scoring" / "sample.txt"


@dataclass(frozen=True, slots=True)
class Comments:
    """Blocks of comments, and in words where they come from."""

    source: str
    blocks: tuple[tuple[str, ...], ...]

    @property
    def texts(self) -> list[str]:
        """List all comments."""
        return [text for block in self.blocks for text in block]


def mixed_comments() -> Comments:
    """Make the standing mix: log-normal lengths with a median of 25 and a 95th percentile of 150.

    Every block has one comment of each 32nd part of the distribution, and as many words as others.
    """
    everyday, sharp = (path.read_text("utf-8").split() for path in (EVERYDAY, SAMPLE))
    chance = random.Random(SEED)  # noqa: S311 - for repetition, not for secrets
    parts = _dealt_lengths()
    blocks: list[tuple[str, ...]] = []
    for at in range(BLOCKS):
        texts = [
            _text(everyday if chance.randrange(SHARP) else sharp, part[at], chance)
            for part in parts
        ]
        chance.shuffle(texts)
        blocks.append(tuple(texts))
    chance.shuffle(blocks)  # the first ones, which the slow get, are like the others
    return Comments(
        f"{BLOCK * BLOCKS} comments of {MEDIAN_WORDS} words in the middle, {P95_WORDS} at the 95th "
        f"percentile and up to {MOST_WORDS}, one in {SHARP} of sharp words",
        tuple(blocks),
    )


def comments_of(path: Path) -> Comments:
    """Read comments from a file, one a line; empty lines and what does not fill a block stay out.

    Raises:
        BadInputError: it cannot be read, or has fewer comments than a block.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadInputError(str(path), f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInputError(str(path), "is not UTF-8, expected one comment a line") from error
    texts = [line[:LONGEST_LETTERS] for line in lines if normalise(line).strip()]
    if len(texts) < BLOCK:
        what = f"has {len(texts)} comments, expected at least {BLOCK}, one a line"
        raise BadInputError(str(path), what)
    random.Random(SEED).shuffle(texts)  # noqa: S311 - for repetition, not for secrets
    whole = len(texts) // BLOCK
    return Comments(
        f"{whole * BLOCK} comments of {path.name}",
        tuple(tuple(texts[at * BLOCK : (at + 1) * BLOCK]) for at in range(whole)),
    )


def as_raid(texts: Sequence[str]) -> list[str]:
    """Turn comments into a raid: of every four, three are copies of one of a few among them."""
    by_length, step = sorted(texts, key=len), len(texts) // COPIED
    # As long as the comments are, short ones and long ones: of each eighth the most average.
    copied = cycle(_average_of(by_length[step * at : step * (at + 1)]) for at in range(COPIED))
    return [text if at % 4 == 0 else next(copied) for at, text in enumerate(texts)]


def _average_of(texts: Sequence[str]) -> str:
    mean = sum(map(len, texts)) / len(texts)
    return min(texts, key=lambda text: abs(len(text) - mean))


def _dealt_lengths() -> list[list[int]]:
    """Give each block a length of each 32nd part: [parts, blocks], the longest part first.

    The longest of a part goes to the block with the fewest words so far.
    """
    words = [0] * BLOCKS
    parts: list[list[int]] = []
    for part in reversed(range(BLOCK)):
        lengths = [
            _words_at((BLOCKS * part + at + 0.5) / (BLOCK * BLOCKS))
            for at in reversed(range(BLOCKS))
        ]
        emptiest_first = sorted(range(BLOCKS), key=words.__getitem__)
        dealt = dict(zip(emptiest_first, lengths, strict=True))
        parts.append([dealt[at] for at in range(BLOCKS)])
        words = [had + more for had, more in zip(words, parts[-1], strict=True)]
    return parts


def _words_at(share: float) -> int:
    """Say how many words the comment has that is longer than this share of all."""
    spread = (NormalDist().inv_cdf(0.95)) ** -1
    steps = NormalDist().inv_cdf(share) * spread
    return max(1, min(MOST_WORDS, round(MEDIAN_WORDS * (P95_WORDS / MEDIAN_WORDS) ** steps)))


def _text(words: list[str], length: int, chance: random.Random) -> str:
    start = chance.randrange(len(words))
    doubled = words * (2 + length // len(words))
    return " ".join(doubled[start : start + length])
