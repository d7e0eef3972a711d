"""/privacy: what is kept about oneself and for how long; having it as a file; having it erased.

Parses, calls `bot.moderation.privacy` and replies to the member alone. Everybody asks for
themselves: no option names anybody else.
"""

import io
import json

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.ids import GuildId, MemberId
from cogs.access import Asked, Panel
from cogs.which_server import server_meant, servers_with_me

_SERVER = "Which server; only needed in direct messages."


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Privacy(
    commands.GroupCog, group_name="privacy", group_description="What is stored about you."
):
    """What members may see and have erased."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="What is stored about you here, and for how long.")
    @app_commands.describe(server=_SERVER)
    @app_commands.autocomplete(server=servers_with_me)
    async def show(self, interaction: Asked, server: str | None = None) -> None:
        """Say what is kept."""
        guild = await server_meant(interaction, server)
        kept = await self._bot.desk.privacy.stored(guild, _asking(interaction))
        embed = discord.Embed(
            title="What is stored about you", description="\n\n".join(kept.sentences)[:4000]
        )
        embed.set_footer(text="/privacy export gives it to you; /privacy erase erases it.")
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Get everything stored about you here as a file.")
    @app_commands.describe(server=_SERVER)
    @app_commands.autocomplete(server=servers_with_me)
    async def export(self, interaction: Asked, server: str | None = None) -> None:
        """Give all that is kept."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild = await server_meant(interaction, server)
        everything = await self._bot.desk.privacy.export(guild, _asking(interaction))
        text = json.dumps(everything, ensure_ascii=False, indent=2)
        await interaction.followup.send(
            "Everything that is stored about you on this server. Nobody else sees this message.",
            file=discord.File(io.BytesIO(text.encode()), filename="about-me.json"),
            ephemeral=True,
        )

    @app_commands.command(description="Erase your words and your name from what is stored here.")
    @app_commands.describe(server=_SERVER)
    @app_commands.autocomplete(server=servers_with_me)
    async def erase(self, interaction: Asked, server: str | None = None) -> None:
        """Ask whether to erase."""
        guild = await server_meant(interaction, server)
        await interaction.response.send_message(
            "This erases your words and your name from all that I keep about you on this server,"
            " and cannot be undone. Scores and ids stay, without words, for your points are counted"
            " by them; the words of a case that still runs stay until it has ended. What you wrote"
            " on Discord itself is not touched.",
            view=ErasePanel(interaction, guild),
            ephemeral=True,
        )


class ErasePanel(Panel):
    """Asks once more, because it cannot be undone."""

    def __init__(self, asking: Asked, guild: GuildId) -> None:
        super().__init__(asking)
        self.add_item(_Erase(guild))
        self.add_item(_Keep())


class _Erase(discord.ui.Button[ErasePanel]):
    def __init__(self, guild: GuildId) -> None:
        super().__init__(label="Erase it", style=discord.ButtonStyle.danger)
        self._guild = guild

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Erase."""
        await interaction.response.defer()
        desk = interaction.client.desk.privacy
        erased = await desk.erase(self._guild, _asking(interaction))
        if self.view is not None:
            self.view.use_up()
        await interaction.edit_original_response(content=erased.sentence, view=None)


class _Keep(discord.ui.Button[ErasePanel]):
    def __init__(self) -> None:
        super().__init__(label="Keep it", style=discord.ButtonStyle.secondary)

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Leave everything as it is."""
        if self.view is not None:
            self.view.use_up()
        await interaction.response.edit_message(content="Nothing was erased.", view=None)


def _asking(interaction: Asked) -> MemberId:
    return MemberId(str(interaction.user.id))


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Privacy(bot))
