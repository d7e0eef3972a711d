"""What a server's admins set apart from the policy: where the bot watches, and how it deals.

Not how comments are judged (`config.policy`). Kept in the database, changed by /setup and /policy.
"""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class GuildSettings(BaseModel):
    """One server's settings. Ids are Discord's, in decimal; a change is a new copy."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    watched: Annotated[
        frozenset[str],
        Field(description="Forums and text channels that are watched, with all their threads."),
    ] = frozenset()
    log_channel: Annotated[
        str | None, Field(description="The channel where moderators see each case.")
    ] = None
    rules_url: Annotated[
        str | None, Field(description="Where members can read the rules.", max_length=300)
    ] = None
    self_review: Annotated[
        bool,
        Field(description="Whether who acted may decide the appeal too (one-person teams)."),
    ] = False
    appeal_days: Annotated[
        int, Field(description="Days in which a case may be appealed.", ge=1, le=365)
    ] = 30
    decide_days: Annotated[
        int, Field(description="Days in which moderators should decide an appeal.", ge=1, le=60)
    ] = 7
    appeal_cooldown_hours: Annotated[
        int, Field(description="Hours between two appeals of one member.", ge=0, le=720)
    ] = 1
    muted_appellants: Annotated[
        frozenset[str], Field(description="Members who may not appeal, for abusing it.")
    ] = frozenset()
    stale_hours: Annotated[
        int,
        Field(
            description="Comments older than these hours are never acted on by the bot alone.",
            ge=1,
            le=720,
        ),
    ] = 24
    keep_allowed_text_hours: Annotated[
        int, Field(description="Hours the text of allowed comments is kept.", ge=0, le=720)
    ] = 48
    keep_scores_days: Annotated[
        int, Field(description="Days the scores of allowed comments are kept.", ge=1, le=365)
    ] = 30
    keep_case_text_days: Annotated[
        int,
        Field(
            description="Days a case's text is kept after its appeal window has ended.",
            ge=0,
            le=3650,
        ),
    ] = 90
    fuse_actions: Annotated[
        int,
        Field(
            description="Automatic actions within ten minutes that blow the fuse.", ge=1, le=10_000
        ),
    ] = 30
    fuse_share: Annotated[
        float,
        Field(
            description="Share of the last hour's comments acted on that blows the fuse"
            " (from twenty comments on).",
            gt=0,
            le=1,
        ),
    ] = 0.25
    fuse_blown_at: Annotated[
        datetime | None,
        Field(description="Since when automatic action is on hold; none while the fuse holds."),
    ] = None
    fuse_reset_at: Annotated[
        datetime | None,
        Field(description="When a moderator last reset the fuse; earlier actions do not count."),
    ] = None
    set_up_at: Annotated[
        datetime | None, Field(description="When an admin finished /setup; none before.")
    ] = None

    @property
    def appeal_window(self) -> timedelta:
        """How long after a case is settled it may be appealed."""
        return timedelta(days=self.appeal_days)
