"""What every journal must do: nothing judged is forgotten, and no cursor goes back."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.case import CaseKey
from bot.domain.ids import CommentId, GuildId, PlaceId
from bot.domain.journal import Cursor
from bot.storage.storage import Storage
from tests.bot.storage.drafts import NOON
from tests.bot.storage.entries import an_entry
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1, G2 = GuildId("g1"), GuildId("g2")
EVER = NOON - timedelta(days=1)


def a_cursor(comment: str, *, thread: str = "t1", guild: GuildId = G1, minutes: int = 0) -> Cursor:
    at = NOON + timedelta(minutes=minutes)
    return Cursor(guild, PlaceId(thread), PlaceId("f1"), CommentId(comment), at)


async def test_an_empty_journal_knows_nothing(storage: Store) -> None:
    assert await storage.journal.known([]) == frozenset()
    assert await storage.journal.known([an_entry().key]) == frozenset()
    assert await storage.journal.entries(G1, EVER) == []
    assert await storage.journal.count(G1, EVER) == 0
    await storage.journal.record([])
    assert await storage.journal.cursors(G1) == []


async def test_an_entry_comes_back_whole(storage: Store) -> None:
    entries = [
        an_entry("103", case=7, addressee="alice", minutes=3, revision=1_772_366_400_000),
        an_entry("102", text=None, minutes=2),
        replace(an_entry("101", text="🤡 \x00 \ud800", minutes=1), values={}),
    ]
    await storage.journal.record(entries)
    assert await storage.journal.entries(G1, EVER) == entries


async def test_known_are_the_versions_that_were_judged(storage: Store) -> None:
    judged = [an_entry("101"), an_entry("101", revision=5), an_entry("102", guild="g2")]
    await storage.journal.record(judged)
    others = [an_entry("101", revision=6).key, an_entry("102").key]
    asked = [*others, *(entry.key for entry in judged)]
    assert await storage.journal.known(asked) == {entry.key for entry in judged}


async def test_many_are_known_at_once(storage: Store) -> None:
    entries = [an_entry(str(n)) for n in range(1200)]
    await storage.journal.record(entries)
    strangers = [CaseKey(G2, CommentId(str(n)), 0) for n in range(1200)]
    asked = [*strangers, *(entry.key for entry in entries)]
    assert await storage.journal.known(asked) == {entry.key for entry in entries}


async def test_an_entry_that_is_there_stays_as_it_is(storage: Store) -> None:
    first = an_entry(text="first")
    await storage.journal.record([first])
    await storage.journal.record([an_entry(text="second"), an_entry("102", minutes=-1)])
    assert await storage.journal.entries(G1, EVER) == [first, an_entry("102", minutes=-1)]


async def test_a_batch_that_names_an_entry_twice_keeps_the_first(storage: Store) -> None:
    await storage.journal.record([an_entry(text="first"), an_entry(text="second")])
    assert [e.text for e in await storage.journal.entries(G1, EVER)] == ["first"]


async def test_entries_come_newest_first_from_a_moment_on(storage: Store) -> None:
    await storage.journal.record([an_entry(str(n), minutes=n) for n in (1, 3, 2)])
    await storage.journal.record([an_entry("4", guild="g2")])
    since = NOON + timedelta(minutes=2)
    assert [e.key.comment for e in await storage.journal.entries(G1, since)] == ["3", "2"]
    assert await storage.journal.count(G1, since) == 2
    assert [e.key.comment for e in await storage.journal.entries(G1, EVER, limit=1)] == ["3"]


async def test_long_lists_come_whole_and_in_order(storage: Store) -> None:
    # Two pages and a bit, many judged at one moment: in pages, none is lost or doubled.
    entries = [an_entry(f"{n:04}", minutes=n // 300) for n in range(1100)]
    await storage.journal.record(entries)
    assert await storage.journal.entries(G1, EVER) == entries[::-1]
    assert await storage.journal.entries(G1, EVER, limit=700) == entries[:-701:-1]


async def test_a_cursor_moves_on_and_never_back(storage: Store) -> None:
    await storage.journal.advance(a_cursor("99"))
    # As numbers: as text, "100" would come before "99".
    await storage.journal.advance(a_cursor("100", minutes=1))
    await storage.journal.advance(a_cursor("99", minutes=2))
    await storage.journal.advance(a_cursor("100", minutes=3))
    assert await storage.journal.cursors(G1) == [a_cursor("100", minutes=1)]


async def test_each_thread_has_a_cursor_of_its_own(storage: Store) -> None:
    for cursor in (a_cursor("5", thread="t2"), a_cursor("7"), a_cursor("9", guild=G2)):
        await storage.journal.advance(cursor)
    assert await storage.journal.cursors(G1) == [a_cursor("7"), a_cursor("5", thread="t2")]
    assert await storage.journal.cursors(G2) == [a_cursor("9", guild=G2)]
