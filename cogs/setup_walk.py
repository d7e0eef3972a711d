"""The walk through the set-up: what to watch, where to report, how strict, and what is lacking.

Each page is saved as soon as something is chosen, through `bot.moderation.setup`; who stops
half-way loses nothing. Begun by `cogs.setup`.
"""

from collections.abc import Awaitable, Callable, Collection

import discord

from bot.domain.ids import PlaceId
from bot.enforcement.readiness import shortcomings
from bot.moderation.ports import PolicyVersion
from bot.policy.edits import in_shadow, with_preset
from bot.policy.policy_file import preset_names
from cogs.access import Asked, Panel, actor_of, guild_of
from config.guild import GuildSettings
from config.policy import Mode

_PRESETS = {
    "strict": "For places where nobody should have to grow a thick skin.",
    "balanced": "For most forums: clear abuse is acted on, doubt goes to a human.",
    "lenient": "For rough-tongued places: only the clearest abuse is acted on.",
    "log-only": "Records what it would flag or act on, and does nothing.",
}
_MODES = {
    Mode.OFF: "off: nothing is judged",
    Mode.SHADOW: "shadow: comments are judged and cases shown to moderators, nobody is touched",
    Mode.ENFORCE: "enforce: what the policy says is done",
}
_WATCHABLE = [
    discord.ChannelType.forum,
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
]
_PAGES = ("What to watch", "Where moderators see the cases", "How strict", "Summary")


class SetupWalk(Panel):
    """The four pages."""

    def __init__(self, asking: Asked) -> None:
        super().__init__(asking)
        self._page = 0

    async def show(self, interaction: Asked) -> discord.Embed:
        """Put this page's controls up, and give its text."""
        guild = guild_of(interaction)
        desk = interaction.client.desk
        settings = await desk.setup.settings(guild)
        held = await desk.policies.current(guild)
        self.clear_items()
        controls: tuple[Callable[[], list[discord.ui.Item[SetupWalk]]], ...] = (
            lambda: [_WatchSelect(settings)],
            lambda: [_LogSelect(settings)],
            lambda: [_PresetSelect(held)] if _is_new(settings, held) else [],
            list[discord.ui.Item[SetupWalk]],
        )
        for item in controls[self._page]():
            self.add_item(item)
        self._add_ways()
        texts = (_watch_text, _log_text, _preset_text, _summary_text)
        embed = discord.Embed(
            title=f"{_PAGES[self._page]} ({self._page + 1} of {len(_PAGES)})",
            description=texts[self._page](settings, held),
        )
        if self._page in {0, 1, len(_PAGES) - 1}:
            lacking = lacking_words(interaction, settings)
            embed.add_field(name="What I lack", value=lacking, inline=False)
        return embed

    async def redraw(self, interaction: Asked) -> None:
        """Show the page as it is now."""
        await interaction.response.edit_message(embed=await self.show(interaction), view=self)

    def _add_ways(self) -> None:
        last = len(_PAGES) - 1
        if self._page > 0:
            self.add_item(_Way("Back", self._turn(-1)))
        if self._page < last:
            self.add_item(_Way("Next", self._turn(+1), discord.ButtonStyle.primary))
        else:
            self.add_item(_Way("Finish", self._finish, discord.ButtonStyle.success))

    def _turn(self, by: int) -> Callable[[Asked], Awaitable[None]]:
        async def turn(interaction: Asked) -> None:
            self._page += by
            await self.redraw(interaction)

        return turn

    async def _finish(self, interaction: Asked) -> None:
        guild = guild_of(interaction)
        settings = await interaction.client.desk.setup.finish(guild, actor_of(interaction))
        interaction.client.intake.catch_up(guild)
        held = await interaction.client.desk.policies.current(guild)
        self.use_up()
        embed = discord.Embed(
            title="Set up",
            description=f"{_summary_text(settings, held)}\n\n{_NEXT[held.policy.mode]}",
        )
        embed.add_field(name="What I lack", value=lacking_words(interaction, settings))
        await interaction.response.edit_message(embed=embed, view=None)


_NEXT = {
    Mode.OFF: "The policy's mode is off: `/policy mode` switches it on.",
    Mode.SHADOW: (
        "From now on comments are judged, and moderators see each case in the mod-log; nobody is"
        " touched. After a few days look at `/policy show`; when you trust it, `/policy mode"
        " enforce` shows you what would have been done and lets it act."
    ),
    Mode.ENFORCE: "From now on comments are judged, and what the policy says is done.",
}


