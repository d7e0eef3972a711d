from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.case import Strike
from bot.policy.strikes import incident_of, new_strike, points_at
from config.policy import StrikeRules
from tests.bot.policy.policies import NOON, a_strike, points, strikes

RULES = StrikeRules(half_life_days=30, incident_minutes=10)
DAY = 24 * 60


def test_a_strike_is_worth_half_after_a_half_life_and_a_quarter_after_two() -> None:
    record = [a_strike(4), a_strike(4, minutes_ago=30 * DAY), a_strike(4, minutes_ago=60 * DAY)]

    # 4 + 4 / 2 + 4 / 4 = 7
    assert points_at(record, NOON, RULES) == pytest.approx(7)
    # fifteen days on, everything is worth 0.5 ** 0.5 of that
    assert points_at(record, NOON + timedelta(days=15), RULES) == pytest.approx(7 * 0.5**0.5)


def test_a_strike_that_is_still_to_come_counts_nothing() -> None:
    assert points_at([a_strike(4, minutes_ago=-1)], NOON, RULES) == 0
    assert points_at([a_strike(4, minutes_ago=0)], NOON, RULES) == 4
    assert points_at([], NOON, RULES) == 0


@given(strikes, st.floats(0.01, 3650), st.floats(0, 10**6))
def test_points_never_rise_by_waiting(
    record: list[Strike], half_life: float, minutes: float
) -> None:
    rules = StrikeRules(half_life_days=half_life, incident_minutes=10)
    later = NOON + timedelta(minutes=minutes)
    past = [strike for strike in record if strike.at <= NOON]

    assert points_at(past, later, rules) <= points_at(past, NOON, rules)


@given(strikes, strikes)
def test_records_add_up_and_are_never_worth_more_than_was_earned(
    one: list[Strike], other: list[Strike]
) -> None:
    both = points_at(one + other, NOON, RULES)

    assert both == pytest.approx(points_at(one, NOON, RULES) + points_at(other, NOON, RULES))
    assert 0 <= both <= sum(strike.points for strike in one + other) * (1 + 1e-9)


def test_the_first_strike_opens_an_incident() -> None:
    assert new_strike(2, [], NOON, RULES) == Strike(at=NOON, incident_at=NOON, points=2)


@pytest.mark.parametrize(("earned", "added"), [(3.0, 1.5), (1.5, 0), (0.5, 0)])
def test_within_an_incident_only_what_exceeds_it_is_added(earned: float, added: float) -> None:
    record = [a_strike(1, minutes_ago=9), a_strike(0.5, minutes_ago=5, incident_minutes_ago=9)]

    # the incident has earned 1 + 0.5 = 1.5 so far
    strike = new_strike(earned, record, NOON, RULES)

    assert strike == Strike(NOON, NOON - timedelta(minutes=9), added)


def test_an_incident_closes_after_its_minutes_counted_from_its_first_strike() -> None:
    # the last strike is a minute old, but the incident began ten minutes ago
    record = [a_strike(1, minutes_ago=10), a_strike(1, minutes_ago=1, incident_minutes_ago=10)]

    assert incident_of(record, NOON, RULES) == []
    assert new_strike(2, record, NOON, RULES) == Strike(NOON, NOON, 2)
    just_before = NOON - timedelta(seconds=1)
    assert incident_of(record, just_before, RULES) == record


def test_without_incident_minutes_every_comment_stands_alone() -> None:
    alone = StrikeRules(half_life_days=30, incident_minutes=0)

    assert new_strike(2, [a_strike(2)], NOON, alone) == Strike(NOON, NOON, 2)


def test_a_comment_older_than_what_is_recorded_does_not_join_a_later_incident() -> None:
    later = a_strike(1, minutes_ago=-5)

    assert new_strike(2, [later], NOON, RULES) == Strike(NOON, NOON, 2)


@given(points, st.lists(points, min_size=1, max_size=8))
def test_one_incident_earns_as_much_as_its_worst_comment(first: float, others: list[float]) -> None:
    record: list[Strike] = []
    for minute, earned in enumerate([first, *others]):
        record.append(new_strike(earned, record, NOON + timedelta(minutes=minute), RULES))

    assert sum(strike.points for strike in record) == pytest.approx(max([first, *others]))
    assert {strike.incident_at for strike in record} == {NOON}
