"""Unicode tamed: compatibility forms, invisible characters, mark floods, look-alikes, emoji.

Not a transliterator: words of other scripts stay as they are, up to `compose`. Called by
`bot.text`.
"""

import re
import unicodedata
from functools import cache, lru_cache

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffc"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e01ef]"
)
# The joiners carry meaning in Arabic, Persian and the Indic scripts and inside emoji.
_STRAY_JOINER = re.compile(
    r"(?<![\u0600-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0600-\U0010ffff])"
    r"|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_VARIATION = re.compile(r"(?<![\u203c-\u3299\U0001f000-\U0001faff])\ufe0f")
# Overlays (strike-through) and enclosing marks belong to no orthography.
_OVERLAY = re.compile(r"[\u0334-\u0338\u0488\u0489\u20d0-\u20f0]+")
_FLOOD = re.compile(r"[\u0300-\u0333\u0339-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f]{3,}")
_REPEATED_MARK = re.compile(
    r"([\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\1{2,}"
)
# One of these signs is up to 18 letters long, a way to blow a comment up.
_PHRASES = re.compile(r"([\ufdf0-\ufdfb]{4})[\ufdf0-\ufdfb]+")
_FRACTION = re.compile(r"(?<=\d)(?=[\xbc-\xbe\u2150-\u215f\u2189])")
_POWER = re.compile(r"(?<=\d)(?=[\xb2\xb3\xb9\u2070\u2074-\u2079])")
# Letters that NFKC takes apart into what nobody who reads the script would write: Thai and Lao
# "am" (its tone mark would stand in the wrong place), Lao "hn" and "hm", the Armenian word for
# "and", Kazakh letters with a high hamza, the Tifinagh sign of rounding, Hangul letters written
# alone as in laughter, and Japanese sound marks (they would gain a space).
_WHOLE_LETTERS = (
    "\u0e33\u0eb3\u0edc\u0edd\u0587\u0675-\u0678\u2d6f\u3131-\u3163\u3165-\u318e\u309b\u309c"
)
_TO_COMPOSE = re.compile(f"[^{_WHOLE_LETTERS}]+")
_INNER_APOSTROPHE = re.compile(r"(?<=\w)[\u2019\u02bc](?=\w)")
_FOREIGN_LETTER = re.compile(r"[^\x00-\u024f\u1e00-\u1eff]")
_LETTER_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\xc0-\u024f\u1e00-\u1eff]")
_LATIN_BESIDE_FOREIGN = re.compile(
    r"[A-Za-z\xc0-\u024f\u1e00-\u1eff][\u0250-\u1dff\u1f00-\u1fff\u2071-\uffff]"
    r"|[\u0250-\u1dff\u1f00-\u1fff\u2071-\uffff][A-Za-z\xc0-\u024f\u1e00-\u1eff]"
)
_SHORTEST_MIXED_WORD = 3
_TWO_SCRIPTS = re.compile(
    r"[\u0370-\u03ff][^\u0400-\u052f]*[\u0400-\u052f]|[\u0400-\u052f][^\u0370-\u03ff]*[\u0370-\u03ff]|∂"
)
"""Greek and Cyrillic in one word, or a sign of mathematics for a letter: no language writes so."""

_EMOJI_RUN = re.compile(
    r"[\u203c\u2049\u2139\u2190-\u21ff\u2300-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    r"[\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff\u200d\ufe0f\U000e0020-\U000e007f]*"
)
_LEFTOVER = re.compile(r"[\ufe0f\U000e0020-\U000e007f\U0001f3fb-\U0001f3ff]")
_FLAG_LETTERS = re.compile(r"[\U0001f1e6-\U0001f1ff]+")
_FLAG_LETTER_A = 0x1F1E6
_LOOSELY_ALIKE = str.maketrans("яєηστιυ∂", "renotiud")
_LONGEST_RUN = 64
"""Longer runs are named in pieces, which keeps the cache small."""


def clean_unicode(text: str) -> str:
    """Make equal what looks equal; leave what only other scripts' words are made of."""
    if text.isascii():
        return _CONTROLS.sub("", text)
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.translate(_letters())
    text = _FRACTION.sub(" ", _POWER.sub("^", _PHRASES.sub(r"\1", text)))
    text = compose(text).replace("\u2044", "/")
    text = _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))
    text = _VARIATION.sub("", text)
    text = _REPEATED_MARK.sub(r"\1", _FLOOD.sub("", _OVERLAY.sub("", text)))
    text = compose(text)
    text = _INNER_APOSTROPHE.sub("'", text)
    if _LATIN_BESIDE_FOREIGN.search(text):
        text = _LETTER_WORD.sub(_mend_word, text)
    return text


