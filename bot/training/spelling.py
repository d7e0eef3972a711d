"""Misspells and disguises words as people do: slips of the hand, leet, masks, s p a c i n g.

Augmentation only: the other way round (undoing a disguise) is `bot.text.fold`. Called by
`bot.training.variants`; all chance comes from the caller's generator.
"""

import random
import re
from collections.abc import Callable

MASKS = "*-_.#*"
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "g": "9", "b": "8", "l": "1"}
SOUNDS = (
    ("ck", "k"),
    ("ck", "kk"),
    ("er", "a"),
    ("er", "uh"),
    ("s", "z"),
    ("ph", "f"),
    ("f", "ph"),
    ("u", "oo"),
    ("i", "y"),
    ("y", "i"),
    ("ee", "ea"),
    ("c", "k"),
    ("x", "ks"),
    ("ing", "in"),
    ("th", "d"),
    ("ou", "u"),
    ("qu", "kw"),
)
DISGUISED = 0.6
"""Share of the telling words that are disguised; the others are misspelled like any word."""
QUIET_TOO = 0.5
"""Share of the texts with a telling word in which an ordinary word is misspelled as well."""
RUN_MASKED = 0.3
"""Share of the masks that hide a run of letters, not a vowel."""
ALL_VOWELS = 0.3
"""Share of the masks over vowels that hide them all."""
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def disguise(word: str, chance: random.Random) -> str:
    """Hide a word from filters while people can still read it (`f*ck`, `id1ot`, `s t u p i d`)."""
    return chance.choice(_DISGUISES)(word, chance)


def misspell(word: str, chance: random.Random) -> str:
    """Misspell a word as in haste: a letter dropped, doubled, swapped, or the key beside it."""
    return chance.choice(_SLIPS)(word, chance)


def respell(text: str, telling: frozenset[str], chance: random.Random) -> str:
    """Misspell or disguise one to a few words, those in `telling` (lower case) rather than others.

    A text without a word of three letters comes back as it is.
    """
    words = [m.span() for m in re.finditer(r"[^\W\d_]{3,}", text)]
    if not words:
        return text
    loud = [span for span in words if text[slice(*span)].lower() in telling]
    chosen = chance.sample(loud, min(len(loud), chance.randint(1, 3)))
    quiet = [span for span in words if span not in loud]
    if quiet and (not chosen or chance.random() < QUIET_TOO):
        chosen += chance.sample(quiet, min(len(quiet), 1 + len(quiet) // 10))
    for start, end in sorted(chosen, reverse=True):
        change = disguise if (start, end) in loud and chance.random() < DISGUISED else misspell
        text = text[:start] + change(text[start:end], chance) + text[end:]
    return text


def recase(text: str, chance: random.Random) -> str:
    """Write it all large or all small, or without its punctuation."""
    way = chance.randrange(3)
    if way == 0:
        return text.upper()
    if way == 1:
        return text.lower()
    return re.sub(r"[.,!?;:'\"]", "", text)


def _mask(word: str, chance: random.Random) -> str:
    mark = chance.choice(MASKS)
    vowels = [i for i, c in enumerate(word) if i and c.lower() in "aeiou"]
    if not vowels or chance.random() < RUN_MASKED:
        start = chance.randint(1, max(1, len(word) - 2))
        end = chance.randint(start + 1, max(start + 1, len(word) - 1))
        return word[:start] + mark * (end - start) + word[end:]
    hidden = vowels if chance.random() < ALL_VOWELS else [chance.choice(vowels)]
    return "".join(mark if i in hidden else c for i, c in enumerate(word))


def _leet(word: str, chance: random.Random) -> str:
    places = [i for i, c in enumerate(word) if c.lower() in LEET]
    if not places:
        return _mask(word, chance)
    chosen = set(chance.sample(places, chance.randint(1, min(len(places), 3))))
    return "".join(chance.choice(LEET[c.lower()]) if i in chosen else c for i, c in enumerate(word))


def _space(word: str, chance: random.Random) -> str:
    return chance.choice((" ", " ", ".", "-", "_")).join(word)


def _stretch(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + word[place] * chance.randint(2, 5) + word[place + 1 :]


def _cut(word: str, chance: random.Random) -> str:
    place = chance.randint(1, len(word) - 1)
    return word[:place] + chance.choice(" -.") + word[place:]


def _sound(word: str, chance: random.Random) -> str:
    ways = [(a, b) for a, b in SOUNDS if a in word.lower()[1:]]
    if not ways:
        return _double(word, chance)
    old, new = chance.choice(ways)
    place = word.lower().index(old, 1)
    return word[:place] + new + word[place + len(old) :]


def _drop(word: str, chance: random.Random) -> str:
    place = chance.randint(1, len(word) - 1)
    return word[:place] + word[place + 1 :]


def _double(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    return word[: place + 1] + word[place:]


def _transpose(word: str, chance: random.Random) -> str:
    place = chance.randint(0, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _neighbour(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word))
    for row in KEYS:
        at = row.find(word[place].lower())
        if at >= 0:
            beside = row[at - 1] if at and chance.getrandbits(1) else row[min(at + 1, len(row) - 1)]
            return word[:place] + beside + word[place + 1 :]
    return _double(word, chance)


_Change = Callable[[str, random.Random], str]
_DISGUISES: tuple[_Change, ...] = (_mask, _mask, _leet, _leet, _space, _stretch, _cut, _sound)
_SLIPS: tuple[_Change, ...] = (_drop, _double, _transpose, _neighbour, _sound, _stretch)
