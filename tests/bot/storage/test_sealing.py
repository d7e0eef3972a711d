"""A database and its key: sealed whole or plain whole, and never garbage."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain.action import Applied
from bot.domain.appeal import Appeal, AppealState, Remark
from bot.domain.case import Case, CaseEvent, EventKind
from bot.domain.comment import Author
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import AppealId, GuildId, MemberId
from bot.domain.scores import Passage, Score
from bot.errors import StorageError
from bot.storage.cipher import new_key
from bot.storage.database import open_database
from bot.storage.sealing import ROWS_AT_ONCE, SEALED
from bot.storage.storage import Storage, open_storage
from bot.storage.tables import Row
from config.labels import Label
from tests.bot.storage.conftest import KEY, clock
from tests.bot.storage.drafts import NOON, a_draft
from tests.bot.storage.entries import an_entry

G1, MALLORY = GuildId("g1"), MemberId("mallory")
SECRET = "zanzibar"
"""Stands in every word that is to be sealed."""


async def fill(storage: Storage) -> Case:
    """Write something with the secret wherever words are kept."""
    plain = a_draft(text=f"{SECRET} 1")
    draft = replace(
        plain,
        comment=replace(plain.comment, mentions=(Author(MemberId("m1"), f"{SECRET} 2"),)),
        parent=replace(plain.comment, text=f"{SECRET} 3", author=Author(MALLORY, f"{SECRET} 4")),
        normalised=f"{SECRET} 5",
        scores=replace(plain.scores, by_label={Label.INSULT: Score(0.91, Passage(f"{SECRET} 6"))}),
    )
    news = PlannedEffect(EffectKind.APPEAL_NEWS, text=f"{SECRET} 7")
    case = await storage.cases.settle(await storage.cases.open(draft, [news]), Applied())
    await storage.cases.note(G1, 1, CaseEvent(NOON, EventKind.NOTE, MALLORY, f"{SECRET} 8"))
    await storage.journal.record([an_entry(text=f"{SECRET} 9")])
    said = Remark(NOON, MALLORY, is_member=True, text=f"{SECRET} 10")
    appeal = Appeal(AppealId("a1"), G1, 1, MALLORY, AppealState.OPEN, NOON, NOON, (said,))
    await storage.appeals.open(appeal)
    return case


async def read(storage: Storage) -> list[object]:
    """Read back all that `fill` wrote."""
    return [
        await storage.cases.get(G1, 1),
        await storage.cases.timeline(G1, 1),
        await storage.ledger.effects(G1, 1),
        await storage.journal.entries(G1, NOON),
        await storage.appeals.of_case(G1, 1),
    ]


async def stored_words(storage: Storage) -> str:
    """Read every cell of every table as the database holds it."""
    cells: list[object] = []
    async with storage.database.read() as session:
        connection = await session.connection()
        for table in Row.metadata.sorted_tables:
            cells += (await connection.execute(text(f"SELECT * FROM {table.name}"))).all()
    return repr(cells)


def files_with_secret(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if SECRET.encode() in file.read_bytes()]


async def refusal_of(place: str, key: bytes | None) -> str:
    with pytest.raises(StorageError) as refusal:
        async with open_storage(place, key=key, clock=clock):
            pass
    return str(refusal.value)


async def test_no_word_is_readable_in_a_sealed_database(place: str) -> None:
    async with open_storage(place, key=KEY, clock=clock) as storage:
        case = await fill(storage)
        assert await storage.cases.get(G1, 1) == case
        assert SECRET in repr(await read(storage))
        assert SECRET not in await stored_words(storage)


async def test_no_word_is_readable_in_the_files_of_a_sealed_database(tmp_path: Path) -> None:
    place = tmp_path / "evenhand.sqlite3"
    async with open_storage(str(place), key=KEY, clock=clock) as storage:
        await fill(storage)
        assert files_with_secret(tmp_path) == []


async def test_without_a_key_words_are_plain(place: str) -> None:
    async with open_storage(place, key=None, clock=clock) as storage:
        await fill(storage)
        # Each of the ten stands there once; effects and the like are counted by their numbers.
        assert (await stored_words(storage)).count(SECRET) == 10


async def test_a_sealed_database_is_refused_without_its_key(place: str) -> None:
    async with open_storage(place, key=KEY, clock=clock) as storage:
        await fill(storage)
    assert "are sealed: give the key they were sealed with" in await refusal_of(place, None)
    assert "were sealed with another key: give that one" in await refusal_of(place, new_key())
    with pytest.raises(StorageError, match="are sealed"):
        async with open_database(place):
            pass
    assert "cannot be used" in await refusal_of(place, b"no key at all")


async def test_an_empty_database_remembers_its_key(place: str) -> None:
    async with open_storage(place, key=KEY, clock=clock):
        pass
    assert "were sealed with another key" in await refusal_of(place, new_key())


async def test_a_key_given_later_seals_what_is_there(place: str) -> None:
    async with open_storage(place, key=None, clock=clock) as storage:
        await fill(storage)
        before = await read(storage)
    async with open_storage(place, key=KEY, clock=clock) as storage:
        assert await read(storage) == before
        assert SECRET not in await stored_words(storage)


async def test_sealing_leaves_no_plain_word_in_the_file(tmp_path: Path) -> None:
    place = tmp_path / "evenhand.sqlite3"
    async with open_storage(str(place), key=None, clock=clock) as storage:
        await fill(storage)
    async with open_storage(str(place), key=KEY, clock=clock):
        assert files_with_secret(tmp_path) == []


async def test_a_new_key_before_the_old_one_takes_its_place(place: str) -> None:
    new = new_key()
    async with open_storage(place, key=KEY, clock=clock) as storage:
        await fill(storage)
        before = await read(storage)
    async with open_storage(place, key=new + b"," + KEY, clock=clock) as storage:
        assert await read(storage) == before
    async with open_storage(place, key=new, clock=clock) as storage:
        assert await read(storage) == before
    assert "another key" in await refusal_of(place, KEY)


async def test_more_rows_than_are_sealed_at_once_are_all_sealed(place: str) -> None:
    entries = [an_entry(str(n), text=f"{SECRET} {n}") for n in range(2 * ROWS_AT_ONCE + 1)]
    async with open_storage(place, key=None, clock=clock) as storage:
        await storage.journal.record(entries)
    async with open_storage(place, key=KEY, clock=clock) as storage:
        assert SECRET not in await stored_words(storage)
        found = await storage.journal.entries(G1, NOON)
        assert {entry.text for entry in found} == {entry.text for entry in entries}


async def test_a_word_changed_in_a_sealed_row_is_named(place: str) -> None:
    async with open_storage(place, key=KEY, clock=clock) as storage:
        await fill(storage)
        async with storage.database.write() as session:
            await session.exec(text("UPDATE cases SET text = 'made up'"))
        with pytest.raises(StorageError, match="case 1 of server g1 cannot be read back"):
            await storage.cases.get(G1, 1)


def test_every_table_with_words_is_sealed() -> None:
    with_text = {table.name for table in Row.metadata.sorted_tables if "text" in table.columns}
    assert with_text == set(SEALED)


async def test_erased_words_are_gone_from_the_files(tmp_path: Path) -> None:
    place = tmp_path / "evenhand.sqlite3"
    async with open_storage(str(place), key=None, clock=clock) as storage:
        await storage.cases.open(a_draft(text=SECRET))
        await storage.journal.record([an_entry(text=SECRET)])
        assert await storage.archive.erase(G1, MALLORY, keep_cases=()) == 2
        assert files_with_secret(tmp_path) == []
    with closing(sqlite3.connect(place)) as other:
        assert other.execute("SELECT count(*) FROM cases").fetchone() == (1,)
