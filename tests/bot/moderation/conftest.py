"""The server that the stories about use-cases begin with."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.storage.storage import open_storage
from tests.bot.moderation.office import Clock, Office

KEY = b"an-Evenhand-test-key-of-thirty-two-octets-0="


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without a row, to be copied: making one takes thirty times as long."""
    place = tmp_path_factory.mktemp("office") / "empty.sqlite3"

    async def make() -> None:
        async with open_storage(str(place), key=KEY, clock=Clock()):
            pass

    asyncio.run(make())
    return place


@pytest.fixture(params=["memory", "database"])
async def office(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path
) -> AsyncGenerator[Office]:
    """A server whose policy enforces, kept in memory and in a database with sealed words."""
    if request.param == "memory":
        yield await Office().open_for_business()
        return
    clock, place = Clock(), tmp_path / "evenhand.sqlite3"
    shutil.copy(empty_database, place)
    async with open_storage(str(place), key=KEY, clock=clock) as storage:
        yield await Office(storage=storage, clock=clock).open_for_business()
