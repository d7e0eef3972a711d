"""Letters set apart by spaces put together again: "f u c k y o u", "nig ger".

Not a word segmenter for prose: it only parts runs of single signs. Called by `bot.text.disguise`.
"""

import re

from bot.text import lexicon
from bot.text.leet import in_case_of, read_leet

_SPACED = re.compile(r"(?<![^\s\"'(“‘])[^\s.,!?;:…\"'”’)](?: \S){2,}(?=[.,!?;:…\"'”’)]*(?!\S))")
_ENDS = frozenset(".,!?;:…")
_LONGEST_RUN = 200
_FEWEST_TO_JOIN = 5
"""Fewer letters apart than this are initials or options unless a known word comes out."""
_LONGEST_FORM = 16
_FEWEST_UNKNOWN = 3
_KNOWN_COST, _UNKNOWN_COST = 2, 5
_SPLIT = re.compile(
    r"\b(f uck|fu ck|fuc k|ni gger|nig ger|nigg er|nigg a|bi tch|bit ch|fagg ot|cu nt|sh it|shi t)"
    r"(?=(?:s|ed|er|ers|in|ing|ty)?\b)",
    re.IGNORECASE,
)


def join_spaced(text: str) -> str:
    """Join letters that stand apart, if a known word comes out or the run is long."""
    return _SPLIT.sub(lambda split: split[1].replace(" ", ""), _SPACED.sub(_join_run, text))


def _join_run(found: re.Match[str]) -> str:
    run = found.group()
    signs = run.split(" ")
    while signs and signs[-1] in _ENDS:
        signs.pop()
    after = run[2 * len(signs) - 1 :] if signs else run
    return _join_signs(signs) + after


def _join_signs(signs: list[str]) -> str:
    run = " ".join(signs)
    if len(signs) > _LONGEST_RUN or sum(sign.isalpha() for sign in signs) * 2 < len(signs):
        return run
    joined = "".join(signs)
    for reading in read_leet(joined.lower()):
        words = _segment(reading, unknown_allowed=False)
        if words and not lexicon.telling_forms().isdisjoint(words):
            return in_case_of(joined, " ".join(words))
    if len(signs) < _FEWEST_TO_JOIN or not joined.isalpha():
        return run
    words = _segment(joined.lower(), unknown_allowed=True)
    return in_case_of(joined, " ".join(words)) if words else joined


def _segment(letters: str, *, unknown_allowed: bool) -> list[str] | None:
    """Part `letters` into known words and, if allowed, unknown ones, at the least cost."""
    known = lexicon.known_forms()
    best: list[tuple[int, int] | None] = [(0, 0)]
    for end in range(1, len(letters) + 1):
        choices: list[tuple[int, int]] = []
        for start in range(max(0, end - _LONGEST_FORM), end):
            before = best[start]
            if before is None:
                continue
            length = end - start
            if letters[start:end] in known:
                choices.append((before[0] + _KNOWN_COST + (length == 1), start))
            elif unknown_allowed and length >= _FEWEST_UNKNOWN:
                choices.append((before[0] + _UNKNOWN_COST + length, start))
        best.append(min(choices, default=None))
    return _trace(letters, best)


def _trace(letters: str, best: list[tuple[int, int] | None]) -> list[str] | None:
    words: list[str] = []
    end = len(letters)
    while end:
        step = best[end]
        if step is None:
            return None
        words.append(letters[step[1] : end])
        end = step[1]
    return words[::-1]
