"""Staying connected: what is waited out, what ends the run, and in which words.

What Discord does on the wire is played in tests/faults; here the client's own calls are.
"""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.client import FIRST_PAUSE_S, MANY_SESSIONS, EvenhandBot, NotLetInError, run_bot
from bot.errors import ModerationError
from bot.policy.policy_file import load_preset
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.scripted_scorer import ScriptedScorer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOCKET = SimpleNamespace(close_code=None, open=False)


def closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(SOCKET, shard_id=None, code=code)  # type: ignore[arg-type]


class Scripted(EvenhandBot):
    """A bot whose log-ins and connections go as scripted: an error to raise, or None for good."""

    def __init__(self, logins: list[Any], connections: list[Any], left: int = 1000) -> None:
        super().__init__(
            stores=MemoryStorage(lambda: NOW),
            scorer=ScriptedScorer({}),
            default_policy=load_preset("balanced"),
            clock=lambda: NOW,
        )
        self._logins, self._connections = iter(logins), iter(connections)
        self.slept: list[float] = []

        async def limit() -> tuple[int, str, dict[str, int]]:
            return 1, "", {"total": 1000, "remaining": left, "reset_after": 3_600_000}

        self.http.get_bot_gateway = limit  # type: ignore[method-assign,assignment]

    async def login(self, token: str) -> None:
        await self._do(next(self._logins))

    async def connect(self, *, reconnect: bool = True) -> None:
        await self._do(next(self._connections))

    async def _do(self, error: Any) -> None:
        if error is not None:
            raise error

    async def rest(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)


async def run(bot: Scripted) -> None:
    await run_bot(bot, "a.token", sleep=bot.rest)


async def test_a_wrong_token_ends_the_run_and_says_what_to_do() -> None:
    with pytest.raises(NotLetInError, match="copy a fresh one from the developer portal"):
        await run(Scripted([discord.LoginFailure("no")], []))


async def test_a_revoked_token_ends_the_run() -> None:
    with pytest.raises(NotLetInError, match="does not accept the bot's token"):
        await run(Scripted([None], [closed(4004)]))


async def test_a_missing_intent_ends_the_run_and_names_the_switch() -> None:
    with pytest.raises(NotLetInError, match="Message Content Intent"):
        await run(Scripted([None], [discord.PrivilegedIntentsRequired(None)]))


async def test_what_only_a_person_can_mend_ends_the_run() -> None:
    with pytest.raises(ModerationError, match="code 4011"):
        await run(Scripted([None], [closed(4011)]))


async def test_discord_being_down_at_the_start_is_waited_out_longer_each_time() -> None:
    bot = Scripted([aiohttp.ClientConnectionError("no way"), TimeoutError(), None], [None])

    await run(bot)

    assert bot.slept == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]


async def test_a_gateway_that_is_down_at_the_first_connection_is_tried_again() -> None:
    # discord.py itself ends with this error there: it has no connection whose state it could read.
    unmade = AttributeError("'NoneType' object has no attribute 'sequence'")
    bot = Scripted([None], [unmade, unmade, None])

    await run(bot)

    assert bot.slept == [2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]


async def test_a_mistake_of_our_own_is_not_taken_for_an_outage() -> None:
    bot = Scripted([None], [AttributeError("nonsense")])
    bot.ws = SOCKET  # type: ignore[assignment]

    with pytest.raises(AttributeError, match="nonsense"):
        await run(bot)


async def test_sessions_that_begin_too_often_have_to_wait() -> None:
    bot = Scripted([None], [])
    for _ in range(MANY_SESSIONS):
        await bot.before_identify_hook(None, initial=True)

    with pytest.raises(ModerationError, match="sessions have begun within"):
        await bot.before_identify_hook(None, initial=True)


async def test_the_last_sessions_of_a_day_are_spread_over_what_is_left_of_it() -> None:
    # 20 of 1,000 are left for an hour: one every 180 seconds.
    bot = Scripted([None], [None], left=20)

    await run(bot)

    assert bot.slept == [180.0]


async def test_a_stop_closes_in_order_and_takes_nothing_more() -> None:
    class Waiting(Scripted):
        async def connect(self, *, reconnect: bool = True) -> None:
            await asyncio.Event().wait()

    bot = Waiting([None], [])
    running = asyncio.create_task(run(bot))
    await asyncio.sleep(0)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert bot.is_closed()
