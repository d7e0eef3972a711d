"""Appeals in words: for the member who appeals, and for the moderators who decide.

Not the messages that the bot sends by itself (`bot.enforcement.notices`).
"""

import discord

from bot.domain.appeal import Appeal, AppealState
from bot.enforcement.shown_text import quote
from cogs.case_text import ago

_STATES = {
    AppealState.UPHELD: "decided: the case stands",
    AppealState.OVERTURNED: "decided: the member was right, and the case was taken back",
    AppealState.WITHDRAWN: "withdrawn",
}
_REMARK = 600
"""Units of one turn; the newest six fit into an embed with its heading."""
_SHOWN = 6


def appeal_state(appeal: Appeal) -> str:
    """Say where an appeal stands."""
    if appeal.state is not AppealState.OPEN:
        return _STATES[appeal.state]
    if appeal.awaits_member:
        return "the moderators have asked something, and wait for the answer"
    return f"open, to be decided {ago(appeal.due_at)}"


def appeal_line(appeal: Appeal) -> str:
    """Show an appeal on one line, for a moderator."""
    return (
        f"**case #{appeal.case}** by <@{appeal.member}> {ago(appeal.opened_at)} ·"
        f" {appeal_state(appeal)}"
    )


def appeal_embed(appeal: Appeal, *, for_member: bool) -> discord.Embed:
    """Show an appeal with its dialogue, the newest turns where there are many.

    Members see “the moderators”, never who of them.
    """
    embed = discord.Embed(
        title=f"Appeal against case #{appeal.case}",
        description=f"{appeal_state(appeal).capitalize()}.",
    )
    for remark in appeal.remarks[-_SHOWN:]:
        if for_member:
            who = "You" if remark.is_member else "The moderators"
        else:
            who = "The member" if remark.is_member else "A moderator"
        by = "" if for_member or remark.is_member else f"<@{remark.author}> "
        embed.add_field(
            name=who, value=f"{by}{ago(remark.at)}\n{quote(remark.text, _REMARK)}", inline=False
        )
    hidden = len(appeal.remarks) - _SHOWN
    if hidden > 0:
        embed.set_footer(text=f"{hidden} earlier turns are not shown; /case show has all.")
    return embed
