"""The schema's history ends where the tables are."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.errors import StorageError
from bot.storage import migrations
from bot.storage.database import Database, make_engine, open_database
from bot.storage.location import locate
from bot.storage.migrations import HEAD_REVISION

FOLDER = Path(migrations.__file__).parent


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def test_the_newest_revision_is_the_one_the_code_expects() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD_REVISION]


async def test_upgrade_head_and_check_agree(place: str) -> None:
    async with open_database(place):
        pass
    engine = make_engine(locate(place))
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.check(alembic_config(c)))
    await engine.dispose()


async def test_every_step_down_can_be_taken_up_again(place: str) -> None:
    async with open_database(place):
        pass
    engine = make_engine(locate(place))
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(alembic_config(c), "base"))
        left = await connection.run_sync(lambda c: inspect(c).get_table_names())
    await engine.dispose()
    assert left == ["alembic_version"]
    async with open_database(place) as database:
        assert await _revision(database) == HEAD_REVISION


async def test_a_newer_schema_is_refused(place: str) -> None:
    async with open_database(place) as database, database.write() as session:
        await session.exec(text("UPDATE alembic_version SET version_num = 'e9'"))
    with pytest.raises(StorageError, match=r"has schema e9, newer than .* update Evenhand"):
        async with open_database(place):
            pass


async def test_another_programs_database_is_refused_and_left_alone(place: str) -> None:
    engine = make_engine(locate(place))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE bookmarks (url TEXT)"))
    with pytest.raises(StorageError, match=r"another program's tables \(such as bookmarks\)"):
        async with open_database(place):
            pass
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda c: inspect(c).get_table_names()) == ["bookmarks"]
        if engine.dialect.name == "sqlite":
            assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "delete"
    await engine.dispose()


async def _revision(database: Database) -> str:
    async with database.read() as session:
        found = await session.exec(text("SELECT version_num FROM alembic_version"))
        return found.scalar_one()
