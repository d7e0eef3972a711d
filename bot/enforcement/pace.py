"""Takes turns: at most so many requests a second, the urgent first.

discord.py knows each route's limit but not the one over all routes (50 a second), nor what matters
more. Called before each request of `bot.enforcement.requests`; other parts' requests are few and
leave the rest of the fifty.
"""

import asyncio
import heapq
from enum import IntEnum
from itertools import count

from aiolimiter import AsyncLimiter

A_SECOND = 45


class Rank(IntEnum):
    """What goes first when much is to be done."""

    DELETE = 0
    SANCTION = 1
    LOG = 2
    NOTICE = 3


class Pace:
    """Turns in order of rank, then of asking. One task hands them out while somebody waits."""

    def __init__(self, a_second: float = A_SECOND) -> None:
        self._limiter = AsyncLimiter(a_second, 1)
        self._waiting: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._asked = count()
        self._usher: asyncio.Task[None] | None = None

    async def turn(self, rank: Rank) -> None:
        """Wait for a turn."""
        if not self._waiting and self._limiter.has_capacity():
            await self._limiter.acquire()
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._asked), turn))
        if self._usher is None or self._usher.done():
            self._usher = asyncio.create_task(self._hand_out())
        await turn

    async def _hand_out(self) -> None:
        while self._waiting:
            await self._limiter.acquire()
            while self._waiting:
                _, _, turn = heapq.heappop(self._waiting)
                if not turn.done():  # done: who asked has been cancelled
                    turn.set_result(None)
                    break
