"""A scorer that remembers: a text that was scored a moment ago is not scored again.

A raid is mostly copies of a few texts. Wraps any scorer; it belongs between the batcher and the
scorer, so that every asker shares one memory. Made by the composition roots.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from bot.domain.reading import Reading
from bot.domain.scores import ModelId, Scores
from bot.moderation.ports import Scorer
from config.labels import Label

CAPACITY = 4096
"""How many texts are remembered."""
LONGEST = 2000
"""Letters of the longest text remembered: with `CAPACITY` it keeps the memory below some 20 MB."""

Key = tuple[ModelId, Reading]


class RememberingScorer:
    """Remembers the scores of the last texts, by text and model. Fits `ports.Scorer`."""

    def __init__(self, scorer: Scorer, *, capacity: int = CAPACITY, longest: int = LONGEST) -> None:
        self.scorer = scorer
        self._capacity = capacity
        self._longest = longest
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
        for key, scores in found.items():
            if len(key[1].plain) + len(key[1].folded) <= self._longest:
                self._known[key] = scores
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return found
