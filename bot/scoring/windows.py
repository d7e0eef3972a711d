"""Long texts cut into overlapping windows of tokens, and windows gathered into batches.

Not a model: it needs a tokenizer alone, so that every engine can share it. Called by the engines
(`make_cutter`) and by `bot.scoring.scorer` (`batches`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

WINDOW_TOKENS = 256
"""About 190 English words. Detoxify reads up to 512 tokens at once, but one abusive sentence drowns
in so many, and the models learned from comments of about 50 words."""

OVERLAP = 1 / 4
"""Share of a window that the next one repeats: a sentence of up to 64 tokens (about 45 words)
stands whole in at least one of them."""

LONE_SURROGATES = re.compile("[\ud800-\udfff]")
"""Half characters that no encoding can hold; JSON can smuggle them in as `\\ud800`."""


@dataclass(frozen=True, slots=True)
class Window:
    """One piece of a text, as a model takes it in.

    `ids` are the token ids with the model's own start and end tokens. `text` is the piece as it
    stands in the text. `number` counts from 1 up to `windows`.
    """

    ids: Sequence[int]
    text: str
    number: int
    windows: int


class WindowCutter:
    """Cuts texts into windows of at most `max_tokens`, each sharing `overlap` with the next.

    Takes the tokenizer over: truncation, padding and the treatment of special tokens are set here.
    """

    def __init__(
        self, tokenizer: Tokenizer, *, max_tokens: int, overlap: int, unknown_id: int
    ) -> None:
        self._tokenizer = tokenizer
        self._unknown_id = unknown_id
        added = tokenizer.get_added_tokens_decoder()
        self._structure = {at for at, token in added.items() if token.special} - {unknown_id}
        self._added = tokenizer.num_special_tokens_to_add(is_pair=False)
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens, stride=overlap)  # pyright: ignore[reportUnknownMemberType]
        # Somebody who writes "[SEP]" in a comment means the letters, not the end of the text.
        tokenizer.encode_special_tokens = True

    def cut(self, texts: Sequence[str]) -> list[list[Window]]:
        """Cut each text, in order. A text without a single token has no windows."""
        clean = [LONE_SURROGATES.sub("\ufffd", text) for text in texts]
        encodings = self._tokenizer.encode_batch(clean)
        return [
            self._windows(text, [first, *first.overflowing])
            for text, first in zip(texts, encodings, strict=True)
        ]

    def _windows(self, text: str, encodings: Sequence[Encoding]) -> list[Window]:
        pieces = [each for each in encodings if len(each) > self._added]
        if len(pieces) == 1:
            return [Window(self._ids(pieces[0]), text, 1, 1)]
        return [
            Window(self._ids(each), text[slice(*_span(each))], number, len(pieces))
            for number, each in enumerate(pieces, start=1)
        ]

    def _ids(self, encoding: Encoding) -> list[int]:
        """Take the token ids; vocabularies of pieces (XLM-R) still match a spelt-out "</s>"."""
        ids = encoding.ids
        if sum(map(self._structure.__contains__, ids)) == self._added:
            return ids
        return [
            self._unknown_id if token in self._structure and not special else token
            for token, special in zip(ids, encoding.special_tokens_mask, strict=True)
        ]


def make_cutter(tokenizer: Tokenizer, *, capacity: int, unknown_id: int) -> WindowCutter:
    """Make the cutter that every engine uses, for a network that reads `capacity` tokens at once.

    The tokenizer is taken over.
    """
    longest = min(WINDOW_TOKENS, capacity)
    return WindowCutter(
        tokenizer, max_tokens=longest, overlap=int(longest * OVERLAP), unknown_id=unknown_id
    )


def batches(windows: Sequence[Window], *, max_tokens: int) -> list[list[int]]:
    """Gather window positions into batches of like length, the longest first.

    A batch padded to its longest window holds at most `max_tokens` tokens (or one window).
    """
    by_length = sorted(range(len(windows)), key=lambda at: len(windows[at].ids), reverse=True)
    found: list[list[int]] = []
    room = 0
    for at in by_length:
        if room == 0:
            found.append([])
            room = max(1, max_tokens // len(windows[at].ids))
        found[-1].append(at)
        room -= 1
    return found


def _span(encoding: Encoding) -> tuple[int, int]:
    """Find where in the text the window's own tokens lie; it has at least one."""
    offsets = [
        offset
        for offset, special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
        if not special
    ]
    return offsets[0][0], offsets[-1][1]
