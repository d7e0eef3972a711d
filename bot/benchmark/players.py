"""The ways of scoring that are measured: Detoxify's own, ours in bulk, and ours as a bot runs it.

A player's methods are the orders that `bot.benchmark.contestant` passes on; what they return goes
out as JSON. Seconds are seconds of the wall clock. Libraries are loaded by who needs them alone.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from bot.benchmark.arrivals import Ask, Waits, all_at_once, by_chance, one_by_one
from bot.benchmark.memory import peak_mb
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.moderation.ports import Scorer
from bot.scoring.batcher import Batcher, Priority
from bot.scoring.guarded import GuardedScorer, open_scorer
from bot.scoring.remembering import RememberingScorer
from bot.scoring.scorer import EngineChoice, load_scorer

Spec = Mapping[str, str]
Result = TypeVar("Result")


class Player(ExitStack, ABC):
    """What all have: a turn to play, and the memory it took at most."""

    def play(self, texts: Sequence[str]) -> dict[str, Any]:
        """Score texts, each of them afresh; `calls` are the seconds of each call."""
        start = perf_counter()
        calls = self.calls(texts)
        return {"seconds": perf_counter() - start, "calls": calls}

    @abstractmethod
    def calls(self, texts: Sequence[str]) -> list[float]:
        """Score texts and say how long each call took."""

    def memory(self) -> float | None:
        """Say the most memory that was ever held, in MB."""
        return peak_mb()


class DetoxifyPlayer(Player):
    """`Detoxify.predict` as it is published, called for `at_once` comments."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        from detoxify import Detoxify

        settings = str(Path(spec["checkpoint"]).with_suffix(""))
        self._model: Any = Detoxify(checkpoint=spec["checkpoint"], huggingface_config_path=settings)
        self._at_once = int(spec["at_once"])

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Score texts, one list after the other; a list of one is given as a text."""
        seconds: list[float] = []
        for start in range(0, len(texts), self._at_once):
            chunk = list(texts[start : start + self._at_once])
            began = perf_counter()
            self._model.predict(chunk if self._at_once > 1 else chunk[0])
            seconds.append(perf_counter() - began)
        return seconds


class BulkPlayer(Player):
    """Our scorer, given everything at once, in this process. `engine` as for `--engine`."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._scorer = load_scorer(spec["model"], EngineChoice(spec["engine"]))

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Score texts in one call."""
        began = perf_counter()
        asyncio.run(_score(self._scorer, texts))
        return [perf_counter() - began]

    def scores(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Give the scores themselves, text by text."""
        found = asyncio.run(_score(self._scorer, texts))
        return [{label: s.value for label, s in each.by_label.items()} for each in found]


class BotPlayer(Player):
    """Our scorer as a running bot has it: a process of its own, a memory, and a batcher before it.

    Every text comes by itself, as members' comments do. The memory is fresh each time.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._runner = self.enter_context(asyncio.Runner())
        stack = AsyncExitStack()
        self.callback(lambda: self._run(stack.aclose()))
        opening = stack.enter_async_context(
            open_scorer(spec["model"], EngineChoice(spec["engine"]))
        )
        self._scorer: GuardedScorer = self._run(opening)

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Ask for all texts at the same time; how long each waited for its scores."""
        return self._waits(all_at_once(_asker(self._scorer), texts))

    def alone(self, texts: Sequence[str]) -> list[float]:
        """Ask for one text after the other."""
        return self._waits(one_by_one(_asker(self._scorer), texts))

    def load(self, texts: Sequence[str], rate: float, seed: int) -> list[float]:
        """Ask for texts as they come by chance, `rate` a second, whatever is still waiting."""
        return self._waits(by_chance(_asker(self._scorer), texts, rate, seed))

    def memory(self) -> float | None:
        """Say the most memory that this process and the engine's held together, in MB."""
        parts = (peak_mb(), peak_mb(self._scorer.process_id))
        return None if None in parts else sum(part for part in parts if part is not None)

    def _waits(self, work: Coroutine[Any, Any, Waits[list[Scores]]]) -> list[float]:
        return [seconds for seconds, _ in self._run(work)]

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)


def _asker(scorer: Scorer) -> Ask[list[Scores]]:
    """Give a way to ask for a text, through a batcher with a memory that knows nothing yet."""
    lane = Batcher(RememberingScorer(scorer)).lane(Priority.LIVE)
    return lambda text: _score(lane, [text])


async def _score(scorer: Scorer, texts: Sequence[str]) -> list[Scores]:
    return await scorer.score([Reading(text, text) for text in texts])
