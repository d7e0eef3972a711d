"""Which language a text is in, with the benefit of the doubt for texts of few words.

A library guesses among 138 languages; this module says when the guess is sure enough to refuse a
comment over. Loading it reads a model of 5 MB. Called by `analysis`; made by composition roots.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from py3langid import langid  # pyright: ignore[reportMissingTypeStubs]

from bot.text.alphabet import clean_unicode

COMMON = (
    *("ar", "cs", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru"),
    *("sv", "tr", "zh", "am", "bg", "bn", "da", "el", "fa", "fi", "he", "hu", "hy", "ka", "no"),
    *("ro", "ta", "te", "th", "uk", "ur", "vi"),
)
"""What a few letters may be in: Perspective's and Detoxify's languages, then large others."""

TWINS = (frozenset({"bs", "hr", "sr"}), frozenset({"da", "nn", "no"}), frozenset({"id", "ms"}))
"""Languages so alike that the guess wavers between them: that it is one of them counts."""

SURE = 0.6
"""From this confidence on a guess counts."""
SURE_IF_SHORT = 0.9
NEARLY = 0.4
"""As likely as this share of the best guess, a language that the model knows goes before it, where
there are few letters and they are not Latin: "Нет" may be Bulgarian as well as Russian."""
FEW_LETTERS = 20
"""Texts with fewer letters need `SURE_IF_SHORT`: "yo hamburger" would else be Indonesian."""
ENOUGH = 300
"""Characters that are looked at: more make no guess better."""

_NO_LANGUAGE = "zxx"
_PIDGIN = "pcm"
"""The library takes English slang for Nigerian Pidgin, so Pidgin counts as English."""
_NO_LANGUAGES = frozenset({_NO_LANGUAGE, _PIDGIN})
_NOT_WORDS = re.compile(r"https?:\S+|[@#]\w+|<[^>]*>|&#?\w+;|:\w+:")


class Identifier(Protocol):
    """What is used of py3langid, which has no types."""

    labels: list[str]

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Give each language's likelihood, best first; all together 1."""
        ...

    def classify(self, text: str) -> tuple[str, float]:
        """Give the best of them: the same, and quicker."""
        ...


class LanguageDetector:
    """Detects languages; in doubt it says one of those `spoken`, which the model knows.

    The first of them is what doubtful Latin letters are taken for.
    """

    def __init__(self, spoken: Sequence[str]) -> None:
        self._spoken = tuple(spoken)
        self._preferred = self._spoken[0]
        self._identifier = cast(
            "Identifier",
            langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True),  # pyright: ignore[reportUnknownMemberType]
        )

    @property
    def languages(self) -> frozenset[str]:
        """List what it can tell apart."""
        return frozenset(self._identifier.labels) - _NO_LANGUAGES

    def detect(self, text: str) -> list[str]:
        """Give the text's language, as a list of one; empty for a text without a letter."""
        words = _NOT_WORDS.sub(" ", clean_unicode(text[:ENOUGH]))
        letters = sum(map(str.isalpha, words))
        if not letters:
            return [self._preferred] if any(map(str.isalpha, text)) else []
        likeliest, confidence = self._identifier.classify(words)
        if letters >= FEW_LETTERS and confidence >= SURE and likeliest not in _NO_LANGUAGES:
            return [likeliest]
        likely = dict(self._identifier.rank(words))
        del likely[_NO_LANGUAGE]
        likely["en"] += likely.pop(_PIDGIN)
        best, confidence = _best(likely)
        is_latin, sure = _is_latin(words), SURE
        if letters < FEW_LETTERS and (is_latin or confidence < SURE_IF_SHORT):
            best, confidence = _best_common(likely)
            sure = SURE_IF_SHORT
            if confidence < sure and not is_latin:
                near = [tag for tag in self._spoken if likely.get(tag, 0) >= NEARLY * likely[best]]
                best = max(near, key=likely.__getitem__, default=best)
        # Other scripts tell their language in a word.
        return [best if confidence >= sure or not is_latin else self._preferred]


def _best(likely: Mapping[str, float]) -> tuple[str, float]:
    """Give the likeliest language, and how sure it is that it is this one or a twin of it."""
    best = max(likely, key=likely.__getitem__)
    twins = next((twins for twins in TWINS if best in twins), {best})
    return best, sum(likely[twin] for twin in twins)


def _best_common(likely: Mapping[str, float]) -> tuple[str, float]:
    """Give the likeliest common language, and how sure it is if it can be no other."""
    best = max(COMMON, key=likely.__getitem__)
    return best, likely[best] / sum(map(likely.__getitem__, COMMON))


def _is_latin(text: str) -> bool:
    """Say whether most letters are Latin."""
    letters = [sign for sign in text if sign.isalpha()]
    return 2 * sum(sign < "\u0250" for sign in letters) >= len(letters)
