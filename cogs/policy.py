"""/policy: what is flagged and acted on here, and how that is changed.

Parses, makes the candidate with the pure edits of `bot.policy.edits` and hands it to
`cogs.proposal`, which shows what it would have done before it is saved. Decides nothing.
"""

import io
from collections.abc import Callable
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EvenhandBot
from bot.enforcement.shown_text import plain, quote
from bot.errors import RefusedError
from bot.intake.watch import place_of
from bot.moderation.ports import PolicyVersion
from bot.policy import edits
from bot.policy.describe import describe
from bot.policy.explain import Setting
from bot.policy.policy_file import preset_names
from bot.policy.wording import score_words, threshold_words
from cogs.access import Asked, actor_of, admins_only, guild_of
from cogs.case_text import FIELD, PAGE, ago, fitting
from cogs.duration import Duration
from cogs.one_of import CategoryOption, ModeOption, StepOption
from cogs.policy_choices import ladder_choices, preset_choices, version_choices
from cogs.policy_import import ImportForm, import_file
from cogs.proposal import Proposal, propose
from config.policy import Level, Policy

Forum = discord.ForumChannel | discord.TextChannel | discord.VoiceChannel
Place = discord.ForumChannel | discord.TextChannel | discord.VoiceChannel | discord.Thread
Points = app_commands.Range[float, 0.01, 1000.0]
_FORUM = "Only in this forum or channel; everywhere when left out."


