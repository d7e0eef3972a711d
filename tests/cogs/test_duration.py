import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RefusedError
from cogs.duration import Duration, minutes_of
from config.policy_keys import LONGEST_TIMEOUT_MINUTES


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("30m", 30),
        ("2h", 120),
        ("7d", 7 * 24 * 60),
        ("2w", 14 * 24 * 60),
        ("1d12h", 36 * 60),
        (" 1 day 12 hours ", 36 * 60),
        ("90 MIN", 90),
        # Discord refuses what ends 28 days ahead to the second: a minute is left for clocks.
        ("28d", 28 * 24 * 60 - 1),
        ("4w", 28 * 24 * 60 - 1),
    ],
)
def test_a_span_is_read_as_people_write_it(written: str, minutes: int) -> None:
    assert minutes_of(written) == minutes


@pytest.mark.parametrize(
    "written", ["", "soon", "30", "-5m", "1.5h", "5m ago", "7d; ban", "m", "h2"]
)
def test_what_is_no_span_is_refused_with_examples(written: str) -> None:
    with pytest.raises(RefusedError, match=r"30m, 2h, 7d or 1d12h"):
        minutes_of(written)


@pytest.mark.parametrize("written", ["0m", "29d", "28d1m", "999999w"])
def test_what_discord_would_not_take_is_refused(written: str) -> None:
    with pytest.raises(RefusedError, match="from 1 minute to 28 days"):
        minutes_of(written)


def test_what_was_typed_is_quoted_harmlessly() -> None:
    with pytest.raises(RefusedError) as refused:
        minutes_of("<@&1> `**")
    assert "<@&1>" not in str(refused.value)
    assert "`**" not in str(refused.value)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_within_the_limits_or_refused(written: str) -> None:
    try:
        minutes = minutes_of(written)
    except RefusedError:
        return
    assert 1 <= minutes <= LONGEST_TIMEOUT_MINUTES


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["10m", "1h", "6h", "1d", "3d", "7d", "28d"]),
        ("3", ["3m", "3h", "3d"]),
        ("30", ["30m", "30h"]),  # 30 days are too long
        ("1d12h", ["1d12h"]),
        ("soon", []),
    ],
)
async def test_spans_are_offered_while_typing(typed: str, offered: list[str]) -> None:
    choices = await Duration().autocomplete(None, typed)  # type: ignore[arg-type]  # not used
    assert [choice.value for choice in choices] == offered


async def test_a_choice_says_how_it_is_understood() -> None:
    (choice,) = await Duration().autocomplete(None, "28d")  # type: ignore[arg-type]  # not used
    assert choice.name == "28 days"
