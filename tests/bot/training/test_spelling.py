"""Misspelling: by the generator's chance alone, readable, and about the words that matter."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.training.spelling import disguise, misspell, recase, respell

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCÄéß", min_size=3, max_size=20)


@given(WORDS, st.integers())
def test_a_word_keeps_its_first_letter_or_a_stand_in_and_never_vanishes(
    word: str, seed: int
) -> None:
    for change in (disguise, misspell):
        changed = change(word, random.Random(seed))
        assert changed.strip()
        # Dropping or cutting loses at most the letters hidden behind a mask, never the length.
        assert len(changed) >= len(word) - 2


@given(st.text(max_size=200), st.integers())
def test_respelling_takes_any_text_and_repeats_itself(text: str, seed: int) -> None:
    first = respell(text, frozenset({"word"}), random.Random(seed))
    assert first == respell(text, frozenset({"word"}), random.Random(seed))


def test_a_text_without_words_is_left_alone() -> None:
    assert respell("12 :) ok", frozenset(), random.Random(1)) == "12 :) ok"


def test_telling_words_are_changed_before_others() -> None:
    text = "one two three four five six seven eight nine idiot"
    changed = [respell(text, frozenset({"idiot"}), random.Random(n)) for n in range(200)]
    # The only telling word is among those chosen every time; doubling a letter aside, few changes
    # leave the old spelling inside the new one.
    kept = sum(" idiot" in f" {result.removesuffix('t')}t" for result in changed)
    assert sum(text != result for result in changed) > 190
    assert kept < 40


def test_recasing_changes_no_letters() -> None:
    for seed in range(20):
        changed = recase("Well, say it. Now!", random.Random(seed))
        assert [c for c in changed.lower() if c.isalpha()] == list("wellsayitnow")
