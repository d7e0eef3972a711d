"""Sentence spans: where they begin and end, in UTF-16 units."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.spans import MOST_SPANS, sentence_spans, utf16_length


def spans(text: str) -> list[tuple[str, int, int]]:
    return [(span.text, span.begin, span.end) for span in sentence_spans(text, "en")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two!", [("One.", 0, 4), ("Two!", 5, 9)]),
        ("no end", [("no end", 0, 6)]),
        ("  One.  \n\n Two ", [("One.", 2, 6), ("Two", 11, 14)]),
        ("line one\nline two", [("line one", 0, 8), ("line two", 9, 17)]),
        ("Hello Mr. Smith! Yes.", [("Hello Mr. Smith!", 0, 16), ("Yes.", 17, 21)]),
        # Each of the two emoji has two units, the family five characters and eight units.
        ("😀. b", [("😀.", 0, 3), ("b", 4, 5)]),
        ("👨‍👩‍👧. b", [("👨‍👩‍👧.", 0, 9), ("b", 10, 11)]),
        ("你好。再见。", [("你好。", 0, 3), ("再见。", 3, 6)]),
        ("", []),
        (" \n ", []),
    ],
)
def test_spans(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert spans(text) == expected


def test_more_sentences_than_allowed_share_spans_and_none_is_lost() -> None:
    text = " ".join(f"Number {n} is here." for n in range(1000))
    found = sentence_spans(text, "en")
    assert len(found) <= MOST_SPANS
    assert (found[0].begin, found[-1].end) == (0, utf16_length(text))
    assert all(a.end + 1 == b.begin for a, b in itertools.pairwise(found))


WITHOUT_HALVES = st.characters(exclude_categories=["Cs"])


@given(st.text(WITHOUT_HALVES) | st.text("aB. !?\n\r\u2028é😀。"))
def test_every_visible_sign_lies_in_exactly_one_span(text: str) -> None:
    units = text.encode("utf-16-le")
    found = sentence_spans(text, "en")
    for span in found:
        assert units[2 * span.begin : 2 * span.end].decode("utf-16-le") == span.text
    assert "".join("".join(span.text.split()) for span in found) == "".join(text.split())
