"""What /policy offers while something is typed: presets, versions, steps of the ladder."""

import discord
from discord import app_commands

from bot.policy.policy_file import preset_names
from cogs.access import Asked, actor_of, guild_of


async def preset_choices(
    interaction: discord.Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer the presets whose name has what is typed."""
    del interaction
    fitting_names = [name for name in preset_names() if typed.casefold() in name]
    return [app_commands.Choice(name=name, value=name) for name in fitting_names[:25]]


async def version_choices(interaction: Asked, typed: str) -> list[app_commands.Choice[int]]:
    """Offer the versions of this server's policy, to admins alone."""
    actor = actor_of(interaction)
    if interaction.guild_id is None or not actor.may_administer:
        return []
    found = await interaction.client.desk.policies.history(guild_of(interaction), actor)
    named = [
        (f"{v.number} · {v.saved_at:%Y-%m-%d %H:%M} · {v.note}"[:100], v.number) for v in found
    ]
    return [
        app_commands.Choice(name=name, value=number)
        for name, number in named
        if typed.casefold() in name.casefold()
    ][:25]


async def ladder_choices(interaction: Asked, typed: str) -> list[app_commands.Choice[float]]:
    """Offer the points at which the ladder has a step now, to admins alone."""
    if interaction.guild_id is None or not actor_of(interaction).may_administer:
        return []
    held = await interaction.client.desk.policies.current(guild_of(interaction))
    named = [(f"{rung.at_points:g} · {rung.step}", rung.at_points) for rung in held.policy.ladder]
    return [app_commands.Choice(name=n, value=at) for n, at in named if n.startswith(typed)][:25]
