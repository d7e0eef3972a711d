"""How texts come to whoever answers them: all at once, one after the other, or by chance.

Knows neither models nor sockets: what it is to ask, the caller says. Each gives, text by text, the
seconds it took and the answer. Called by the players.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from time import perf_counter
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Ask = Callable[[str], Coroutine[Any, Any, Answer]]
Waits = list[tuple[float, Answer]]


async def all_at_once(ask: Ask[Answer], texts: Sequence[str]) -> Waits[Answer]:
    """Ask for all texts at the same time."""
    began = perf_counter()
    return await asyncio.gather(*(_since(began, ask(text)) for text in texts))


async def one_by_one(ask: Ask[Answer], texts: Sequence[str], pause_s: float = 0.0) -> Waits[Answer]:
    """Ask for a text when the one before it is answered, and `pause_s` seconds have passed."""
    waits: Waits[Answer] = []
    for text in texts:
        if pause_s:
            await asyncio.sleep(pause_s)
        waits.append(await _since(perf_counter(), ask(text)))
    return waits


async def by_chance(
    ask: Ask[Answer], texts: Sequence[str], rate: float, seed: int
) -> Waits[Answer]:
    """Ask as members do, `rate` texts a second, whatever is still waiting.

    Measured from when a text was due, so that being late with it does not flatter.
    """
    chance = random.Random(seed)  # noqa: S311 - for repetition, not for secrets
    due = perf_counter()
    async with asyncio.TaskGroup() as group:
        asked: list[asyncio.Task[tuple[float, Answer]]] = []
        for text in texts:
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - perf_counter()))
            asked.append(group.create_task(_since(due, ask(text))))
    return [task.result() for task in asked]


async def _since(began: float, asked: Coroutine[Any, Any, Answer]) -> tuple[float, Answer]:
    answer = await asked
    return perf_counter() - began, answer
