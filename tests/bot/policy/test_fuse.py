"""When a server's rate of automatic actions blows the fuse."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.fuse import reset, why_blown
from config.guild import GuildSettings

SETTINGS = GuildSettings(fuse_actions=30, fuse_share=0.25)
COUNTS = st.integers(0, 200)


@pytest.mark.parametrize(
    ("in_ten_minutes", "acted", "judged", "is_blown"),
    [
        (0, 0, 0, False),
        (29, 29, 1_000, False),
        (30, 30, 1_000, True),
        (4, 4, 20, False),  # a fifth
        (5, 5, 20, True),  # a quarter
        (5, 5, 19, False),  # too few to mean anything
        (10, 19, 19, False),
    ],
)
def test_the_fuse_blows_at_a_number_or_a_share(
    in_ten_minutes: int, acted: int, judged: int, is_blown: bool
) -> None:
    assert (why_blown(in_ten_minutes, acted, judged, SETTINGS) is not None) is is_blown


def test_the_reason_tells_the_numbers() -> None:
    by_number = why_blown(30, 30, 1_000, SETTINGS)
    by_share = why_blown(9, 9, 20, SETTINGS)
    assert by_number is not None
    assert by_share is not None
    assert "30 automatic actions within ten minutes" in by_number
    assert "9 of the last hour's 20 comments" in by_share
    assert "25%" in by_share


@given(COUNTS, COUNTS, COUNTS)
def test_more_actions_never_mend_it(in_ten_minutes: int, acted: int, judged: int) -> None:
    if why_blown(in_ten_minutes, acted, judged, SETTINGS) is not None:
        assert why_blown(in_ten_minutes + 1, acted + 1, judged + 1, SETTINGS) is not None


def test_a_reset_lets_it_hold_again_and_remembers_when() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    mended = reset(SETTINGS.model_copy(update={"fuse_blown_at": now}), now)
    assert (mended.fuse_blown_at, mended.fuse_reset_at) == (None, now)
