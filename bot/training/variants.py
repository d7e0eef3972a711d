"""Makes each drawing of an example a little different: identities, pictures, spelling, case.

Chance depends on (seed, pass, place in the pass) alone, so a resumed run draws the same variants.
Called by `bot.training.loop`.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.training.identities import Identities
from bot.training.sources import POSITIVE
from bot.training.spelling import recase, respell

SWAPPED = 0.35
"""Share of the texts naming a group in which another group is put in."""
PICTURED = 0.12
"""Share in which words are written as pictures."""
DECORATED = 0.05
"""Share that gets a picture of mood behind it."""
RESPELLED = 0.5
"""Share with misspelled or disguised words, in toxic and harmless texts alike."""
RECASED = 0.1
"""Share in all capitals, all small, or without punctuation."""
FEWEST_SEEN = 5
"""A word seen in fewer toxic texts tells nothing."""
TELLING_WORDS = 1500
"""How many of the words that most tell toxic from harmless are preferred when respelling."""


@dataclass(frozen=True, slots=True)
class Variants:
    """Draws variants of texts."""

    identities: Identities
    telling: frozenset[str]
    seed: int

    def vary(self, text: str, *, pass_number: int, place: int) -> str:
        """Give the variant of `text` drawn at this place of this pass; often the text itself."""
        chance = random.Random(f"{self.seed}/{pass_number}/{place}")  # noqa: S311 - not a secret
        if chance.random() < SWAPPED and self.identities.names_someone(text):
            text = self.identities.swap(text, chance)
        if chance.random() < PICTURED:
            text = self.identities.picture(text, chance)
        if chance.random() < RESPELLED:
            text = respell(text, self.telling, chance)
        if chance.random() < RECASED:
            text = recase(text, chance)
        if chance.random() < DECORATED:
            text = self.identities.decorate(text, chance)
        return text


def telling_words(
    texts: Sequence[str], toxicity: NDArray[np.float32], most: int = TELLING_WORDS
) -> frozenset[str]:
    """Find the words whose presence most tells toxic texts, by smoothed log odds times evidence.

    Learned from the examples, so that no list of swear words needs to be kept.
    """
    toxic: Counter[str] = Counter()
    harmless: Counter[str] = Counter()
    for text, value in zip(texts, toxicity, strict=True):
        (toxic if value >= POSITIVE else harmless).update(
            set(re.findall(r"[^\W\d_]{3,}", text.lower()))
        )
    ratio = (sum(toxic.values()) + 1) / (sum(harmless.values()) + 1)
    odds = {
        word: np.log((count + 0.5) / (harmless[word] + 0.5) / ratio) * np.sqrt(count)
        for word, count in toxic.items()
        if count >= FEWEST_SEEN and (count + 0.5) / (harmless[word] + 0.5) > 2 * ratio
    }
    return frozenset(sorted(odds, key=lambda word: (-odds[word], word))[:most])
