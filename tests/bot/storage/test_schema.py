"""The schema's history ends where the tables are."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, null, text

from bot.domain.action import Applied
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.ids import GuildId, MemberId
from bot.errors import StorageError
from bot.moderation.ports import CaseFilter
from bot.storage import migrations
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import Database, make_engine, open_database
from bot.storage.location import locate
from bot.storage.migrations import HEAD_REVISION
from bot.storage.storage import open_storage
from tests.bot.storage.conftest import KEY
from tests.bot.storage.drafts import NOON, a_draft, a_hand_draft

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


async def test_cases_of_revision_0001_come_through_whole(place: str) -> None:
    await _make_old_database(place)
    async with open_database(place) as database:
        cases = SqlCaseLog(database, lambda: NOON)
        found = (await cases.list_cases(GuildId("g1"), CaseFilter()))[::-1]
        timelines = [await cases.timeline(GuildId("g1"), case.number) for case in found]
    acted, flagged, failed = a_draft("c1"), a_draft("c2", action=None), a_draft("c3")
    acted = replace(acted, parent=a_draft("c0").comment)
    hour = NOON + timedelta(hours=1)
    assert found == [
        Case(1, acted, CaseState.APPLIED, acted.action, acted.strike, settled_at=hour),
        Case(2, flagged, CaseState.REVIEW, None, None),
        Case(3, failed, CaseState.FAILED, failed.action, failed.strike, hour, "it is gone"),
    ]
    opened = CaseEvent(NOON, EventKind.OPENED, None, acted.reason)
    assert timelines == [
        [opened, CaseEvent(hour, EventKind.APPLIED, None, "")],
        [opened],
        [opened, CaseEvent(hour, EventKind.FAILED, None, "it is gone")],
    ]


async def test_a_database_of_revision_0001_can_be_sealed_and_gone_on_with(place: str) -> None:
    await _make_old_database(place)
    async with open_storage(place, key=KEY, clock=lambda: NOON) as storage:
        assert (await storage.cases.open(a_draft("c4"))).number == 4
        case = await storage.cases.get(GuildId("g1"), 1)
        assert case is not None
        assert case.draft.text == "you are an idiot"
        assert len(await storage.cases.strikes(GuildId("g1"), MemberId("mallory"), rehearsed=False))
        async with storage.database.read() as session:
            words = (await session.exec(text("SELECT text FROM cases"))).scalars().all()
    assert not any("idiot" in word for word in words)


async def test_a_sealed_database_does_not_go_back_to_a_schema_without_seals(place: str) -> None:
    async with open_storage(place, key=KEY, clock=lambda: NOON):
        pass
    engine = make_engine(locate(place))
    with pytest.raises(StorageError, match="cannot go back below 0003"):
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(alembic_config(c), "0002"))
    await engine.dispose()


async def test_going_back_keeps_what_0001_can_say(place: str) -> None:
    async with open_storage(place, key=None, clock=lambda: NOON) as storage:
        case = await storage.cases.settle(await storage.cases.open(a_draft("c1")), Applied())
        taken_back = CaseEvent(NOON, EventKind.OVERTURNED, MemberId("mo"), "a joke")
        await storage.cases.decide(case, CaseState.OVERTURNED, event=taken_back)
        await storage.cases.open(a_hand_draft())
    engine = make_engine(locate(place))
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(alembic_config(c), "0001"))
        left = (await connection.execute(text("SELECT number, state, failure FROM cases"))).all()
    await engine.dispose()
    assert left == [(1, "failed", "a moderator took it back")]


async def _make_old_database(place: str) -> None:
    """Make a database by revision 0001 itself, with the rows its Evenhand wrote.

    An acted, a flagged and a failed case of `a_draft`, as columns: 0001 had no other writer.
    """
    engine = make_engine(locate(place))
    old = MetaData()
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(alembic_config(c), "0001"))
        await connection.run_sync(old.reflect)
        policy = {"version": "v1", "toml": "mode = 'enforce'\n", "first_used_at": NOON}
        await connection.execute(old.tables["policies"].insert(), policy)
        await connection.execute(old.tables["cases"].insert(), [_old_row(n) for n in (1, 2, 3)])
    await engine.dispose()


def _old_row(number: int) -> dict[str, object]:
    is_flagged = number == 2
    author = {"id": "mallory", "name": "Mallory", "roles": [], "is_bot": False}
    breach = {
        "category": "harassment",
        "label": "insult",
        "score": 0.91,
        "threshold": 0.8,
        "decision": "act",
    }
    parent = {
        "id": "c0",
        "guild": "g1",
        "forum": None,
        "thread": "t1",
        "channel_category": None,
        "author": author,
        "text": "you are an idiot",
        "created_at": NOON.isoformat(),
        "position": 1,
        "parent_id": None,
        "depth": 0,
        "revision": 0,
        "mentions": [],
    }
    passage = {"text": "you are an idiot", "spelling": "plain", "window": 1, "windows": 1}
    return {
        "guild_id": "g1",
        "number": number,
        "state": ("applied", "review", "failed")[number - 1],
        "comment_id": f"c{number}",
        "revision": 0,
        "forum_id": None,
        "thread_id": "t1",
        "channel_category_id": None,
        "author_id": "mallory",
        "author_name": "Mallory",
        "author_roles": [],
        "author_is_bot": False,
        "text": "you are an idiot",
        "normalised": "you are an idiot",
        "created_at": NOON,
        "position": 1,
        "depth": 0,
        "mentions": [],
        "parent_id": None,
        "parent": parent if number == 1 else null(),
        "model_name": "compact",
        "model_sha256": "ab" * 32,
        "scores": {"insult": {"value": 0.91, **passage}},
        "decision": "flag" if is_flagged else "act",
        "categories": {"harassment": 0.91},
        "breaches": [breach],
        "addressee_id": None,
        "addressee_name": None,
        "addressee_how": None,
        "verdict_reason": "insult 0.91 passes 0.80",
        "mode": "enforce",
        "policy_version": "v1",
        "action_kind": None if is_flagged else "warn",
        "action_until": None,
        "action_removes_comment": None if is_flagged else False,
        "action_capped_from": None,
        "strike_points": None if is_flagged else 2.0,
        "strike_at": None if is_flagged else NOON,
        "strike_incident_at": None if is_flagged else NOON,
        "points_before": 0.0,
        "points_after": 0.0 if is_flagged else 2.0,
        "reason": "A warning: insult 0.91 passes 0.80.",
        "opened_at": NOON,
        "settled_at": None if is_flagged else NOON + timedelta(hours=1),
        "failure": "it is gone" if number == 3 else None,
    }
