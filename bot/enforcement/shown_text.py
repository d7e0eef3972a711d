"""What members wrote, made safe to show on Discord: it pings nobody, links nowhere, breaks nothing.

Pure. Control and invisible characters go first, then Markdown is escaped, then the text is cut
between letters as people see them. A cut never splits an escape. Not the cleaning for the model
(`bot.text`). Called by the notices and the mod-log.
"""

import unicodedata
from collections.abc import Iterable

import regex

LONGEST_STACK = 4
"""Marks on one letter: Hebrew and Vietnamese need up to four, nobody needs more."""
LONGEST_READ = 8_000
"""Characters looked at: twice what Discord lets anybody write, so that showing takes no time."""
MORE = "…"

_LETTER = regex.compile(r"\X")
_SPECIAL = frozenset("\\`*_~|<>[]()#-:@")
"""All that Discord's Markdown, mentions, timestamps, emoji and bare links begin or end with."""
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def units(text: str) -> int:
    """Count a text as Discord's clients do, in UTF-16 units: never fewer than its limits count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """Cut our own words to `limit` units between two letters, with an ellipsis where cut."""
    return _fitting((letter[0] for letter in _LETTER.finditer(text)), limit)


def plain(text: str, limit: int) -> str:
    """Show a member's words on one line, escaped: for names, titles and single values."""
    return _escaped(" ".join(_cleaned(text).split()), limit)


def quote(text: str, limit: int, *, is_hidden: bool = False) -> str:
    """Show a member's words as a quoted block, escaped; `is_hidden` puts each line in a spoiler."""
    lines = [line.rstrip() for line in _cleaned(text).strip().split("\n")]
    frame = "> ||{}||" if is_hidden else "> {}"
    shown: list[str] = []
    left = limit
    for line in lines:
        room = left - units(frame) - 2
        if room < 1:
            shown.append(f"> {MORE}")
            break
        cut = _escaped(line, room)
        row = frame.format(cut) if cut else ">"
        shown.append(row)
        left -= units(row) + 1
    return "\n".join(shown)


def _cleaned(text: str) -> str:
    """Take out control, invisible and unassigned characters, and towers of marks."""
    kept: list[str] = []
    stack = 0
    for letter in text[:LONGEST_READ].replace("\r\n", "\n").replace("\r", "\n"):
        stack = stack + 1 if unicodedata.combining(letter) else 0
        if letter in "\n\t\u2028\u2029":
            kept.append("\t" if letter == "\t" else "\n")
        elif stack <= LONGEST_STACK and unicodedata.category(letter) not in _DROPPED:
            kept.append(letter)
    return "".join(kept)


def _escaped(text: str, limit: int) -> str:
    return _fitting((_escape(letter[0]) for letter in _LETTER.finditer(text)), limit)


def _escape(letter: str) -> str:
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in letter)


def _fitting(pieces: Iterable[str], limit: int) -> str:
    """Join whole pieces up to `limit` units, with the ellipsis inside it where some are left."""
    kept: list[str] = []
    used = shortened = 0
    for piece in pieces:
        used += units(piece)
        if used > limit:
            return "".join(kept[:shortened]).rstrip() + MORE
        kept.append(piece)
        if used <= limit - units(MORE):
            shortened = len(kept)
    return "".join(kept)