def compose(text: str) -> str:
    """Compose letters and marks and fold compatibility forms (NFKC), except for whole letters."""
    return _TO_COMPOSE.sub(lambda part: unicodedata.normalize("NFKC", part.group()), text)


def spell_emoji(text: str) -> str:
    """Spell emoji by their English names; the same emoji many times over counts once."""
    if text.isascii():
        return text
    text = _EMOJI_RUN.sub(lambda run: _name_run(run.group()), text)
    return _LEFTOVER.sub("", text)


def as_latin(word: str) -> str:
    """Write a word of mixed scripts with the Latin letters it passes for; any other stays.

    Bolder than the plain reading: it takes "я" for an R. A word in one script may be a real one.
    """
    if not _TWO_SCRIPTS.search(word):
        return word
    return word.translate(_look_alikes()).translate(_LOOSELY_ALIKE)


def _mend_word(found: re.Match[str]) -> str:
    """Replace look-alikes if all other letters are Latin, so that nothing foreign is left."""
    word = found.group()
    if word.isascii() or len(word) < _SHORTEST_MIXED_WORD or not _LATIN.search(word):
        return word
    mended = word.translate(_look_alikes())
    return word if _FOREIGN_LETTER.search(mended) else mended


@lru_cache(maxsize=4096)
def _name_run(run: str) -> str:
    if len(run) > _LONGEST_RUN:
        return " ".join(
            _name_run(run[at : at + _LONGEST_RUN]) for at in range(0, len(run), _LONGEST_RUN)
        )
    import emoji

    run = _FLAG_LETTERS.sub(_name_flags, _LEFTOVER.sub("", run))
    names: list[str] = []

    def name(_: str, about: dict[str, str]) -> str:
        words = about["en"].strip(":").replace("_", " ").replace("heart suit", "heart")
        return f" {words} "

    spelled = emoji.replace_emoji(run, replace=name)
    for part in spelled.replace("\u200d", " ").split("  "):
        if not names or names[-1] != part.strip():
            names.append(part.strip())
    text = "  ".join(names)
    return f" {text} " if text != run else run


def _name_flags(found: re.Match[str]) -> str:
    """Leave a run of whole flags to be named; spell any other run as the letters it shows."""
    import emoji

    run = found.group()
    pairs = [run[at : at + 2] for at in range(0, len(run), 2)]
    if all(emoji.is_emoji(pair) for pair in pairs):
        return run
    return " " + "".join(chr(ord(sign) - _FLAG_LETTER_A + ord("a")) for sign in run) + " "


@cache
def _letters() -> dict[int, str]:
    """Map signs that show a letter or quotation mark and that NFKC leaves or takes apart."""
    table = {0xB4: "'", 0xA8: '"', 0xAF: "-", 0xB8: ",", 0x2DC: "~", 0xFFFD: " "}
    for first in (0x1F150, 0x1F170):  # negative circled and squared capitals
        table |= {first + n: chr(ord("A") + n) for n in range(26)}
    small_capitals = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
    table |= dict(zip(map(ord, small_capitals), "abcdefghijklmnoprstuvwyz", strict=True))
    return table


@cache
def _look_alikes() -> dict[int, str]:
    """Map letters of other scripts to the one Latin letter each passes for.

    From Unicode's confusables by way of confusable_homoglyphs, plus the letters it holds to be
    alike only in some typefaces.
    """
    from confusable_homoglyphs import confusables

    table: dict[int, str] = {}
    for sign, alikes in confusables.confusables_data.items():
        if len(sign) != 1 or not sign.isalpha() or not _FOREIGN_LETTER.match(sign):
            continue
        for alike in alikes:
            letter = alike["c"]
            if len(letter) == 1 and letter.isascii() and letter.isalpha():
                table[ord(sign)] = letter
                break
    table |= dict(zip(map(ord, "ІΙкмтнвгпαβεικνορτυχγωη"), "IIkmthbrnabeikvoptuxywn", strict=True))
    return table