@admins_only()
class PolicyCog(
    commands.GroupCog, group_name="policy", group_description="What is flagged and acted on here."
):
    """The policy of a server."""

    ladder = app_commands.Group(name="ladder", description="What happens at how many points.")
    forum = app_commands.Group(name="forum", description="What differs in one forum or channel.")
    exempt = app_commands.Group(name="exempt", description="Roles that are never acted on.")

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @app_commands.command(description="Show the policy that holds, in words.")
    async def show(self, interaction: Asked) -> None:
        """Show the policy."""
        held = await self._bot.desk.policies.current(guild_of(interaction))
        await interaction.response.send_message(
            _heading(held), file=_text_file(describe(held.policy), "policy.txt"), ephemeral=True
        )

    @app_commands.command(description="From which score on a category is flagged or acted on.")
    @app_commands.describe(
        category="The category.",
        which="Flagged for a human, or acted on.",
        value="The score, from 0 to 1.",
        forum=_FORUM,
    )
    async def threshold(
        self,
        interaction: Asked,
        category: CategoryOption,
        which: Literal["flag", "act"],
        value: app_commands.Range[float, 0.0, 1.0],
        forum: Forum | None = None,
    ) -> None:
        """Change a threshold."""
        where = None if forum is None else str(forum.id)
        note = f"{category} {which} at {threshold_words(value)}{_in(forum)}"
        await self._change(
            interaction,
            note,
            lambda policy: edits.with_threshold(policy, category, which, value, forum=where),
        )

    @app_commands.command(description="Off, shadow (judge and record alone) or enforce.")
    @app_commands.describe(mode="What the policy may do.", forum=_FORUM)
    async def mode(self, interaction: Asked, mode: ModeOption, forum: Forum | None = None) -> None:
        """Change the mode."""
        where = None if forum is None else str(forum.id)
        await self._change(
            interaction,
            f"mode {mode}{_in(forum)}",
            lambda policy: edits.with_mode(policy, mode, forum=where),
        )

    @app_commands.command(
        description="Take a preset's values; mode and what forums differ in stay."
    )
    @app_commands.describe(name="The preset.")
    @app_commands.autocomplete(name=preset_choices)
    async def preset(self, interaction: Asked, name: str) -> None:
        """Take a preset."""
        if name not in preset_names():
            raise RefusedError(f"There is no such preset: {', '.join(preset_names())}.")
        await self._change(
            interaction, f"preset {name}", lambda policy: edits.with_preset(policy, name)
        )

    @ladder.command(name="set", description="Say what happens from so many points on.")
    @app_commands.describe(
        points="From how many points on.",
        step="What happens.",
        length="How long a timeout lasts: 30m, 2h, 7d.",
    )
    @app_commands.autocomplete(points=ladder_choices)
    async def set_step(
        self,
        interaction: Asked,
        points: Points,
        step: StepOption,
        length: app_commands.Transform[int, Duration] | None = None,
    ) -> None:
        """Change or add a step."""
        await self._change(
            interaction,
            f"{step} at {points:g} points",
            lambda policy: edits.with_ladder_step(policy, points, step, minutes=length),
        )

    @ladder.command(name="remove", description="Take a step out of the ladder.")
    @app_commands.describe(points="The step at so many points.")
    @app_commands.autocomplete(points=ladder_choices)
    async def remove_step(self, interaction: Asked, points: Points) -> None:
        """Take a step out."""
        await self._change(
            interaction,
            f"no step at {points:g} points",
            lambda policy: edits.without_ladder_step(policy, points),
        )

    @forum.command(name="show", description="Show what differs in one forum or channel.")
    @app_commands.describe(forum="The forum or channel.")
    async def show_forum(self, interaction: Asked, forum: Forum) -> None:
        """Show a forum's own settings."""
        held = await self._bot.desk.policies.current(guild_of(interaction))
        own = [
            o for o in held.policy.overrides if (o.level, o.target) == (Level.FORUM, str(forum.id))
        ]
        if not own:
            said = f"Nothing differs in {forum.mention}: the server's policy holds there."
        else:
            here = held.policy.model_copy(update={"overrides": tuple(own)})
            said = f"In {forum.mention}:\n```\n{_last_lines(describe(here), len(own))}\n```"
        await interaction.response.send_message(said, ephemeral=True)

    @forum.command(name="reset", description="Drop what differs in one forum or channel.")
    @app_commands.describe(forum="The forum or channel.")
    async def reset_forum(self, interaction: Asked, forum: Forum) -> None:
        """Drop a forum's own settings."""
        await self._change(
            interaction,
            f"nothing of its own in #{forum.name}",
            lambda policy: edits.without_forum(policy, str(forum.id)),
        )

    @exempt.command(name="add", description="Never act on members with this role.")
    @app_commands.describe(role="The role.")
    async def add_exempt(self, interaction: Asked, role: discord.Role) -> None:
        """Exempt a role."""
        await self._change(
            interaction,
            f"exempt @{role.name}",
            lambda policy: edits.with_exempt(policy, [*policy.exempt_roles, str(role.id)]),
        )

    @exempt.command(name="remove", description="Act on members with this role like on others.")
    @app_commands.describe(role="The role.")
    async def remove_exempt(self, interaction: Asked, role: discord.Role) -> None:
        """Exempt a role no longer."""

        def without(policy: Policy) -> Policy:
            gone = {str(role.id), role.name.casefold()}
            kept = [each for each in policy.exempt_roles if each.casefold() not in gone]
            return edits.with_exempt(policy, kept)

        await self._change(interaction, f"@{role.name} exempt no longer", without)

    @app_commands.command(name="import", description="Take a policy from a TOML file, or pasted.")
    @app_commands.describe(file="The file; leave it out to paste the text.")
    async def import_policy(
        self, interaction: Asked, file: discord.Attachment | None = None
    ) -> None:
        """Take a policy from elsewhere."""
        if file is None:
            await interaction.response.send_modal(ImportForm())
            return
        await import_file(interaction, file)

    @app_commands.command(description="Give the policy that holds as a TOML file.")
    async def export(self, interaction: Asked) -> None:
        """Give the policy as a file."""
        text = await self._bot.desk.policies.export_toml(guild_of(interaction))
        await interaction.response.send_message(
            "The policy that holds. Change what you like and hand it in with `/policy import`.",
            file=_text_file(text, "policy.toml"),
            ephemeral=True,
        )

    @app_commands.command(description="List the policies that held here, newest first.")
    async def history(self, interaction: Asked) -> None:
        """List the versions."""
        found = await self._bot.desk.policies.history(guild_of(interaction), actor_of(interaction))
        embed = discord.Embed(
            title="Policies of this server", description=fitting([_version_line(v) for v in found])
        )
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Go back to an earlier version of the policy.")
    @app_commands.describe(version="Which version.")
    @app_commands.autocomplete(version=version_choices)
    async def rollback(self, interaction: Asked, version: app_commands.Range[int, 1]) -> None:
        """Go back."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild, desk = guild_of(interaction), self._bot.desk.policies
        found = [v for v in await desk.history(guild, actor_of(interaction)) if v.number == version]
        if not found:
            raise RefusedError(f"There is no version {version} of this server's policy.")
        base = await desk.current(guild)
        proposal = Proposal(found[0].policy, base, f"back to version {version}", version)
        await propose(interaction, proposal)

    @app_commands.command(description="Which setting holds in a channel, and where it was set.")
    @app_commands.describe(channel="Where.", role="For members with this role.")
    async def explain(
        self, interaction: Asked, channel: Place, role: discord.Role | None = None
    ) -> None:
        """Explain what holds."""
        roles = frozenset[str]() if role is None else frozenset({str(role.id), role.name})
        settings = await self._bot.desk.policies.explain(
            guild_of(interaction), place_of(channel), roles
        )
        overruled = [s for s in settings if s.overruled]
        rest = [s for s in settings if not s.overruled]
        embed = discord.Embed(
            title=f"What holds in #{channel.name}"[:256],
            description=fitting([_setting_line(s) for s in (*overruled, *rest)]),
        )
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Try what would be done about a text. Nothing is recorded.")
    @app_commands.describe(text="The text, as a reply to somebody.", channel="As if written there.")
    async def test(
        self,
        interaction: Asked,
        text: app_commands.Range[str, 1, 4000],
        channel: Place | None = None,
    ) -> None:
        """Try a text."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = None if channel is None else place_of(channel)
        result = await self._bot.desk.policies.test(guild_of(interaction), text, place)
        embed = discord.Embed(
            title=f"Verdict: {result.verdict.decision}",
            description=f"{quote(text, 1000, is_hidden=True)}\n{plain(result.reason, 800)}",
        )
        categories = [
            f"{category}: **{score_words(score, 1.0)}**"
            for category, score in result.verdict.categories.items()
        ]
        embed.add_field(name="Scores by category", value=fitting(categories, FIELD) or "none")
        ranked = sorted(result.scores.by_label.items(), key=lambda found: -found[1].value)
        labels = [f"`{score_words(score.value)}` {label}" for label, score in ranked]
        embed.add_field(name="What the model says", value=fitting(labels, FIELD) or "no words")
        embed.add_field(name="What would follow", value=result.follows, inline=False)
        if result.normalised != text:
            embed.add_field(
                name="As the model reads it", value=quote(result.normalised, 900), inline=False
            )
        await interaction.followup.send(embed=embed, ephemeral=True)

    async def _change(
        self, interaction: Asked, note: str, edit: Callable[[Policy], Policy]
    ) -> None:
        """Propose the policy that holds with a change."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        base = await self._bot.desk.policies.current(guild_of(interaction))
        await propose(interaction, Proposal(edit(base.policy), base, note))


def _heading(held: PolicyVersion) -> str:
    by = "as every server begins" if held.by is None else f"by <@{held.by}> {ago(held.saved_at)}"
    return f"Policy **{plain(held.policy.name, 60)}**, version {held.number}, {by}."


def _version_line(version: PolicyVersion) -> str:
    by = "the bot" if version.by is None else f"<@{version.by}>"
    note = f": {plain(version.note, 200)}" if version.note else ""
    mode = version.policy.mode
    return f"**{version.number}** {ago(version.saved_at)} by {by} · {mode}{note}"


def _setting_line(setting: Setting) -> str:
    beaten = "".join(f", not {plain(v, 80)} from {plain(s, 60)}" for v, s in setting.overruled)
    return f"`{setting.key}` **{plain(setting.value, 300)}** ({plain(setting.source, 80)}{beaten})"


def _in(forum: Forum | None) -> str:
    return "" if forum is None else f" in #{forum.name}"


def _last_lines(text: str, count: int) -> str:
    return "\n".join(line.strip() for line in text.splitlines()[-count:])[: PAGE // 3]


def _text_file(text: str, name: str) -> discord.File:
    return discord.File(io.BytesIO(text.encode()), filename=name)


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(PolicyCog(bot))
