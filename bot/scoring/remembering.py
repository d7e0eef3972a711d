"""A scorer that remembers: a text that was scored a moment ago is not scored again.

A raid is mostly copies of a few texts. Wraps any scorer; it belongs between the batcher and the
scorer, so that every asker shares one memory. Made by the composition roots.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import starmap
from sys import getsizeof

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from bot.moderation.ports import Scorer
from config.labels import Label

CAPACITY = 5_000_000
"""Bytes of what is remembered: some 3,000 comments of usual length."""
ENTRY_BYTES, LABEL_BYTES = 500, 100
"""What an entry takes beside its texts, and each of its labels beside that (CPython 3.11)."""

Key = tuple[ModelId, Reading]


class RememberingScorer:
    """Remembers the scores of the last texts, by text and model. Fits `ports.Scorer`.

    `capacity` is how many bytes all it remembers may take.
    """

    def __init__(self, scorer: Scorer, *, capacity: int = CAPACITY) -> None:
        self.scorer = scorer
        self._capacity = capacity
        self._taken = 0
        self._known: OrderedDict[Key, Scores] = OrderedDict()
        self._asked: dict[Key, asyncio.Future[None]] = {}

    @property
    def model(self) -> ModelId:
        """Say which model speaks."""
        return self.scorer.model

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has."""
        return self.scorer.labels

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """Score each reading, in order; what another call is having scored is waited for.

        Raises:
            ScoringError: the scorer failed on one of them. Failures are not remembered.
        """
        model = self.model
        keys = [(model, reading) for reading in readings]
        while others := {self._asked[key] for key in keys if key in self._asked}:
            # Whether they come to something or not: what is not known then is asked for here.
            await asyncio.wait(others)
        here = {key: self._known[key] for key in keys if key in self._known}
        missing = list(dict.fromkeys(key for key in keys if key not in here))
        if missing:
            here |= await self._ask(missing)
        for key in here:
            if key in self._known:
                self._known.move_to_end(key)
        return [here[key] for key in keys]

    async def _ask(self, missing: Sequence[Key]) -> dict[Key, Scores]:
        """Have texts scored, and remember them."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked |= dict.fromkeys(missing, done)
        try:
            found = dict(
                zip(missing, await self.scorer.score([key[1] for key in missing]), strict=True)
            )
        finally:
            for key in missing:
                del self._asked[key]
            done.set_result(None)
        self._remember(found)
        return found

    def _remember(self, found: Mapping[Key, Scores]) -> None:
        """Keep what was found, and forget what was asked for longest ago until it fits."""
        self._known |= found
        self._taken += sum(starmap(_bytes_of, found.items()))
        while self._taken > self._capacity:
            self._taken -= _bytes_of(*self._known.popitem(last=False))


def _bytes_of(key: Key, scores: Scores) -> int:
    """Say how much memory an entry takes; what shares a text counts it once."""
    reading = key[1]
    passages = (score.passage.text for score in scores.by_label.values())
    texts = {id(text): text for text in (reading.plain, reading.folded, *passages)}
    return ENTRY_BYTES + LABEL_BYTES * len(scores.by_label) + sum(map(getsizeof, texts.values()))
