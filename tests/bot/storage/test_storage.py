"""Opening all that a running bot stores: one bot at a time, and never on a damaged file."""

import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.domain.case import CaseKey
from bot.domain.effect import EffectKind
from bot.domain.ids import CommentId, GuildId
from bot.errors import StorageError
from bot.storage.database import open_database
from bot.storage.storage import open_storage
from tests.bot.storage.conftest import KEY, clock
from tests.bot.storage.drafts import a_draft
from tests.bot.storage.test_processes import PATIENCE_S, ROOT, read, tell

G1 = GuildId("g1")


@contextmanager
def bot_on(place: str, *, comments: int) -> Generator[subprocess.Popen[str]]:
    """Start a bot's storage in a process of its own; kill -9 it on leaving."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bot.storage.bot_process", place, str(comments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert read(process) == "open"
            yield process
        finally:
            process.kill()
            assert process.wait(PATIENCE_S) == -signal.SIGKILL


async def test_a_second_bot_on_one_database_is_refused(place: str) -> None:
    async with open_storage(place, key=KEY, clock=clock) as storage:
        with pytest.raises(StorageError, match="another bot is running on the database"):
            async with open_storage(place, key=KEY, clock=clock):
                pass
        await storage.cases.open(a_draft())
    async with open_storage(place, key=KEY, clock=clock) as storage:
        assert await storage.cases.get(G1, 1) is not None


async def test_other_verbs_are_not_kept_out(place: str) -> None:
    async with open_storage(place, key=None, clock=clock) as storage:
        await storage.cases.open(a_draft())
        async with open_storage(place, key=None, clock=clock, alone=False) as other:
            assert await other.cases.get(G1, 1) is not None
        async with open_database(place):
            pass


async def test_a_refused_bot_changes_nothing(place: str) -> None:
    async with open_storage(place, key=None, clock=clock) as storage:
        await storage.cases.open(a_draft())
        with pytest.raises(StorageError, match="another bot"):
            async with open_storage(place, key=KEY, clock=clock):
                pass
        assert await storage.cases.get(G1, 1) is not None
    async with open_storage(place, key=None, clock=clock):  # not sealed by the refused one
        pass


async def test_a_bot_that_was_killed_leaves_the_database_free(place: str) -> None:
    with bot_on(place, comments=0), pytest.raises(StorageError, match="another bot"):
        async with open_storage(place, key=None, clock=clock):
            pass
    async with open_storage(place, key=None, clock=clock) as storage:
        assert (await storage.cases.open(a_draft())).number == 1


@pytest.mark.parametrize("moment", [3, 11, 29])
async def test_a_killed_bot_leaves_each_case_with_its_effects_or_neither(
    place: str, moment: int
) -> None:
    """Kill it when it has told of `moment` cases, wherever it is with those after them."""
    with bot_on(place, comments=400) as bot:
        tell(bot)
        told = [read(bot) for _ in range(moment)]
    async with open_storage(place, key=None, clock=clock, alone=False) as storage:
        planned = [EffectKind.DELETE, EffectKind.NOTICE, EffectKind.LOG]
        recorded = 0
        for n in range(400):
            case = await storage.cases.find(CaseKey(G1, CommentId(f"c{n}"), 0))
            if case is None:
                break
            recorded += 1
            effects = await storage.ledger.effects(G1, case.number)
            assert [effect.kind for effect in effects] == planned
            assert len(await storage.cases.timeline(G1, case.number)) == 1
        unsettled = await storage.ledger.unsettled()
    assert told == [f"c{n}" for n in range(moment)]
    assert moment <= recorded < 400
    assert len(unsettled) == 3 * recorded


async def test_a_damaged_file_is_refused_before_it_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "evenhand.sqlite3"
    async with open_storage(str(file), key=None, clock=clock) as storage:
        for n in range(60):
            await storage.cases.open(a_draft(f"c{n}", text="x" * 2000))
        await storage.database.empty_log()
    content = bytearray(file.read_bytes())
    for page in range(4, len(content) // 4096, 3):  # every third page, from the fifth on
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    file.write_bytes(content)
    with pytest.raises(StorageError, match=r"is damaged: put back a copy"):
        async with open_storage(str(file), key=None, clock=clock):
            pass
    assert file.read_bytes() == content


async def test_a_folder_without_room_for_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "evenhand.sqlite3.lock").mkdir()
    with pytest.raises(StorageError, match=r"evenhand\.sqlite3\.lock cannot be made"):
        async with open_storage(str(tmp_path / "evenhand.sqlite3"), key=None, clock=clock):
            pass
