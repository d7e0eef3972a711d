"""When a cursor may move, and when it must wait."""

from datetime import UTC, datetime

import pytest

from bot.domain.comment import Place
from bot.domain.ids import GuildId, PlaceId
from bot.intake import progress
from bot.intake.progress import Progress
from tests.fakes.memory_journal import MemoryJournal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GUILD = GuildId("1")
CHANNEL = Place(GUILD, PlaceId("50"), PlaceId("50"))
THREAD = Place(GUILD, PlaceId("100"), PlaceId("10"))
OTHER = Place(GUILD, PlaceId("200"), PlaceId("10"))


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def reading(journal: MemoryJournal) -> Progress:
    return Progress(journal, lambda: NOON)


async def made_whole(reading: Progress, up_to: int = 100) -> None:
    assert await reading.close(THREAD, reading.last_gap, up_to)


def test_a_thread_is_read_from_its_first_message_on(reading: Progress) -> None:
    assert reading.read_up_to(THREAD) == 99


async def test_what_is_older_than_the_watching_is_not_read(reading: Progress) -> None:
    await reading.begin(GUILD, PlaceId("10"), 150)
    assert (reading.read_up_to(THREAD), reading.read_up_to(OTHER)) == (150, 199)


async def test_a_channels_own_messages_are_read_from_the_watching_on(reading: Progress) -> None:
    await reading.begin(GUILD, PlaceId("50"), 70)
    assert reading.read_up_to(CHANNEL) == 70


async def test_watching_anew_leaves_out_what_was_said_between(reading: Progress) -> None:
    await made_whole(reading, 120)
    await reading.begin(GUILD, PlaceId("10"), 150)
    assert reading.read_up_to(THREAD) == 150


async def test_a_live_comment_moves_the_cursor_of_a_whole_thread(reading: Progress) -> None:
    await made_whole(reading)
    reading.arrived(THREAD, 110)
    reading.judged(THREAD, 110)
    await reading.settle(THREAD)
    assert reading.read_up_to(THREAD) == 110


async def test_a_live_comment_moves_no_cursor_over_a_gap(reading: Progress) -> None:
    await made_whole(reading)
    reading.interrupt()
    reading.arrived(THREAD, 110)
    reading.judged(THREAD, 110)
    await reading.settle(THREAD)
    assert reading.read_up_to(THREAD) == 100


async def test_the_cursor_waits_for_what_is_still_queued(reading: Progress) -> None:
    await made_whole(reading)
    for message in (110, 120, 130):
        reading.arrived(THREAD, message)
    reading.judged(THREAD, 110)
    reading.judged(THREAD, 130)
    await reading.settle(THREAD)
    assert reading.read_up_to(THREAD) == 119
    reading.judged(THREAD, 120)
    await reading.settle(THREAD)
    assert reading.read_up_to(THREAD) == 130


async def test_an_edit_that_is_queued_holds_the_cursor_back(reading: Progress) -> None:
    await made_whole(reading)
    reading.arrived(THREAD, 105)
    reading.arrived(THREAD, 105)
    reading.arrived(THREAD, 110)
    reading.judged(THREAD, 105)
    reading.judged(THREAD, 110)
    await reading.settle(THREAD)
    assert reading.read_up_to(THREAD) == 104


async def test_a_gap_while_a_thread_is_read_leaves_it_open(reading: Progress) -> None:
    begun = reading.last_gap
    reading.interrupt_thread(THREAD)
    assert not await reading.close(THREAD, begun, 110)
    assert await reading.close(THREAD, reading.last_gap, 110)


async def test_a_gap_in_another_thread_does_not_matter(reading: Progress) -> None:
    await made_whole(reading)
    reading.interrupt_thread(OTHER)
    assert reading.is_whole(THREAD)


async def test_a_gap_in_another_server_does_not_matter(reading: Progress) -> None:
    await made_whole(reading)
    reading.interrupt(GuildId("2"))
    assert reading.is_whole(THREAD)
    reading.interrupt(GUILD)
    assert not reading.is_whole(THREAD)


async def test_a_thread_that_was_forgotten_is_not_whole(
    reading: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "THREADS", 1)
    begun = reading.last_gap
    await made_whole(reading)
    reading.interrupt_thread(OTHER)
    assert not reading.is_whole(THREAD)
    assert not await reading.close(THREAD, begun, 110)


async def test_cursors_outlive_the_process(journal: MemoryJournal, reading: Progress) -> None:
    await reading.begin(GUILD, PlaceId("10"), 90)
    await made_whole(reading, 110)
    again = Progress(journal, lambda: NOON)
    await again.load(GUILD)
    assert (again.read_up_to(THREAD), again.begun(GUILD, PlaceId("10"))) == (110, 90)
    assert again.begun_at(THREAD) == NOON
    assert not again.is_whole(THREAD)
