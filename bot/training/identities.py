"""Swaps one group of people for another, and words for pictures, in a text.

So that what is said decides, not about whom; and so that pictures carry meaning. Not noise in
the spelling (`bot.training.spelling`). Called by `bot.training.variants`.
"""

import random
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

LEFT_AS_WORDS = 0.25
"""Share of the words with a picture that stay words in a text written with pictures."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Interchangeable names of groups by grammatical form, and pictures for words.

    Pictures are kept as the model sees them: what `bot.text.normalise` makes of each.
    """

    forms: Mapping[str, Sequence[str]]
    taken_out: tuple[str, ...]
    pictures: Mapping[str, Sequence[str]]
    moods: Sequence[str]

    def swap(self, text: str, chance: random.Random) -> str:
        """Put other groups for those named; each name becomes the same other name throughout."""
        became: dict[str, str] = {}

        def other(match: re.Match[str]) -> str:
            name = _as_listed(match.group())
            if name not in became:
                became[name] = chance.choice(self.forms[self._form_of(name)])
            return _in_case_of(match.group(), became[name])

        return _names(self.taken_out).sub(other, text)

    def names_someone(self, text: str) -> bool:
        """Say whether a group of people is named."""
        return _names(self.taken_out).search(text) is not None

    def picture(self, text: str, chance: random.Random) -> str:
        """Write pictures for some of the words that have one."""

        def drawn(match: re.Match[str]) -> str:
            if chance.random() < LEFT_AS_WORDS:
                return match.group()
            return f" {chance.choice(self.pictures[_as_listed(match.group())])} "

        return re.sub(r" {2,}", " ", _names(tuple(self.pictures)).sub(drawn, text)).strip()

    def decorate(self, text: str, chance: random.Random) -> str:
        """Put one or two pictures of mood behind a text: they say nothing by themselves."""
        return " ".join([text, *chance.choices(self.moods, k=chance.randint(1, 2))])

    def _form_of(self, name: str) -> str:
        return next(form for form, names in self.forms.items() if name in names)


def load_identities(normalise: Callable[[str], str]) -> Identities:
    """Read `identities.toml` beside this module; `normalise` turns its pictures into words."""
    content = resources.files(__package__ or "").joinpath("identities.toml").read_text("utf-8")
    table: dict[str, Any] = tomllib.loads(content)
    forms = {form: tuple(table[form]) for form in ("plural", "adjectives", "singular")}
    return Identities(
        forms=forms,
        taken_out=tuple(
            name
            for names in forms.values()
            for name in names
            if name not in table["never_taken_out"]
        ),
        pictures={
            word: tuple(normalise(picture) for picture in pictures)
            for word, pictures in table["pictures"].items()
        },
        moods=tuple(normalise(picture) for picture in table["moods"]["any"]),
    )


_patterns: dict[tuple[str, ...], re.Pattern[str]] = {}


def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    if names not in _patterns:
        longest_first = sorted(set(names), key=len, reverse=True)
        _patterns[names] = re.compile(
            rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE
        )
    return _patterns[names]


def _as_listed(found: str) -> str:
    """Give the name that was found in any case: "İ" and "ſ" count as an "i" and an "s" too."""
    return found.casefold().replace("\N{COMBINING DOT ABOVE}", "")


def _in_case_of(old: str, new: str) -> str:
    if old.isupper():
        return new.upper()
    return new.capitalize() if old[0].isupper() else new
