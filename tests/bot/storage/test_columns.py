"""Column types give back what they were given."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite import dialect as sqlite

from bot.storage.columns import AnyJson, AnyText, UtcDateTime
from tests.bot.storage.drafts import NOON, text

SQLITE = sqlite()
# A zone's offset must not carry a time out of the calendar.
EARLIEST = NOON.replace(year=2, tzinfo=None)
LATEST = NOON.replace(year=9998, tzinfo=None)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
)


@given(text)
def test_any_text_comes_back_as_it_was_and_can_be_stored_anywhere(given_text: str) -> None:
    stored = AnyText().process_bind_param(given_text, SQLITE)
    assert stored is not None
    assert "\0" not in stored
    stored.encode("utf-8")
    assert AnyText().process_result_value(stored, SQLITE) == given_text


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\U0010ffff")))
def test_ordinary_text_is_stored_as_it_is(ordinary: str) -> None:
    assert AnyText().process_bind_param(ordinary, SQLITE) == ordinary


def test_text_that_looks_like_an_escape_is_not_taken_for_one() -> None:
    looks = "\U0010ffff00d83d"
    stored = AnyText().process_bind_param(looks, SQLITE)
    assert stored != looks
    assert AnyText().process_result_value(stored, SQLITE) == looks


@given(json_values)
def test_json_of_any_text_comes_back_as_it_was(value: object) -> None:
    stored = AnyJson().process_bind_param(value, SQLITE)
    assert AnyJson().process_result_value(stored, SQLITE) == value


@given(st.datetimes(EARLIEST, LATEST, timezones=st.timezones()))
def test_an_aware_time_comes_back_aware_in_utc(at: datetime) -> None:
    stored = UtcDateTime().process_bind_param(at, SQLITE)
    assert stored is not None
    back = UtcDateTime().process_result_value(stored.replace(tzinfo=None), SQLITE)
    assert back is not None
    assert back.tzinfo is UTC
    assert back == at.astimezone(UTC)


def test_a_server_answering_in_its_own_zone_is_read_as_utc() -> None:
    local = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    back = UtcDateTime().process_result_value(local, SQLITE)
    assert back is not None
    assert (back.hour, back.tzinfo) == (12, UTC)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), SQLITE)
