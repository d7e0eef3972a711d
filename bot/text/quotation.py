"""Somebody else's words: passages in quotation marks that occur in the comments being answered.

Not a judge of who meant what: a passage nobody in `heard` wrote stays. Called by `bot.text`.
"""

import re
from collections.abc import Sequence

_MARKS = re.compile(r"[\"“”„«»‘’']")
_PASSAGE = re.compile(
    r"\"([^\"]+)\"|[“„]([^“”„]+)[”“]|«([^«»]+)»|‘([^‘]+?)’(?!\w)"
    r"|(?<!\w)'((?:[^']|(?<=\w)'(?=\w))+)'(?!\w)"
)
_WORD = re.compile(r"\w+")
_FEWEST_WORDS = 2
_MOST_PASSAGES = 64
"""Looking a passage up costs a walk over all that was heard; nobody quotes more than this."""


class Heard:
    """The texts a comment answers, made ready for looking passages up."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._words: str | None = None

    def includes(self, passage: str) -> bool:
        """Say whether `passage` occurs there, word for word, whatever its case and punctuation."""
        if not self._texts:
            return False
        words = _words_of(passage)
        if self._words is None:
            self._words = "\n".join(map(_words_of, self._texts))
        return bool(words.strip()) and words in self._words

    def leave_out(self, lines: list[str]) -> list[str]:
        """Give `lines` without those that occur there."""
        looked_up = [line for line in lines[:_MOST_PASSAGES] if not self.includes(line)]
        return looked_up + lines[_MOST_PASSAGES:]

    def drop_passages(self, text: str) -> str:
        """Take quoted passages of two or more words out of `text` where they were heard."""
        if not self._texts or not _MARKS.search(text):
            return text
        left = _MOST_PASSAGES

        def drop(passage: re.Match[str]) -> str:
            nonlocal left
            inside = passage[passage.lastindex or 0]
            if left and len(_WORD.findall(inside)) >= _FEWEST_WORDS:
                left -= 1
                if self.includes(inside):
                    return " "
            return passage.group()

        return _PASSAGE.sub(drop, text)


def drop_quotations(text: str) -> str:
    """Take passages of two or more words in quotation marks out of `text`, whoever said them."""
    return _PASSAGE.sub(_drop_several_words, text) if _MARKS.search(text) else text


def _drop_several_words(passage: re.Match[str]) -> str:
    inside = passage[passage.lastindex or 0]
    return " " if len(_WORD.findall(inside)) >= _FEWEST_WORDS else passage.group()


def _words_of(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "
