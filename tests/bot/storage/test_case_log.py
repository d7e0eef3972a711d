"""What the case log in a database promises beyond the contract: columns that can be queried."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlmodel import select

from bot.domain.case import CaseEvent, CaseState, EventKind
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import MemberId
from bot.errors import StorageError
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import Database
from bot.storage.ledger import SqlLedger
from bot.storage.tables import CaseRow, PolicyRow
from tests.bot.storage.conftest import clock
from tests.bot.storage.drafts import NOON, a_draft


async def test_a_policy_is_stored_once_with_the_time_of_its_first_use(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    for minutes in range(3):
        await sql_cases.open(a_draft(f"c{minutes}", minutes=minutes))
    async with database.read() as session:
        policies = (await session.exec(select(PolicyRow))).all()
    assert [(p.version, p.toml, p.first_used_at) for p in policies] == [
        ("v1", "mode = 'enforce'\n", NOON)
    ]


async def test_a_moderator_can_query_columns(sql_cases: SqlCaseLog, database: Database) -> None:
    await sql_cases.open(a_draft("c1", text="du bist ein Trottel 🤡"))
    await sql_cases.open(a_draft("c2", author="alice"))
    async with database.read() as session:
        found = await session.exec(
            select(CaseRow.number, CaseRow.text, CaseRow.action_kind).where(
                CaseRow.author_id == "mallory"
            )
        )
        assert found.all() == [(1, "du bist ein Trottel 🤡", "warn")]
        scores = await session.exec(
            text("SELECT scores -> 'threat' IS NULL, scores -> 'insult' ->> 'text' FROM cases")
        )
        assert scores.first() == (True, "du bist ein Trottel 🤡")


async def test_a_row_changed_into_no_case_is_named(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    case = await sql_cases.open(a_draft())
    async with database.write() as session:
        await session.exec(text("UPDATE cases SET decision = 'maybe'"))
    with pytest.raises(StorageError, match=r"case 1 of server g1 cannot be read back.*maybe"):
        await sql_cases.find(case.draft.key)


async def test_a_naive_time_is_refused_and_nothing_is_written(sql_cases: SqlCaseLog) -> None:
    naive = replace(a_draft(), opened_at=NOON.replace(tzinfo=None))
    with pytest.raises(StorageError, match="has no time zone"):
        await sql_cases.open(naive)
    assert (await sql_cases.open(a_draft())).number == 1


async def test_a_case_whose_effects_cannot_be_planned_is_not_recorded(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    naive = PlannedEffect(EffectKind.TIMEOUT, until=NOON.replace(tzinfo=None))
    with pytest.raises(StorageError, match="has no time zone"):
        await sql_cases.open(a_draft(), [PlannedEffect(EffectKind.DELETE), naive])
    assert await sql_cases.find(a_draft().key) is None
    assert await SqlLedger(database, clock).unsettled() == []


async def test_a_decision_whose_effects_cannot_be_planned_changes_nothing(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    naive = PlannedEffect(EffectKind.TIMEOUT, until=NOON.replace(tzinfo=None))
    flagged = await sql_cases.open(a_draft(action=None))
    event = CaseEvent(NOON, EventKind.ORDERED, MemberId("mo"), "rude")
    with pytest.raises(StorageError, match="has no time zone"):
        await sql_cases.decide(flagged, CaseState.PENDING, event=event, effects=[naive])
    assert await sql_cases.find(flagged.draft.key) == flagged
    assert len(await sql_cases.timeline(flagged.guild, 1)) == 1
    assert await SqlLedger(database, clock).unsettled() == []
