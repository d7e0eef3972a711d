"""Takes discord.py's own waits away: seconds between retries, before IDENTIFY, after READY.

The order of things stays; only their length goes. The event loop's clock is left alone, and so is
every wait of the bot's own.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import discord.client
import discord.gateway
import discord.http
import discord.state

LONGEST_S = 0.01
READY_S = 0.1
"""How long the library waits for one more server before it says that it is ready."""


class _HastyAsyncio:
    """`asyncio`, except that nobody sleeps for long."""

    @staticmethod
    async def sleep(delay: float, result: Any = None) -> Any:
        return await asyncio.sleep(min(delay, LONGEST_S), result)

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


@contextmanager
def hasty_library() -> Generator[None]:
    """Shorten all waits of discord.py in this process."""
    hasty = _HastyAsyncio()
    with (
        patch.object(discord.client, "asyncio", hasty),
        patch.object(discord.gateway, "asyncio", hasty),
        patch.object(discord.http, "asyncio", hasty),
        soon_ready(),
    ):
        yield


@contextmanager
def soon_ready() -> Generator[None]:
    """Let discord.py be ready soon after the last server it hears of."""
    begin: Callable[..., None] = discord.state.ConnectionState.__init__

    def begin_hastily(self: Any, **options: Any) -> None:
        begin(self, **{"guild_ready_timeout": READY_S, **options})

    with patch.object(discord.state.ConnectionState, "__init__", begin_hastily):
        yield
