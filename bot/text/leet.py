"""Digits and signs read as the letters they are drawn like.

Knows no words. Called by `bot.text.disguise` and `bot.text.spacing`.
"""

from collections.abc import Iterator

LEET = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "il", "|": "il", "+": "t", "€": "e", "£": "l", "¡": "i", "(": "c",
    "¢": "c", "©": "c",
}  # fmt: skip
"""Each sign and the letters it may stand for, the likeliest first."""


def read_leet(word: str) -> Iterator[str]:
    """Give the ways to read a lower-case word: each 1 an i, or each an l."""
    for choice in (0, -1):
        yield "".join(LEET[sign][choice] if sign in LEET else sign for sign in word)


def in_case_of(model: str, word: str) -> str:
    """Write `word` in capitals where `model` is, with one where `model` begins with one."""
    letters = [letter for letter in model if letter.isalpha()]
    if len(letters) > 1 and all(letter.isupper() for letter in letters):
        return word.upper()
    return word.capitalize() if model[0].isupper() else word
