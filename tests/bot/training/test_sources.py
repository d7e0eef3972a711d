"""The recipe by source: cleaning that leaves nothing to tell a source by, weights, repeats."""

import pytest

from bot.training.card import ORIGINS
from bot.training.sources import (
    RECIPE,
    Source,
    clean_post,
    clean_talk,
    implied_toxicity,
    repeat_of,
    untokenise,
    unwrap_bytes,
    weights_of,
)
from config.labels import Label


@pytest.mark.parametrize(
    ("wrapped", "text"),
    [
        ("b'plain words'", "plain words"),
        ('b"it\'s fine"', "it's fine"),
        ("b'it\\'s here'", "it's here"),
        ("b'caf\\xc3\\xa9'", "café"),
        ("b'broken \\x'", "broken \\x"),
        ("not wrapped", "not wrapped"),
        ("b'", "b'"),
    ],
)
def test_bytes_notation_is_undone(wrapped: str, text: str) -> None:
    assert unwrap_bytes(wrapped) == text


@pytest.mark.parametrize(
    ("split_up", "text"),
    [
        ("i do n't know .", "i don't know."),
        ("you haven 't noticed , have you ?", "you haven't noticed, have you?"),
        ("it 's ( not ) mine", "it's (not) mine"),
        ("nothing to join here", "nothing to join here"),
    ],
)
def test_tokenised_text_is_joined(split_up: str, text: str) -> None:
    assert untokenise(split_up) == text


def test_traces_of_networks_are_taken_out() -> None:
    text = "RT @someone: look [URL] &amp; <user> laughs https://example.org/x [USER]"
    assert clean_post(text) == ": look & laughs" or clean_post(text) == "look & laughs"


def test_page_furniture_is_taken_out() -> None:
    assert clean_talk('"\n== A heading ==\n:: ""well"" said') == 'A heading\n"well" said'


def test_rare_labels_are_drawn_more_often_and_clean_rows_less() -> None:
    source = Source(str.strip, repeat=1.0, clean_repeat=0.5, boosts={Label.THREAT: 4.0})
    assert repeat_of(source, {Label.TOXICITY: 1.0, Label.THREAT: 1.0}) == 4.0
    assert repeat_of(source, {Label.TOXICITY: 1.0, Label.THREAT: 0.0}) == 1.0
    assert repeat_of(source, {Label.TOXICITY: 0.2, Label.THREAT: 0.0}) == 0.5


def test_weights_multiply_and_unknown_labels_get_none() -> None:
    source = Source(
        str.strip,
        weight=0.5,
        weights={Label.OBSCENE: 0.4},
        negative_weights={Label.TOXICITY: 0.5},
    )
    weights = weights_of(source, {Label.TOXICITY: 0.0, Label.OBSCENE: 1.0})
    # toxicity, below 0.5: 0.5 * 0.5; obscene: 0.5 * 0.4; the rest unknown.
    assert weights == {Label.TOXICITY: 0.25, Label.OBSCENE: pytest.approx(0.2)}


def test_known_toxicity_is_never_replaced() -> None:
    source = Source(str.strip, implied=(1.0, 0.2, 0.3))
    known = {Label.TOXICITY: 0.0, Label.IDENTITY_ATTACK: 1.0}
    assert implied_toxicity(source, known) is None
    assert implied_toxicity(source, {Label.IDENTITY_ATTACK: 1.0}) == (1.0, 0.3)
    # Half an attack lies half-way between 0.2 and 1.
    assert implied_toxicity(source, {Label.IDENTITY_ATTACK: 0.5}) == (pytest.approx(0.6), 0.3)


def test_the_card_names_every_source() -> None:
    assert set(RECIPE) <= set(ORIGINS)