class _Way(discord.ui.Button[SetupWalk]):
    """A button to another page."""

    def __init__(
        self,
        label: str,
        then: Callable[[Asked], Awaitable[None]],
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(label=label, style=style, custom_id=f"setup:{label.lower()}", row=4)
        self._then = then

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Go there."""
        await self._then(interaction)


class _WatchSelect(discord.ui.ChannelSelect[SetupWalk]):
    """Which forums and channels are watched."""

    def __init__(self, settings: GuildSettings) -> None:
        super().__init__(
            custom_id="setup:watch",
            channel_types=_WATCHABLE,
            placeholder="Forums, and text channels if you like",
            min_values=0,
            max_values=25,
            default_values=_channels(settings.watched),
        )

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Save what was chosen."""
        guild, actor = guild_of(interaction), actor_of(interaction)
        desk = interaction.client.desk.setup
        chosen = frozenset(PlaceId(str(channel.id)) for channel in self.values)
        watched = (await desk.settings(guild)).watched
        for place in sorted(chosen - watched):
            await desk.watch(guild, place, actor)
        for place in sorted(watched - chosen):
            await desk.unwatch(guild, PlaceId(place), actor)
        interaction.client.intake.catch_up(guild)
        assert self.view is not None, "a select that is pressed stands in its view"  # noqa: S101
        await self.view.redraw(interaction)


class _LogSelect(discord.ui.ChannelSelect[SetupWalk]):
    """Where moderators see the cases."""

    def __init__(self, settings: GuildSettings) -> None:
        log = settings.log_channel
        super().__init__(
            custom_id="setup:log",
            channel_types=[discord.ChannelType.text],
            placeholder="A channel that only moderators can see",
            default_values=_channels([] if log is None else [log]),
        )

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Save what was chosen."""
        guild, desk = guild_of(interaction), interaction.client.desk.setup
        settings = (await desk.settings(guild)).model_copy(
            update={"log_channel": str(self.values[0].id)}
        )
        await desk.save(guild, settings, actor_of(interaction))
        assert self.view is not None, "a select that is pressed stands in its view"  # noqa: S101
        await self.view.redraw(interaction)


class _PresetSelect(discord.ui.Select[SetupWalk]):
    """What a new server's policy begins as, always in shadow mode."""

    def __init__(self, held: PolicyVersion) -> None:
        super().__init__(
            custom_id="setup:preset",
            options=[
                discord.SelectOption(
                    label=name,
                    description=_PRESETS.get(name),
                    default=name == held.policy.name,
                )
                for name in preset_names()
            ],
        )

    async def callback(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Save the policy; in shadow mode, so nobody is touched."""
        guild, desk = guild_of(interaction), interaction.client.desk.policies
        wanted = in_shadow(with_preset((await desk.current(guild)).policy, self.values[0]))
        await desk.save(
            guild, wanted, actor_of(interaction), "chosen in the set-up", confirmed=True
        )
        assert self.view is not None, "a select that is pressed stands in its view"  # noqa: S101
        await self.view.redraw(interaction)


def _channels(ids: Collection[str]) -> list[discord.SelectDefaultValue]:
    kind = discord.SelectDefaultValueType.channel
    return [discord.SelectDefaultValue(id=int(id_), type=kind) for id_ in sorted(ids)[:25]]


def _watch_text(settings: GuildSettings, held: PolicyVersion) -> str:
    del held
    return (
        "Choose the forums I should watch. Their posts and comments come with them; with a text"
        " channel come its threads. I begin with what is written from now on.\n\n"
        f"Watched now: {watched_words(settings)}"
    )


def _log_text(settings: GuildSettings, held: PolicyVersion) -> str:
    del held
    return (
        "Choose the channel where I show each case, with buttons to uphold it, undo it or change"
        " it. It quotes what was removed, so only moderators should see it.\n\n"
        f"Mod-log now: {log_words(settings)}"
    )


def _preset_text(settings: GuildSettings, held: PolicyVersion) -> str:
    if not _is_new(settings, held):
        return (
            f"This server has its own policy already: version {held.number}, made from"
            f" **{held.policy.name}**. Look at it with `/policy show`; `/policy preset` replaces"
            " it, and shows first what would change."
        )
    lines = [f"**{name}**: {_PRESETS.get(name, '')}" for name in preset_names()]
    begins = "Choose what to begin with; every number of it can be changed later with `/policy`."
    shadow = (
        "It begins in **shadow mode**: comments are judged and moderators see the cases, but nobody"
        " is touched until you say `/policy mode enforce`."
    )
    return "\n".join([begins, *lines, "", shadow])


def _is_new(settings: GuildSettings, held: PolicyVersion) -> bool:
    """Say whether the server is being set up for the first time, so that a preset may be chosen."""
    return held.by is None or settings.set_up_at is None


def _summary_text(settings: GuildSettings, held: PolicyVersion) -> str:
    return "\n".join(
        [
            f"Watched: {watched_words(settings)}",
            f"Mod-log: {log_words(settings)}",
            f"Policy: **{held.policy.name}**, version {held.number}",
            f"Mode: {_MODES[held.policy.mode]}",
        ]
    )


def watched_words(settings: GuildSettings) -> str:
    """Name what is watched."""
    return ", ".join(f"<#{id_}>" for id_ in sorted(settings.watched)) or "nothing yet"


def log_words(settings: GuildSettings) -> str:
    """Name the mod-log channel."""
    return "none yet" if settings.log_channel is None else f"<#{settings.log_channel}>"


def lacking_words(interaction: Asked, settings: GuildSettings) -> str:
    """Say what the bot may not do here; from the cache, which Discord keeps up to date."""
    guild = interaction.guild
    if guild is None:
        return "unknown"
    found = shortcomings(guild.me, settings, guild.channels)
    return "\n".join(f"- {each}" for each in found)[:1000] or "Nothing: I can do all my work here."
