"""The fuse: whether a server's rate of automatic actions is past what its admins allow. Pure.

A jump means a bad model, a bad policy or a raid, and each needs a human. Not what then happens
(`bot.moderation.fuse`, which calls this).
"""

from datetime import datetime

from config.guild import GuildSettings

ENOUGH_TO_SHARE = 20
"""Comments from which on a share means something."""


def why_blown(
    actions_in_ten_minutes: int,
    acted_last_hour: int,
    judged_last_hour: int,
    settings: GuildSettings,
) -> str | None:
    """Say why no further action may be taken automatically; None while the fuse holds.

    The counts are of what has been done so far: the allowed number is reached, never exceeded.
    """
    if actions_in_ten_minutes >= settings.fuse_actions:
        return (
            f"{actions_in_ten_minutes} automatic actions within ten minutes, as many as this server"
            " allows"
        )
    share = acted_last_hour / judged_last_hour if judged_last_hour else 0.0
    if judged_last_hour >= ENOUGH_TO_SHARE and share >= settings.fuse_share:
        return (
            f"{acted_last_hour} of the last hour's {judged_last_hour} comments were acted on, and"
            f" this server allows less than {settings.fuse_share:.0%}"
        )
    return None


def reset(settings: GuildSettings, now: datetime) -> GuildSettings:
    """Let automatic action go on; what was done before `now` no longer counts."""
    return settings.model_copy(update={"fuse_blown_at": None, "fuse_reset_at": now})
