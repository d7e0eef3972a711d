"""/setup, the first steps; /settings, what else an admin may set; /fuse.

Parses, calls `bot.moderation.setup` and shows what came of it. How comments are judged is /policy's
business.
"""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from cogs.access import Asked, actor_of, admins_only, guild_of, moderators_only
from cogs.settings_keys import SETTABLE, changed, setting_line, setting_names
from cogs.setup_walk import SetupWalk, lacking_words, log_words, watched_words


class Setup(commands.Cog):
    """What an admin does first, and rarely later."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="Set the bot up: what to watch, where to report, how strict.")
    @admins_only()
    async def setup(self, interaction: Asked) -> None:
        """Begin the walk."""
        walk = SetupWalk(interaction)
        embed = await walk.show(interaction)
        await interaction.response.send_message(embed=embed, view=walk, ephemeral=True)


@admins_only()
class Settings(
    commands.GroupCog, group_name="settings", group_description="This server's other settings."
):
    """Times, limits and links; the policy has its own command."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="Show this server's settings, and what the bot lacks here.")
    async def show(self, interaction: Asked) -> None:
        """Show the settings."""
        settings = await self._bot.desk.setup.settings(guild_of(interaction))
        embed = discord.Embed(
            title="Settings of this server",
            description="\n".join(setting_line(settings, key) for key in SETTABLE),
        )
        embed.add_field(name="Watched", value=watched_words(settings), inline=False)
        embed.add_field(name="Mod-log", value=log_words(settings), inline=False)
        embed.add_field(name="Lacking", value=lacking_words(interaction, settings), inline=False)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(name="set", description="Change one of this server's settings.")
    @app_commands.describe(key="Which setting.", value="Its new value.")
    @app_commands.autocomplete(key=setting_names)
    async def change(self, interaction: Asked, key: str, value: str) -> None:
        """Change a setting."""
        guild, desk = guild_of(interaction), self._bot.desk.setup
        wanted = changed(await desk.settings(guild), key, value)
        saved = await desk.save(guild, wanted, actor_of(interaction))
        await interaction.response.send_message(
            f"Saved. {setting_line(saved, key)}", ephemeral=True
        )


@moderators_only(manage_messages=True)
class Fuse(
    commands.GroupCog, group_name="fuse", group_description="The fuse that stops automatic action."
):
    """Whether the bot may act by itself right now."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="Say whether the bot acts by itself at the moment.")
    async def show(self, interaction: Asked) -> None:
        """Show the fuse."""
        settings = await self._bot.desk.setup.settings(guild_of(interaction))
        limits = (
            f"It blows at {settings.fuse_actions} automatic actions within ten minutes, or when"
            f" {settings.fuse_share:.0%} of the last hour's comments would be acted on."
        )
        if settings.fuse_blown_at is None:
            said = f"The fuse holds: the bot acts as its policy says. {limits}"
        else:
            since = discord.utils.format_dt(settings.fuse_blown_at, "R")
            said = (
                f"The fuse blew {since}: comments are judged and cases opened, and a human decides"
                f" each in /queue. Reset it with /fuse reset. {limits}"
            )
        await interaction.response.send_message(said, ephemeral=True)

    @app_commands.command(description="Let the bot act by itself again.")
    async def reset(self, interaction: Asked) -> None:
        """Reset the fuse."""
        await self._bot.desk.setup.reset_fuse(guild_of(interaction), actor_of(interaction))
        await interaction.response.send_message(
            "The fuse is reset: from now on the bot acts as its policy says. Cases that it left to"
            " you meanwhile stay in /queue.",
            ephemeral=True,
        )


async def setup(bot: EvenhandBot) -> None:
    """Load the cogs."""
    await bot.add_cog(Setup(bot))
    await bot.add_cog(Settings(bot))
    await bot.add_cog(Fuse(bot))
