"""The stories' stage: simcord put right, the bot on it, and Discord's document as judge.

Every story ends with two checks: the bot broke nowhere, and Discord would have taken each of its
requests. The second is left out, and said so, where the document is not beside the checkout.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
import pytest_asyncio
from discord import app_commands
from simcord import Env

from bot.enforcement.error_replies import sentence_of
from bot.errors import RefusedError
from tests.behaviour.oracle import Oracle, document
from tests.behaviour.simcord_fixes import fixed_simcord
from tests.behaviour.world import SCRIPT, World, a_bot
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.scripted_scorer import ScriptedScorer


@pytest.fixture(scope="session")
def oracle() -> Oracle | None:
    """Discord's document; None where it is not here."""
    found = document()
    return None if found is None else Oracle(found)


@pytest.fixture
def simcord_as_discord() -> Iterator[None]:
    """simcord, fast and with Discord's rules where it lacks them."""
    with fixed_simcord():
        yield


@pytest_asyncio.fixture
async def world(simcord_as_discord: None, oracle: Oracle | None) -> AsyncIterator[World]:
    """A server with its people and the bot, not set up yet."""
    env_of: list[Env] = []

    def now() -> datetime:
        return env_of[0].now()

    stores = MemoryStorage(now)
    scorer = ScriptedScorer(SCRIPT)
    bot = a_bot(env_of, stores, scorer)
    env_of.append(Env(bot, check_errors=False))
    env = env_of[0]
    await env.start()
    try:
        yield World(env, bot, stores, scorer)
        await env.settle(idle=0.001)
    finally:
        await env.shutdown()
    unexpected = [error for error in env.errors if not _is_answered(error)]
    if unexpected:
        raise ExceptionGroup("the bot broke", unexpected)
    assert oracle is None or not (found := oracle.complaints(env.http_requests)), "\n".join(found)


def _is_answered(error: BaseException) -> bool:
    """Say whether an error is one that people are told in a sentence: no mistake of the bot."""
    # Forms hand on the refusal as it is; commands wrap it.
    told = isinstance(error, app_commands.AppCommandError | RefusedError)
    return told and sentence_of(error) is not None
