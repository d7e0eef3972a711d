"""Times as files write them, read into aware UTC. Pure; called by the readers that know times."""

from datetime import UTC, datetime

from bot.intake.source_text import quote

EXPECTED_MOMENT = "expected a time with its offset such as 2024-03-01T12:30:00Z"


def read_moment(text: str) -> datetime:
    """Read an ISO 8601 time with its offset.

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
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(
            f"is {quote(text)}, outside the years 1 to 9999, {EXPECTED_MOMENT}"
        ) from error
