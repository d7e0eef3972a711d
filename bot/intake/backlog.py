"""The backlog: what waits to be judged. Live messages first, then what catching up has found.

In memory alone, for Discord keeps everything: a live message that finds no room is read again
later. Held by the live intake.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.comment import Comment, Place
from bot.errors import StorageError
from bot.intake.catch_up import Missed
from bot.moderation.pipeline import SCORED_TOGETHER


@dataclass(slots=True)
class Live:
    """A message as the gateway told of it. `place` is None where its thread is not known yet.

    `is_ours` says that it stands in a watched place.
    """

    message: discord.Message
    place: Place | None
    is_ours: bool = False


@dataclass(slots=True)
class Page:
    """Missed comments that catching up waits for. `left` are not judged yet."""

    left: int
    judged: asyncio.Future[None]


@dataclass(slots=True)
class Behind:
    """A missed comment."""

    comment: Comment
    parent: Comment | None
    page: Page

    def done(self) -> None:
        """Note that it is judged; whoever waits for its page is told with the last."""
        self.page.left -= 1
        if self.page.left == 0 and not self.page.judged.done():
            self.page.judged.set_result(None)

    def failed(self) -> None:
        """Note that the bot itself failed on it: whoever waits is to try again, later."""
        if not self.page.judged.done():
            error = StorageError("the bot failed on comments that it had read")
            self.page.judged.set_exception(error)


Item = Live | Behind


class Backlog:
    """What waits. At most `room` live messages; of missed ones as many as are read side by side.

    `wait` wraps the waiting for work.
    """

    def __init__(self, room: int, wait: Callable[[Awaitable[Any]], Awaitable[Any]]) -> None:
        self._room = room
        self._wait = wait
        self._live: deque[Live] = deque()
        self._behind: deque[Behind] = deque()
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()

    def has_room(self) -> bool:
        """Say whether another live message may be held."""
        return len(self._live) < self._room

    def add(self, item: Live) -> None:
        """Queue a live message."""
        self._live.append(item)
        self.ring()

    async def add_missed(self, missed: Sequence[Missed]) -> None:
        """Queue missed comments behind the live ones, and wait until they are judged.

        Raises:
            StorageError: the bot failed on them; try again later.
        """
        page = Page(len(missed), asyncio.get_running_loop().create_future())
        self._behind += [Behind(comment, parent, page) for comment, parent in missed]
        self.ring()
        await page.judged

    async def gather(self) -> list[Item]:
        """Take what waits, up to what is scored together; empty where `ring` woke for nothing."""
        if not self._live and not self._behind:
            self._arrived.clear()
            self._empty.set()
            await self._wait(self._arrived.wait())
        batch: list[Item] = []
        for queue in (self._live, self._behind):
            while queue and len(batch) < SCORED_TOGETHER:
                batch.append(queue.popleft())
        return batch

    def ring(self) -> None:
        """Wake whoever waits for work."""
        self._empty.clear()
        self._arrived.set()

    @property
    def is_empty(self) -> bool:
        """Whether all that came is dealt with, and whoever does so waits for more."""
        return self._empty.is_set()

    async def emptied(self) -> None:
        """Wait until it is empty."""
        await self._empty.wait()
