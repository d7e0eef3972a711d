"""The API key: what lets a forum ask the server for scores, and how often it may ask."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, known by the SHA-256 (hex) of its text alone: the text is shown once and never kept.

    `per_minute` is how many analyses it may ask for each minute. `revoked_at` is None while it
    holds. Times are aware UTC.
    """

    name: str
    sha256: str
    per_minute: int
    made_at: datetime
    revoked_at: datetime | None = None
