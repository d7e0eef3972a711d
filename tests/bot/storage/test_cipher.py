"""Words sealed and revealed, and keys that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StorageError
from bot.storage.cipher import Cipher, map_words, new_key
from tests.bot.storage.drafts import text

SEALING, PLAIN = Cipher(new_key()), Cipher()


@given(text)
def test_any_text_is_revealed_as_it_was_sealed(words: str) -> None:
    assert SEALING.reveal(SEALING.seal(words)) == words
    assert PLAIN.reveal(PLAIN.seal(words)) == words


def test_sealed_text_shows_nothing_and_never_looks_the_same() -> None:
    one, two = SEALING.seal("idiot"), SEALING.seal("idiot")
    assert "idiot" not in one
    assert one != two


def test_empty_text_stays_empty() -> None:
    assert (SEALING.seal(""), SEALING.reveal("")) == ("", "")


@pytest.mark.parametrize("other", [Cipher(new_key()).seal("idiot"), "idiot", "gAAAA", "ä"])
def test_what_another_key_sealed_or_none_is_not_taken_for_words(other: str) -> None:
    with pytest.raises(ValueError, match="cannot be revealed"):
        SEALING.reveal(other)


def test_text_changed_since_it_was_sealed_is_refused() -> None:
    sealed = SEALING.seal("idiot")
    swapped = "A" if sealed[30] != "A" else "B"
    with pytest.raises(ValueError, match="cannot be revealed"):
        SEALING.reveal(sealed[:30] + swapped + sealed[31:])


def test_the_newest_key_seals_and_every_key_reveals() -> None:
    old, new = new_key(), new_key()
    both = Cipher(b" %s , %s " % (new, old))
    by_old = Cipher(old).seal("idiot")
    assert both.reveal(by_old) == "idiot"
    assert Cipher(new).reveal(both.seal("idiot")) == "idiot"
    assert both.seals_as(both.seal("idiot"))
    assert not both.seals_as(by_old)
    assert not both.seals_as("idiot")


@pytest.mark.parametrize("key", [b"", b" , ", b"secret", new_key()[:-2], new_key() + b",secret"])
def test_a_key_that_is_none_is_refused_without_showing_it(key: bytes) -> None:
    with pytest.raises(StorageError, match="expected 32 random bytes") as refusal:
        Cipher(key)
    assert "secret" not in str(refusal.value)


@given(st.dictionaries(st.sampled_from(["id", "value", "roles"]), text))
def test_only_words_and_names_are_changed_in_json(others: dict[str, str]) -> None:
    value = {"text": "t", "author": {"name": "n", **others}, "mentions": [{"name": "m"}], "at": 1}
    assert map_words(str.upper, value) == {
        "text": "T",
        "author": {"name": "N", **others},
        "mentions": [{"name": "M"}],
        "at": 1,
    }
