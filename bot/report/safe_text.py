"""What people wrote, made safe to show: one line or many, for a terminal or a page.

Not a cleaning for the model (`bot.text`) and not HTML escaping (the templates' autoescape): only
what would break a terminal, a file or the words around it is taken out. Called by the table and
the page.
"""

import unicodedata

from rich.cells import cell_len, chop_cells

LONGEST_STACK = 4
"""Marks on one letter: Hebrew and Vietnamese need up to four, nobody needs more."""

_TURNS_TEXT_AROUND = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_NOT_TEXT = frozenset({"Cc", "Cs"})


def one_line(text: str) -> str:
    """Put a text on one line: no control characters, no turned writing, no towers of marks."""
    kept = (c for c in _without_controls(text) if c not in _TURNS_TEXT_AROUND)
    return " ".join(_without_towers("".join(kept)).split())


def many_lines(text: str) -> str:
    """Keep a text's lines and writing directions; take out control characters alone."""
    return _without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def excerpt(text: str, cells: int) -> str:
    """Shorten a text to one line of at most `cells` terminal cells; wide letters take two."""
    line = one_line(text)
    if cell_len(line) <= cells:
        return line
    return chop_cells(line, cells - 1)[0].rstrip() + "…"


def _without_controls(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _NOT_TEXT)


def _without_towers(text: str) -> str:
    kept: list[str] = []
    stack = 0
    for letter in text:
        stack = stack + 1 if unicodedata.combining(letter) else 0
        if stack <= LONGEST_STACK:
            kept.append(letter)
    return "".join(kept)
