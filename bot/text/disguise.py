"""Disguises undone: leet, masks, spacing and repeated letters, where a known word comes out.

Not a spelling corrector and not a judge: a word is changed only into one that `bot.text.lexicon`
knows (repeated letters apart). Called by `bot.text.fold` alone.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

from bot.text import lexicon
from bot.text.alphabet import as_latin
from bot.text.leet import LEET, in_case_of, read_leet
from bot.text.spacing import join_spaced

_LONGEST_WORD = 40
"""No longer run of signs is one disguised word."""

_CORE = re.compile(r"([\"'(\[{<“‘«¿¡,.;:?!…-]*)(.*?)([\"')\]}>”’».,;:?!…-]*)", re.DOTALL)
_PIECES = re.compile(r"([,;:()\[\]{}\"/…'’“”]+|\.{2,}|-{2,})")
_ADDRESS = re.compile(
    r"\w@\w.*\.\w|://|^www\.|\.(?:com|org|net|gov|edu|co|io|html?)\b", re.IGNORECASE
)

_TRIPLE = re.compile(r"([A-Za-z])\1\1", re.IGNORECASE)
_LETTER_RUN = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
_ROMAN = re.compile(r"[IVXLCDM]+")
_TRIPLED_NAMES = frozenset({"IEEE", "AAAS"})

_SEPARATORS = frozenset(".-_*~/|+`")
_SPREAD = re.compile(r"[^\W_](?:[-._*~/|+`]{1,3}[^\W_]){2,}")
_BROKEN = re.compile(r"[^\W_]+(?:[-._*~/|+`][^\W_]+)+")
_FEWEST_BROKEN = 4

_INNER_BOLD = re.compile(r"\*\*([^\W_]+)\*\*")
_DASHES = str.maketrans({"—": "--", "–": "-"})
"""A long dash masks two letters, as "f—k" does; a shorter one masks one."""

_STRONG_MASK = re.compile(r"[*#%@$!&^?~]")
_MASK_SIGNS = frozenset("*#%@$!&^?~_.-")
_STAR_RUN = re.compile(r"\*+")
_WEAKLY_MASKED = ("fuck", "shit", "bitch", "cunt", "nigg", "fag", "dick", "pus", "assh", "who")
# Masks that leave one letter, or three signs in all: too little to match, but a fixed custom.
_CUSTOM_MASKS = {
    "f***": "fuck", "f**": "fuck", "f***ing": "fucking", "f******": "fucking", "s***": "shit",
    "b****": "bitch", "c***": "cunt", "n*****": "nigger", "f*g": "fag", "f*gs": "fags",
    "f*k": "fuck", "f-ing": "fucking", "f*ing": "fucking", "a**": "ass", "a**hole": "asshole",
}  # fmt: skip
_FEWEST_VISIBLE = 2
_FEWEST_VISIBLE_AT_END = 3

_ACCENTS = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿıłƒšžčćąęßđğşţťřķġ",
    "aaaaaaceeeeiiiinoooooouuuuyyilfszccaebdgsttrkg",
)


def unmask(text: str) -> str:
    """Undo what disguises can be told for certain; give `text` itself where there are none."""
    text = join_spaced(text)
    words = text.split(" ")
    mended = [_mend(word) if len(word) <= _LONGEST_WORD else _mend_long(word) for word in words]
    return " ".join(mended) if mended != words else text


def _is_ordinary(word: str) -> bool:
    """Tell the bulk of words apart at little cost: ASCII letters, and a mark at the end."""
    if not word.isalpha():
        if not word or not word[:-1].isalpha() or word[-1] not in ".,?:;":
            return not word
        word = word[:-1]
    if not word.isascii() or _TRIPLE.search(word):
        return False
    return word.lower() not in lexicon.RESPELT


def _mend_long(word: str) -> str:
    """Mend the pieces that punctuation leaves, runs of one letter in them cut to three first."""
    pieces = [
        _LETTER_RUN.sub(r"\1\1\1", piece) if piece.isalpha() else piece
        for piece in _PIECES.split(word)
    ]
    return "".join(_mend(piece) if len(piece) <= _LONGEST_WORD else piece for piece in pieces)


@lru_cache(maxsize=65536)
def _mend(word: str) -> str:
    if _is_ordinary(word) or _ADDRESS.search(word):
        return word
    mended = _mend_affixed(word)
    if mended == word and _PIECES.search(word):
        mended = "".join(map(_mend_affixed, _PIECES.split(word)))
    return mended


def _mend_affixed(word: str) -> str:
    parts = _CORE.fullmatch(word)
    if not parts or not parts[2]:
        return word
    before, core, after = parts.groups()
    if before.endswith("!") and (found := _unleet("!" + core.lower(), lexicon.telling_forms())):
        return before[:-1] + in_case_of(core, found) + after
    return before + _mend_core(core) + after


def _mend_core(core: str) -> str:
    lowered = core.lower()
    if lowered in lexicon.known_forms() or lowered.rstrip("*") in lexicon.telling_forms():
        return core
    if not any(map(str.isalpha, core)):
        return core
    found = (
        lexicon.RESPELT.get(lowered)
        or _CUSTOM_MASKS.get(lowered)
        or _unbold(lowered)
        or _unstretch(core)
        or _unaccent(lowered)
        or _unmix(lowered)
        or _unleet(lowered)
        or _unseparate(lowered)
        or _uncover(lowered.translate(_DASHES))
    )
    return in_case_of(core, found) if found else core


def _unstretch(core: str) -> str | None:
    """Shorten repeated letters: to a known word if there is one ("stuuupid"), else by rule."""
    word = core.lower()
    if not _TRIPLE.search(word) or len(set(word)) == 1:
        return None
    for reading in read_leet(word):
        known = lexicon.squeezed_forms().get(lexicon.squeeze(reading))
        if known and _stretches(reading, known):
            return known
    if not core.isalpha() or _ROMAN.fullmatch(core) or core in _TRIPLED_NAMES:
        return None
    return _LETTER_RUN.sub(_shorten, word)


def _stretches(word: str, form: str) -> bool:
    """Say whether only runs of three or more letters in `word` were cut to reach `form`."""
    runs = zip(_runs(word), _runs(form), strict=True)
    return all(was == now or was > max(2, now) for was, now in runs)


def _runs(word: str) -> list[int]:
    return [len(list(run)) for _, run in groupby(word)]


def _shorten(run: re.Match[str]) -> str:
    letter = run[1]
    is_inside = run.start() > 0 and run.end() < len(run.string)
    return letter * 2 if is_inside and letter not in "aeiouyh" else letter


def _unbold(word: str) -> str | None:
    """Find the known word that chat shows with some of its letters in bold: "fu**c**k"."""
    bare = _INNER_BOLD.sub(r"\1", word)
    return bare if bare != word and bare in lexicon.known_forms() else None


def _unaccent(word: str) -> str | None:
    """Find the abusive word under accents that no word has: "fück".

    Marks that compose with no letter are in hardly any spelling, so any telling word counts there.
    """
    if word.isascii():
        return None
    bare = "".join(sign for sign in word if not unicodedata.combining(sign))
    forms = lexicon.abusive_forms() if bare == word else lexicon.telling_forms()
    bare = bare.translate(_ACCENTS)
    return bare if bare in forms else None


def _unmix(word: str) -> str | None:
    """Find the known word that letters of several scripts are drawn like: "ι∂ισт", "αяє"."""
    if word.isascii():
        return None
    latin = as_latin(word)
    return latin if latin in lexicon.known_forms() else None


def _unleet(word: str, forms: frozenset[str] | None = None) -> str | None:
    """Find the known word that digits and signs spell: "id1ot", "@ss", "$hit".

    `forms` are the words looked for; None leaves that to the word's end.
    """
    if word.isalpha() or sum(map(str.isalpha, word)) < _FEWEST_VISIBLE:
        return None
    if forms is None:
        # "hi5" is no "his": an everyday word at least ends in a letter.
        forms = lexicon.telling_forms() if word[-1].isdigit() else lexicon.known_forms()
    return next((form for form in read_leet(word) if form in forms), None)


def _unseparate(word: str) -> str | None:
    """Find the abusive word that signs stand between the letters of: "f.u.c.k", "nig-ger"."""
    forms = lexicon.telling_forms()
    if not _SPREAD.fullmatch(word):
        if not _BROKEN.fullmatch(word):
            return None
        forms = lexicon.abusive_forms()
    bare = "".join(sign for sign in word if sign not in _SEPARATORS)
    if forms is lexicon.abusive_forms() and len(bare) < _FEWEST_BROKEN:
        return None
    if sum(map(str.isalpha, bare)) * 2 <= len(bare):  # "5.3.x" is a version
        return None
    return next((form for form in read_leet(bare) if form in forms), None)


def _uncover(word: str) -> str | None:
    """Find the abusive word whose letters a mask covers: "f*ck", "sh#t", "n****r"."""
    if not word[0].isalpha() or _MASK_SIGNS.isdisjoint(word):
        return None
    visible = sum(map(str.isalpha, word))
    if visible < (_FEWEST_VISIBLE if word[-1].isalnum() else _FEWEST_VISIBLE_AT_END):
        return None
    is_strong = _STRONG_MASK.search(word) is not None
    exact = re.compile("".join(_sign_pattern(sign) for sign in word))
    for form in lexicon.masked_forms():
        if len(form) == len(word) > _FEWEST_VISIBLE_AT_END and exact.fullmatch(form):
            if not is_strong and not form.startswith(_WEAKLY_MASKED):
                return None
            if form in lexicon.commonly_masked_forms() or visible * 2 >= len(form):
                return form
    return _uncover_miscounted(word, visible) if "*" in word else None


def _uncover_miscounted(word: str, visible: int) -> str | None:
    """Find the word for a mask with one star too many or too few: "f**ck", "n*****r"."""
    if not word[-1].isalnum() or not word.replace("*", "").isalnum():
        return None
    at, pattern = 0, ""
    for run in _STAR_RUN.finditer(word):
        count = run.end() - run.start()
        pattern += "".join(map(_sign_pattern, word[at : run.start()]))
        pattern += f"[a-z]{{{max(1, count - 1)},{count + 1}}}"
        at = run.end()
    near = re.compile(pattern + "".join(map(_sign_pattern, word[at:])))
    stars = len(word) - visible
    for form in lexicon.masked_forms():
        if near.fullmatch(form) and form in lexicon.commonly_masked_forms():
            return form if visible > _FEWEST_VISIBLE or stars > _FEWEST_VISIBLE else None
    return None


def _sign_pattern(sign: str) -> str:
    if sign in _MASK_SIGNS:
        return "[a-z]"
    return f"[{LEET[sign]}]" if sign in LEET else re.escape(sign)
