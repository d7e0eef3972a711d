"""Where sentences lie in a text, counted as the wire counts: UTF-16 units, end excluded.

Not a scorer. The library that finds sentences counts characters and parts no lines; both is done
here. Pure; called by `analysis`.
"""

from dataclasses import dataclass
from typing import Any, cast

import sentencex  # pyright: ignore[reportMissingTypeStubs] (a Rust module)

MOST_SPANS = 64
"""Sentences beyond this many share spans, so that one request costs no more than a few texts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, and where it lies."""

    text: str
    begin: int
    end: int


def utf16_length(text: str) -> int:
    """Count a text's UTF-16 units: characters beyond U+FFFF have two. No half characters."""
    return len(text.encode("utf-16-le")) // 2


def sentence_spans(text: str, language: str) -> list[Span]:
    """Find a text's sentences, in order, without the white space around them.

    A line's end ends a sentence too. At most `MOST_SPANS`: beyond that, neighbours are joined.
    """
    pieces = _joined(_sentences(text, language))
    spans: list[Span] = []
    at, units = 0, 0
    for start, end in pieces:
        begin = units + utf16_length(text[at:start])
        piece = text[start:end]
        at, units = end, begin + utf16_length(piece)
        spans.append(Span(piece, begin, units))
    return spans


def _sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Find sentences as character positions, blank ones left out."""
    found: list[tuple[int, int]] = []
    line_at = 0
    for line in text.splitlines(keepends=True):
        if not line.strip():
            line_at += len(line)
            continue
        for sentence in _boundaries(language, line):
            start = line_at + sentence["start_index"]
            piece = text[start : line_at + sentence["end_index"]]
            if piece.strip():
                begin = start + len(piece) - len(piece.lstrip())
                found.append((begin, begin + len(piece.strip())))
        line_at += len(line)
    return found


def _boundaries(language: str, line: str) -> list[dict[str, int]]:
    return cast("Any", sentencex).get_sentence_boundaries(language, line)


def _joined(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    together = -(-len(pieces) // MOST_SPANS)
    groups = (pieces[at : at + together] for at in range(0, len(pieces), max(together, 1)))
    return [(group[0][0], group[-1][1]) for group in groups]
