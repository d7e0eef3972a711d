"""Who may use what: checked in code for every command there is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

from bot.client import COGS, EvenhandBot
from bot.policy.policy_file import load_preset
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.scripted_scorer import ScriptedScorer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FOR_MEMBERS = {"appeal", "privacy", "record", "Report to moderators"}


@pytest_asyncio.fixture
async def bot() -> AsyncIterator[EvenhandBot]:
    """The bot with all its cogs, on nothing."""
    bot = EvenhandBot(
        stores=MemoryStorage(lambda: NOW),
        scorer=ScriptedScorer({}),
        default_policy=load_preset("balanced"),
        clock=lambda: NOW,
    )
    for cog in COGS:
        await bot.load_extension(cog)
    yield bot
    for cog in COGS:
        await bot.unload_extension(cog)


async def test_discord_hides_every_command_from_members_but_those_made_for_them(
    bot: EvenhandBot,
) -> None:
    shown = {c.name for c in bot.tree.get_commands() if c.default_permissions is None}

    assert shown == FOR_MEMBERS


async def test_what_is_hidden_is_for_servers_alone(bot: EvenhandBot) -> None:
    hidden = [c for c in bot.tree.get_commands() if c.name not in FOR_MEMBERS]

    assert hidden
    assert all(c.guild_only for c in hidden)
