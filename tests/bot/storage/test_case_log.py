"""What the case log in a database promises beyond the contract: it loses nothing."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlmodel import select

from bot.domain.case import Case, CaseDraft, CaseState
from bot.domain.ids import CommentId
from bot.errors import StorageError
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import Database
from bot.storage.tables import CaseRow, PolicyRow
from tests.bot.storage.drafts import NOON, a_draft, drafts

NUMBERS = count(1)


@given(draft=drafts())
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_draft_comes_back_equal(sql_cases: SqlCaseLog, draft: CaseDraft) -> None:
    # Every example in one database: a comment id of its own, however small the example.
    own_id = CommentId(f"{next(NUMBERS)} {draft.comment.id}")
    draft = replace(draft, comment=replace(draft.comment, id=own_id))
    opened = await sql_cases.open(draft)
    assert opened.draft == draft
    assert await sql_cases.find(draft.key) == opened
    if draft.strike is not None and opened.state is CaseState.PENDING:
        place, author = draft.comment.place, draft.comment.author
        assert draft.strike in await sql_cases.strikes(place.guild, author.id, rehearsed=True)


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
    assert await sql_cases.open(a_draft()) == Case(1, a_draft(), CaseState.PENDING)
