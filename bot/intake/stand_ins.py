"""What a source does not tell: ids that stay the same tomorrow, and times that keep the order.

Pure. Called by the readers of formats that know no ids, no times or no community.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from bot.domain.ids import GuildId

UNTITLED = "Untitled discussion"

_FIRST_MINUTE = datetime(2000, 1, 1, tzinfo=UTC)


def stable_id(*parts: str | int | None) -> str:
    """Hash parts into 16 hex digits, the same on every machine and day."""
    # JSON, because a plain join would make ("ab", "c") and ("a", "bc") the same.
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()[:16]


def stand_in_guild(label: str, title: str, *first_comment: str) -> GuildId:
    """Name the community of a source without one.

    By format and title; without a title by the first comment, which stays when the file grows.
    """
    return GuildId(stable_id(label, title) if title else stable_id(label, *first_comment))


def stand_in_time(position: int) -> datetime:
    """Give a comment without a time one minute a position, from 1 January 2000 on."""
    return _FIRST_MINUTE + timedelta(minutes=position)
