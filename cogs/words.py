"""The commands in people's own languages, and made known to Discord whenever they have changed.

Names, descriptions and options come from the catalogues in `cogs/locale`; what a catalogue lacks is
shown in English. Replies are English. Loaded first, so that every other cog's words are found.
"""

import tomllib
from importlib.resources import files
from typing import Any, TypeAlias, cast

import discord
import structlog
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.ext import commands
from discord.http import Route

from bot.client import EvenhandBot
from bot.enforcement.answers import TROUBLES

LOCALES = {discord.Locale.german: "de"}
"""Discord's languages that there is a catalogue for. To add one, see cogs/locale/__init__.py."""

Catalogue: TypeAlias = dict[str, dict[str, str]]
"""Per section (names, options, descriptions) the English words with their translation."""

_SECTIONS = {
    Location.command_name: "names",
    Location.group_name: "names",
    Location.command_description: "descriptions",
    Location.group_description: "descriptions",
    Location.parameter_name: "options",
    Location.parameter_description: "descriptions",
}
_TELLING = frozenset(
    {
        "autocomplete", "channel_types", "choices", "contexts", "default_member_permissions",
        "description", "description_localizations", "integration_types", "max_length", "max_value",
        "min_length", "min_value", "name", "name_localizations", "nsfw", "options", "required",
        "type", "value",
    }
)  # fmt: skip
"""What makes commands differ; the rest of Discord's answer is its own book-keeping."""
_TABLES = frozenset({"name_localizations", "description_localizations"})
_log = structlog.stdlib.get_logger(__name__)


def read_catalogue(language: str) -> Catalogue:
    """Read the words of one language."""
    text = files("cogs.locale").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return cast("Catalogue", tomllib.loads(text))


class Catalogues(app_commands.Translator):
    """Looks words up in the catalogue of a language."""

    def __init__(self) -> None:
        self._catalogues = {locale: read_catalogue(name) for locale, name in LOCALES.items()}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Give the words in a language; None where they stay English."""
        section = _SECTIONS.get(context.location)
        catalogue = self._catalogues.get(locale, {})
        return None if section is None else catalogue.get(section, {}).get(string.message)


class Words(commands.Cog):
    """Makes the commands known, once a start at most."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot
        self._are_known = False

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Tell Discord the commands where it knows others.

        Not at every start: Discord takes 200 new commands a day, and people's clients forget.
        """
        application = self._bot.application_id
        if self._are_known or application is None:
            return
        route = Route("GET", "/applications/{application_id}/commands", application_id=application)
        try:
            theirs = await self._bot.http.request(route, params={"with_localizations": "true"})
            if telling(theirs) != telling(await command_payload(self._bot)):
                await self._bot.tree.sync()
                _log.info("commands_made_known")
            self._are_known = True
        except TROUBLES as error:
            _log.warning("commands_not_made_known", why=str(error))


async def command_payload(bot: EvenhandBot) -> list[dict[str, Any]]:
    """Write the commands as Discord is told them, in all languages."""
    tree = bot.tree
    translator = tree.translator
    if translator is None:
        return [command.to_dict(tree) for command in tree.get_commands()]
    return [
        await command.get_translated_payload(tree, translator) for command in tree.get_commands()
    ]


def telling(commands_: object) -> object:
    """Keep what makes commands differ, without empty values, which Discord leaves out or adds."""
    if not isinstance(commands_, list):
        return _pruned(commands_)
    pruned = [cast("dict[str, object]", _pruned(c)) for c in cast("list[object]", commands_)]
    return sorted(pruned, key=lambda c: (str(c.get("type", "1")), str(c.get("name"))))


def _pruned(value: object) -> object:
    match value:
        case dict():
            table = cast("dict[str, object]", value).items()
            kept = {
                key: within if key in _TABLES else _pruned(within)
                for key, within in table
                if key in _TELLING
            }
            return {
                key: each for key, each in kept.items() if each not in ("", None, False, [], {})
            }
        case list():
            return [_pruned(each) for each in cast("list[object]", value)]
        case bool() | None:
            return value
        case _:
            return str(value)


async def setup(bot: EvenhandBot) -> None:
    """Load the translations and the cog."""
    await bot.tree.set_translator(Catalogues())
    await bot.add_cog(Words(bot))
