"""The server on Perspective's wire as `serve` has it, with its batcher open to be asked beside.

A player of `bot.benchmark.contestant`. It answers requests whenever they come, also while no order
is being carried out: its event loop turns in a thread of its own.
"""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from bot.benchmark.arrivals import Ask, Waits, all_at_once, one_by_one
from bot.benchmark.players import Player, Spec
from bot.domain.scores import Scores
from bot.mount import Mounted, mounted
from bot.scoring.batcher import Batcher, Priority
from bot.scoring.guarded import open_scorer
from bot.scoring.remembering import RememberingScorer
from bot.scoring.scorer import EngineChoice
from bot.scoring.scratch import scratch_folder
from bot.storage.database import open_database
from bot.text import read
from config.settings import KeysAsked, Settings

PREFIX = "evenhand-bench-server-"
"""What its folder begins with: the next contest sweeps away what a killed one left."""

PAUSE_S = 0.001
"""Between two questions to the model alone, which requests leave to it by themselves: asked without
any pause, its processor has not dozed off, and it answers half a millisecond sooner."""

Result = TypeVar("Result")
Way = Callable[[Ask[list[Scores]], Sequence[str]], Coroutine[Any, Any, Waits[list[Scores]]]]


class ServerPlayer(Player):
    """A server on a free port of this machine, asked through its batcher or at its address.

    Nothing is remembered, so that neither way answers what the other was asked.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        folder = self.enter_context(scratch_folder(Path(tempfile.gettempdir()), PREFIX))
        self._loop = self.enter_context(_turning_loop())
        stack = AsyncExitStack()
        self.callback(lambda: self._run(stack.aclose()))
        batcher, self._mounted = self._run(_open(stack, spec, folder))
        self._lane = batcher.lane(Priority.LIVE)

    def calls(self, texts: Sequence[str]) -> list[float]:
        """Ask the batcher for all texts at the same time; how long each waited."""
        return self._waits(all_at_once, texts)

    def alone(self, texts: Sequence[str]) -> list[float]:
        """Ask the batcher for one text after the other, read beforehand: the model's time."""
        return self._waits(partial(one_by_one, pause_s=PAUSE_S), texts)

    def url(self) -> str:
        """Say where requests are answered."""
        return self._mounted.url

    def _waits(self, way: Way, texts: Sequence[str]) -> list[float]:
        readings = dict(zip(texts, map(read, texts), strict=True))

        async def ask(text: str) -> list[Scores]:
            return await self._lane.score([readings[text]])

        return [seconds for seconds, _ in self._run(way(ask, texts))]

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _open(stack: AsyncExitStack, spec: Spec, folder: Path) -> tuple[Batcher, Mounted]:
    """Wire everything as `bot.serve` does; the settings are the shipped ones, not somebody's."""
    settings = Settings.model_construct(web_port=0, web_keys=KeysAsked.NEVER)
    scorer = await stack.enter_async_context(
        open_scorer(spec["model"], EngineChoice(spec["engine"]))
    )
    database = await stack.enter_async_context(open_database(str(folder / "bench.sqlite3")))
    batcher = Batcher(RememberingScorer(scorer, capacity=0))
    stack.push_async_callback(batcher.aclose)
    return batcher, await stack.enter_async_context(mounted(settings, batcher, database))


@contextmanager
def _turning_loop() -> Generator[asyncio.AbstractEventLoop]:
    """Give an event loop that turns by itself."""
    loop = asyncio.new_event_loop()
    # A server that could not be wired must not keep its process alive.
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
