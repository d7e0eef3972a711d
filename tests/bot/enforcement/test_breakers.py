"""When nothing is asked any more, and when it is again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import GuildId
from bot.enforcement.answers import SILENCE, Unclear
from bot.enforcement.breakers import Breakers
from bot.enforcement.watch import STOP_AT, RestWatch
from bot.errors import UnreachableError

HERE, THERE = GuildId("1"), GuildId("2")


class Ticking:
    """A monotonic clock that goes on when told to."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def breakers(ticking: Ticking) -> Breakers:
    return Breakers(watch=RestWatch(lambda: datetime(2026, 3, 1, tzinfo=UTC)), monotonic=ticking)


def test_five_failures_in_a_row_hold_requests_for_half_a_minute(
    breakers: Breakers, ticking: Ticking
) -> None:
    for _ in range(4):
        breakers.failed(Unclear("no answer in time"))
    breakers.hold()
    breakers.failed(Unclear("no answer in time"))
    with pytest.raises(UnreachableError) as held:
        breakers.hold()
    assert held.value.wait == timedelta(seconds=30)
    ticking.at += 30
    breakers.hold()


def test_an_answer_in_between_is_no_outage(breakers: Breakers) -> None:
    for _ in range(20):
        breakers.failed(Unclear("no answer in time"))
        breakers.answered()
    breakers.hold()


def test_failures_far_apart_are_no_outage(breakers: Breakers, ticking: Ticking) -> None:
    for _ in range(20):
        breakers.failed(Unclear("no answer in time"))
        ticking.at += 10
    breakers.hold()


def test_a_ban_by_the_wall_means_ten_minutes_of_silence(
    breakers: Breakers, ticking: Ticking
) -> None:
    breakers.failed(Unclear("shut out", wait=SILENCE, is_banned=True))
    ticking.at += 599
    with pytest.raises(UnreachableError):
        breakers.hold()
    ticking.at += 1
    breakers.hold()


async def test_too_many_refused_requests_stop_everything(ticking: Ticking) -> None:
    watch = RestWatch(lambda: datetime(2026, 3, 1, tzinfo=UTC))
    breakers = Breakers(watch=watch, monotonic=ticking)
    for _ in range(STOP_AT - 1):
        watch.count_invalid(403)
    breakers.hold()
    watch.count_invalid(403)
    with pytest.raises(UnreachableError, match="refused too many"):
        breakers.hold()


def test_three_refusals_close_one_permission_of_one_server(breakers: Breakers) -> None:
    for _ in range(3):
        assert not breakers.is_open(HERE, "ban_members")
        breakers.refused(HERE, "ban_members", by_discord=True)
    assert breakers.is_open(HERE, "ban_members")
    assert not breakers.is_open(HERE, "kick_members")
    assert not breakers.is_open(THERE, "ban_members")


def test_a_change_of_roles_opens_it_again(breakers: Breakers) -> None:
    for guild in (HERE, THERE):
        for _ in range(3):
            breakers.refused(guild, "ban_members", by_discord=True)
    breakers.permissions_changed(HERE)
    assert not breakers.is_open(HERE, "ban_members")
    assert breakers.is_open(THERE, "ban_members")


def test_what_our_own_check_refused_costs_discord_nothing(breakers: Breakers) -> None:
    for _ in range(10):
        breakers.refused(HERE, "ban_members", by_discord=False)
    assert not breakers.is_open(HERE, "ban_members")


def test_admins_hear_once_of_each_permission_until_it_was_there(breakers: Breakers) -> None:
    assert breakers.refused(HERE, "ban_members", by_discord=False)
    assert not breakers.refused(HERE, "ban_members", by_discord=True)
    assert breakers.refused(HERE, "kick_members", by_discord=True)
    breakers.permissions_changed(HERE)
    assert not breakers.refused(HERE, "ban_members", by_discord=True)
    breakers.granted(HERE, "ban_members")
    assert breakers.refused(HERE, "ban_members", by_discord=True)


async def test_at_most_three_are_refused_however_many_ask_at_once(breakers: Breakers) -> None:
    async def ask() -> bool:
        async with breakers.turn(HERE, "ban_members") as may_ask:
            if may_ask:
                await asyncio.sleep(0)  # on the wire
                breakers.refused(HERE, "ban_members", by_discord=True)
            return may_ask

    assert sum(await asyncio.gather(*(ask() for _ in range(20)))) == 3


async def test_all_get_their_turn_where_nothing_is_refused(breakers: Breakers) -> None:
    async def ask() -> bool:
        async with breakers.turn(HERE, "ban_members") as may_ask:
            await asyncio.sleep(0)
            return may_ask

    assert all(await asyncio.gather(*(ask() for _ in range(20))))
