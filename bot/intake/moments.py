"""Times as files write them, read into aware UTC. Pure; called by the readers that know times."""

from datetime import UTC, datetime

from bot.intake.source_text import quote

FIRST_YEAR = 1970
"""Revisions count from here; what is dated before it is dated wrongly."""
LAST_YEAR = 2100
"""Far enough for any clock that is wrong, and near enough to add a timeout or a half-life to."""

EXPECTED_MOMENT = (
    f"expected a time of the years {FIRST_YEAR} to {LAST_YEAR} with its offset "
    "such as 2024-03-01T12:30:00Z"
)


def read_moment(text: str) -> datetime:
    """Read an ISO 8601 time with its offset, of a year from `FIRST_YEAR` to `LAST_YEAR` in UTC.

    Raises:
        ValueError: a clause that says what it is and what was expected.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"is {quote(text)}, {EXPECTED_MOMENT} ({error})") from error
    if moment.tzinfo is None:
        raise ValueError(f"is {quote(text)}, which has no offset, {EXPECTED_MOMENT}")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:  # the offset leads out of the years 1 to 9999
        raise ValueError(f"is {quote(text)}, {EXPECTED_MOMENT}") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"is {quote(text)}, {EXPECTED_MOMENT}")
    return moment
