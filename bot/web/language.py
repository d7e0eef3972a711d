"""Which language a text is in, with the benefit of the doubt for texts of few words.

A library guesses; this module says when the guess is sure enough to refuse a comment over. Loading
it reads a model of 5 MB. Called by `analysis`; made by composition roots.
"""

import re
from typing import Protocol, cast
from unicodedata import normalize

from py3langid import langid  # pyright: ignore[reportMissingTypeStubs]

KNOWN = (
    *("ar", "cs", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru"),
    *("sv", "tr", "zh", "am", "bg", "bn", "da", "el", "fa", "fi", "he", "hu", "hy", "ka", "no"),
    *("ro", "ta", "te", "th", "uk", "ur", "vi"),
)
"""Perspective's and Detoxify's languages, then others that must not be taken for one of them."""

SURE = 0.6
"""From this confidence on a guess counts."""
SURE_IF_SHORT = 0.9
FEW_LETTERS = 20
"""Texts with fewer letters need `SURE_IF_SHORT`: "yo hamburger" would else be Indonesian."""
ENOUGH = 300
"""Characters that are looked at: more make no guess better."""

_NOT_WORDS = re.compile(r"https?:\S+|[@#]\w+|<[^>]*>|&#?\w+;|:\w+:")


class Identifier(Protocol):
    """What is used of py3langid, which has no types."""

    def set_languages(self, langs: tuple[str, ...]) -> None:
        """Choose among these alone."""
        ...

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Give each language's likelihood, best first."""
        ...


class LanguageDetector:
    """Detects languages; in doubt it says `preferred`, one that the model knows (in Latin)."""

    def __init__(self, preferred: str) -> None:
        self._preferred = preferred
        self._identifier = cast(
            "Identifier",
            langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True),  # pyright: ignore[reportUnknownMemberType]
        )
        self._identifier.set_languages(KNOWN)

    def detect(self, text: str) -> list[str]:
        """Give the text's language, as a list of one; empty for a text without a letter."""
        words = _NOT_WORDS.sub(" ", normalize("NFKC", text[:ENOUGH]))
        letters = sum(sign.isalpha() for sign in words)
        if not letters:
            return [self._preferred] if any(map(str.isalpha, text)) else []
        language, confidence = self._identifier.rank(words)[0]
        sure = SURE if letters >= FEW_LETTERS else SURE_IF_SHORT
        return [language if confidence >= sure or not _is_latin(words) else self._preferred]


def _is_latin(text: str) -> bool:
    """Say whether most letters are Latin: other scripts tell their language in a word."""
    letters = [sign for sign in text if sign.isalpha()]
    return 2 * sum(sign < "\u0250" for sign in letters) >= len(letters)
