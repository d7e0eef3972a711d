"""The catalogues: every word of every command is there, fits, and reaches Discord."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from discord import app_commands

from bot.client import COGS, EvenhandBot
from bot.policy.policy_file import load_preset
from cogs.words import LOCALES, command_payload, read_catalogue, telling
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.scripted_scorer import ScriptedScorer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LANGUAGES = list(LOCALES.values())
Command = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


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


def every_command(commands: list[Command]) -> Iterator[Command]:
    for command in commands:
        yield command
        if isinstance(command, app_commands.Group):
            yield from every_command(command.commands)


def spoken(bot: EvenhandBot) -> dict[str, set[str]]:
    """List what the commands say in English, by section of the catalogues."""
    said: dict[str, set[str]] = {"names": set(), "options": set(), "descriptions": set()}
    for command in every_command(bot.tree.get_commands()):
        said["names"].add(command.name)
        if not isinstance(command, app_commands.ContextMenu):
            said["descriptions"].add(command.description)
        if isinstance(command, app_commands.Command):
            said["options"] |= {p.display_name for p in command.parameters}
            said["descriptions"] |= {str(p.description) for p in command.parameters}
    return said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_catalogue_has_every_word_and_none_that_nothing_says(
    bot: EvenhandBot, language: str
) -> None:
    catalogue = {section: set(words) for section, words in read_catalogue(language).items()}

    assert catalogue == spoken(bot)


async def test_every_command_and_option_says_what_it_is_for(bot: EvenhandBot) -> None:
    # discord.py's own filler for what has no description
    assert "…" not in spoken(bot)["descriptions"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fit_into_what_discord_allows(language: str) -> None:
    catalogue = read_catalogue(language)
    plain = re.compile(r"[-_'\w]{1,32}")

    menus = {"Judge this comment", "Report to moderators"}
    for section in ("names", "options"):
        for english, word in catalogue[section].items():
            if english in menus:
                assert 1 <= len(word) <= 32, word
            else:
                assert plain.fullmatch(word), word
                assert word == word.lower(), word
    for words in catalogue["descriptions"].values():
        assert 1 <= len(words) <= 100, words


async def test_commands_side_by_side_have_names_of_their_own_in_every_language(
    bot: EvenhandBot,
) -> None:
    def check(listed: list[dict[str, Any]]) -> None:
        for locale in LOCALES:
            names = [each["name_localizations"].get(locale.value, each["name"]) for each in listed]
            assert len(names) == len(set(names)), names
        for each in listed:
            check(each.get("options", []))

    check(await command_payload(bot))


async def test_discord_is_told_the_german_words(bot: EvenhandBot) -> None:
    told = {command["name"]: command for command in await command_payload(bot)}

    assert told["appeal"]["name_localizations"] == {"de": "einspruch"}
    [show] = [each for each in told["record"]["options"] if each["name"] == "show"]
    assert show["description_localizations"]["de"].startswith("Deine Punkte, wann sie verblassen")
    [server] = show["options"]
    assert server["name_localizations"] == {"de": "server"}


async def test_what_discord_adds_or_leaves_out_is_no_change(bot: EvenhandBot) -> None:
    ours = await command_payload(bot)

    theirs = [
        {"id": "1", "application_id": "2", "version": "3", "dm_permission": True}
        | {key: value for key, value in command.items() if value not in (None, False, {}, [])}
        for command in reversed(ours)
    ]

    assert telling(theirs) == telling(ours)
    theirs[0] = theirs[0] | {"description": "something else"}
    assert telling(theirs) != telling(ours)
