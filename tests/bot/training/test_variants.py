"""Variants: the same place of the same pass always draws the same one."""

import numpy as np
import pytest

from bot.training.identities import Identities
from bot.training.variants import Variants, telling_words

IDENTITIES = Identities(
    forms={"plural": ("cats", "dogs")},
    taken_out=("cats", "dogs"),
    pictures={"fish": ("a fish",)},
    moods=("grinning face",),
)


@pytest.fixture
def variants() -> Variants:
    return Variants(IDENTITIES, frozenset({"fool"}), seed=7)


def test_a_place_draws_one_variant_and_places_differ(variants: Variants) -> None:
    text = "Those dogs are no fool of fish, they say."
    drawn = [variants.vary(text, pass_number=0, place=n) for n in range(200)]
    assert drawn == [variants.vary(text, pass_number=0, place=n) for n in range(200)]
    assert drawn != [variants.vary(text, pass_number=1, place=n) for n in range(200)]
    # 0.65 * 0.88 * 0.95 * 0.55 * 0.9 = 0.27 stay as they are, 54 of 200; four deviations of 6.3.
    assert 28 < drawn.count(text) < 80


def test_words_of_toxic_texts_tell_and_words_of_both_do_not() -> None:
    texts = ["you fool and"] * 20 + ["you friend and"] * 20
    toxicity = np.array([1.0] * 20 + [0.0] * 20, dtype=np.float32)
    assert telling_words(texts, toxicity) == {"fool"}
    assert telling_words(texts, toxicity, most=0) == frozenset()
