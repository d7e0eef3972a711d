"""Preview: what a change of policy would have done to the comments of the last 30 days.

Not the comparison itself (`bot.policy.compare`, pure), nor the picture
(`bot.report.preview_plot`). Called by `bot.moderation.policies`.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.ids import GuildId
from bot.moderation.ports import Journal
from bot.policy.compare import Example, Preview, Shift, compare
from config.policy import Policy

__all__ = ["LOOKS_BACK", "MOST_COMPARED", "Example", "Preview", "Shift", "preview"]

LOOKS_BACK = timedelta(days=30)
MOST_COMPARED = 20_000


async def preview(
    journal: Journal, guild: GuildId, before: Policy, after: Policy, now: datetime
) -> Preview:
    """Compare two policies over what was judged lately, the newest 20,000 comments at most.

    Judging so many takes a second or two, so it is done beside the event loop.
    """
    entries = await journal.entries(guild, now - LOOKS_BACK, limit=MOST_COMPARED + 1)
    compared = await asyncio.to_thread(compare, entries[:MOST_COMPARED], before, after)
    return replace(compared, is_bounded=len(entries) > MOST_COMPARED)
