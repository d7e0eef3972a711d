"""A stage: all that one story of faults needs. Several stories can be told side by side.

Made by the suite's conftest, which also reckons up what became of each.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.fakes.discord.server import FakeDiscord
from tests.faults.bot_handle import BotProcess
from tests.faults.scene import Scene


@dataclass(frozen=True, slots=True)
class Stage:
    """A Discord, what is said there, and a bot to break, which is not started yet."""

    discord: FakeDiscord
    scene: Scene
    bot: BotProcess


Stages = Callable[[], AbstractAsyncContextManager[Stage]]


async def side_by_side(stories: Iterable[Coroutine[None, None, None]]) -> None:
    """Tell several stories at once, each to its end, whatever becomes of the others."""
    ends = await asyncio.gather(*stories, return_exceptions=True)
    failures = [end for end in ends if isinstance(end, Exception)]
    if failures:
        raise ExceptionGroup("stories that failed", failures)
