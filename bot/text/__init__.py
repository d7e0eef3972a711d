"""A comment's text made comparable: the plain reading, and the folded one with disguises undone.

Pure, total (never raises on any `str`), idempotent and linear in the text's length. It is not a
judge: the words it knows serve to recognise disguises. Called by `bot.moderation`, training and,
to see whom a text speaks to, `bot.policy.address`.
"""

from collections.abc import Sequence

from bot.domain.reading import Reading
from bot.text.alphabet import clean_unicode, spell_emoji
from bot.text.disguise import unmask
from bot.text.markup import (
    drop_code,
    drop_quoted_lines,
    strip_leading,
    strip_markup,
    strip_markup_signs,
)
from bot.text.quotation import Heard, drop_quotations

_PASSES = 6
"""Rounds of tidying before nesting counts as an attack; people's own text needs two."""


def normalise(text: str, heard: Sequence[str] = ()) -> str:
    """Make the plain reading: nothing but the writer's own words, on one line.

    In this order: quoted lines and markup out; Unicode tamed (NFKC, invisible characters, floods of
    combining marks); look-alike letters mended inside otherwise Latin words; passages in quotation
    marks that occur in `heard` (the texts this one answers) out; emoji spelled by name; white space
    folded to single spaces. Digits, case and punctuation stay. A comment that is nothing but a
    quote nobody in `heard` said counts as the writer's own words.
    """
    said = Heard(heard)
    text = drop_quoted_lines(text, said)
    for _ in range(_PASSES):
        before, text = text, _tidy(text, said)
        if text == before:
            return text
    # Markup nested deeper than that is nobody's prose: its signs go, whatever they meant.
    for _ in range(_PASSES):
        before, text = text, _tidy(strip_markup_signs(text), said)
        if text == before:
            break
    return text


def fold(plain: str) -> str:
    """Undo disguises (leet, masks, spacing, repeated letters) in a plain reading.

    Bolder than `normalise`, so it is only ever scored beside the plain reading. Returns `plain`
    itself where there is nothing to undo.
    """
    folded = plain
    for _ in range(_PASSES):
        before, folded = folded, unmask(folded)
        if folded == before:
            return before
    return plain


def read(text: str, heard: Sequence[str] = ()) -> Reading:
    """Read a comment both ways; `heard` as for `normalise`."""
    plain = normalise(text, heard)
    return Reading(plain=plain, folded=fold(plain))


def own_words(text: str) -> str:
    """Give what the writer says in their own voice: line by line, and emoji left as signs.

    As `normalise`, but code and passages of several words in quotation marks go too, whoever said
    them, as long as words stand beside them.
    """
    text = clean_unicode(drop_quoted_lines(text, Heard(())))
    spoken = drop_quotations(drop_code(text))
    text = spoken if any(map(str.isalnum, spoken)) else text
    for _ in range(_PASSES):
        before, text = text, clean_unicode(strip_markup(text))
        if text == before:
            break
    return text


def _tidy(text: str, said: Heard) -> str:
    text = clean_unicode(strip_markup(text))
    text = spell_emoji(said.drop_passages(text))
    return strip_leading(" ".join(text.split()))
