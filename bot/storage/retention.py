"""Until when words are kept: one place for the arithmetic of a server's retention times.

Pure. Not the erasing (`bot.storage.archive`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.guild import GuildSettings


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Moments before which things are too old to be kept, as of one moment.

    `case_text` is of cases by when they were settled (else opened); the others are of journal
    entries by when they were judged.
    """

    case_text: datetime
    allowed_text: datetime
    scores: datetime


def deadlines(settings: GuildSettings, now: datetime) -> Deadlines:
    """Work out what is too old now in a server."""
    case_text = settings.appeal_window + timedelta(days=settings.keep_case_text_days)
    return Deadlines(
        case_text=now - case_text,
        allowed_text=now - timedelta(hours=settings.keep_allowed_text_hours),
        scores=now - timedelta(days=settings.keep_scores_days),
    )
