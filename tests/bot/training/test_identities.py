"""Identity swaps and pictures: grammar kept, ordinary words left alone, nothing by accident."""

import random

import pytest

from bot.text import normalise
from bot.training.identities import Identities, load_identities


@pytest.fixture(scope="module")
def identities() -> Identities:
    return load_identities(normalise)


def test_a_swapped_name_keeps_its_form(identities: Identities) -> None:
    for seed in range(50):
        swapped = identities.swap("Muslims live here", random.Random(seed))
        name = swapped.removesuffix(" live here")
        assert name[0].isupper()
        assert name.lower() in identities.forms["plural"]


def test_the_same_name_becomes_the_same_other_name(identities: Identities) -> None:
    for seed in range(20):
        first, _, second = identities.swap("women like women", random.Random(seed)).partition(
            " like "
        )
        assert first == second


def test_words_with_other_meanings_are_left_alone(identities: Identities) -> None:
    text = "an old house, a straight line, a blind alley"
    assert identities.swap(text, random.Random(1)) == text
    assert not identities.names_someone(text)
    assert identities.names_someone("My neighbour is Jewish.")


def test_pictures_are_as_the_model_sees_them(identities: Identities) -> None:
    drawn = {identities.picture("they are rats", random.Random(seed)) for seed in range(20)}
    assert drawn == {"they are rats", f"they are {normalise('🐀')}"}


def test_decoration_only_adds_behind(identities: Identities) -> None:
    for seed in range(20):
        decorated = identities.decorate("well done", random.Random(seed))
        assert decorated.startswith("well done ")
        assert decorated.isascii()


def test_every_group_that_is_swapped_is_plain_and_in_lower_case(identities: Identities) -> None:
    for names in identities.forms.values():
        assert len(set(names)) == len(names)
        assert all(name == name.lower() for name in names)


def test_letters_that_only_count_as_others_do_not_stop_the_training(
    identities: Identities,
) -> None:
    assert identities.picture("THOſE BİTCHES AND A BİTCH", random.Random(1))
    assert identities.swap("WHİTE WOMEN AND MUſLIMS", random.Random(1)).count(" ") >= 3
