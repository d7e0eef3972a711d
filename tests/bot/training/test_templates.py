"""Sentences of our own: whole, grammatical in the small, labelled on both sides of a contrast."""

import random
import re

import numpy as np
import pytest

from bot.training.sources import LABELS
from bot.training.templates import SOURCE, Grammar, load_grammar, write_examples
from config.labels import Label


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar()


def test_every_name_has_a_filler_and_every_filler_is_named(grammar: Grammar) -> None:
    everything = [t for family in grammar.families for t in family.templates]
    everything += [text for texts in grammar.fillers.values() for text in texts]
    named = {name for text in everything for name in re.findall(r"\{(\w+)\}", text)}
    assert named == set(grammar.fillers)


def test_sentences_come_out_whole(grammar: Grammar) -> None:
    chance = random.Random(5)
    for family in grammar.families:
        for template in family.templates:
            sentence = grammar.write(template, chance)
            assert not re.search(r"[{}]|  |\ba [aeiou]", sentence), sentence
            assert not sentence[0].islower(), sentence


def test_equal_seeds_write_equal_sentences(grammar: Grammar) -> None:
    first, again, other = (write_examples(grammar, 300, seed, str.strip) for seed in (1, 1, 2))
    assert first.texts == again.texts
    assert first.texts != other.texts
    assert set(first.sources) == {SOURCE}


def test_no_sentence_is_written_twice_and_shares_are_kept(grammar: Grammar) -> None:
    examples = write_examples(grammar, 2000, 1, str.strip)
    assert len(set(examples.texts)) == len(examples) >= 1900


@pytest.mark.parametrize(
    "label", [Label.TOXICITY, Label.THREAT, Label.IDENTITY_ATTACK, Label.INSULT]
)
def test_each_label_has_both_sides_and_most_sentences_are_harmless(
    grammar: Grammar, label: Label
) -> None:
    examples = write_examples(grammar, 2000, 1, str.strip)
    column = LABELS.index(label)
    known = examples.weights[:, column] > 0
    share = float(np.mean(examples.labels[known, column] >= 0.5))
    assert 0.05 < share < 0.5


def test_violence_against_machines_and_in_games_is_harmless(grammar: Grammar) -> None:
    family = next(f for f in grammar.families if f.name.startswith("violence of machines"))
    assert family.labels == (0.0,) * len(LABELS)
    assert family.weights == (1.0,) * len(LABELS)
