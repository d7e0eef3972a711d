"""What stood around a comment: the few messages before and after, as Discord has them now.

Shown to a moderator who asks for more context, and only where they may read the place themselves.
"""

import discord

from bot.domain.case import Case, CaseDraft
from bot.enforcement.shown_text import clip, plain
from bot.policy.wording import points_words
from cogs.access import Asked, actor_of, guild_of
from cogs.case_text import ago, fitting, newest_fitting, scores_field, timeline_lines

AROUND = 7
"""Messages in all: enough for the turn of a conversation, few enough for one screen."""
LONGEST = 200
"""Units shown of each."""
_AROUND_ROOM = 2200
_TIMELINE_ROOM = 1500
"""Units: all embeds of one message together may have 6,000."""


async def context_embeds(interaction: Asked, number: int) -> list[discord.Embed]:
    """Show all there is to know of a case: scores, timeline, what stood around, the record."""
    desk, guild, actor = interaction.client.desk, guild_of(interaction), actor_of(interaction)
    case = await desk.review.get(guild, number, actor)
    timeline = await desk.review.timeline(guild, number, actor)
    around = await _surroundings(interaction, case)
    standing = await desk.standing.of(guild, case.draft.member.id)
    embed = discord.Embed(
        title=f"Case #{number} in its context",
        description=fitting(around, _AROUND_ROOM)
        if around
        else "What stood around it cannot be seen (any more).",
    )
    answered = _answered(case)
    if answered is not None:
        embed.add_field(name="It answered, as it was then", value=answered, inline=False)
    scores = scores_field(case)
    if scores is not None:
        embed.add_field(name="Scores", value=scores, inline=False)
    record = (
        f"{points_words(standing.points)} now, {len(standing.cases)} cases. {standing.next_step}"
    )
    embed.add_field(name="The member's record", value=clip(record, 500), inline=False)
    lines = newest_fitting(timeline_lines(timeline), _TIMELINE_ROOM)
    history = discord.Embed(title="Timeline", description=lines)
    return [embed, history]


async def _surroundings(interaction: Asked, case: Case) -> list[str]:
    """Show what was said around a case's comment, oldest first; empty where it cannot be seen."""
    guild, asking, place = interaction.guild, interaction.user, case.draft.place
    about = case.draft.key.comment
    if guild is None or not isinstance(asking, discord.Member) or place is None:
        return []
    if not about.isdecimal():
        return []
    try:
        channel_id = int(place.thread)
        channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
        if not isinstance(channel, discord.abc.Messageable):
            return []
        if not channel.permissions_for(asking).read_message_history:
            return []
        near = discord.Object(int(about))
        found = [message async for message in channel.history(limit=AROUND, around=near)]
    except (discord.NotFound, discord.Forbidden):  # deleted since, or closed to the bot
        return []
    return [_line(message) for message in sorted(found, key=lambda message: message.id)]


def _answered(case: Case) -> str | None:
    """Show the comment that the case's comment answers, as it was then; None without one."""
    draft = case.draft
    if not isinstance(draft, CaseDraft) or draft.parent is None:
        return None
    return f"{plain(draft.parent.author.name, 40)}: ||{plain(draft.parent.text, 500)}||"


def _line(message: discord.Message) -> str:
    said = plain(message.content, LONGEST) or "(no text)"
    name = plain(message.author.display_name, 40)
    return f"{ago(message.created_at)} [{name}]({message.jump_url}): ||{said}||"
