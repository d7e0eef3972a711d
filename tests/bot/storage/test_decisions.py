"""What counts as a human's decision on a case, and what it says of which category."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.action import Applied
from bot.domain.case import Case, CaseEvent, CaseState, EventKind
from bot.domain.decision import HumanDecision
from bot.domain.ids import MemberId
from bot.storage.case_log import SqlCaseLog
from bot.storage.database import Database
from bot.storage.decisions import SqlDecisions
from config.policy import Category
from tests.bot.storage.drafts import NOON, WARN, a_draft, a_hand_draft

HARASSMENT = {Category.HARASSMENT: 0.91}
RIGHT = HumanDecision(HARASSMENT, {Category.HARASSMENT: True})
WRONG = HumanDecision(HARASSMENT, {Category.HARASSMENT: False})


def by_moderator(kind: EventKind) -> CaseEvent:
    return CaseEvent(NOON + timedelta(hours=2), kind, MemberId("mo"), "decided")


async def applied(cases: SqlCaseLog, comment: str = "c1") -> Case:
    return await cases.settle(await cases.open(a_draft(comment)), Applied())


async def test_what_the_bot_did_alone_says_nothing(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    await applied(sql_cases)
    await sql_cases.open(a_draft("c2", action=None))
    assert await SqlDecisions(database).all() == []


async def test_what_was_taken_back_or_dismissed_was_wrong(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    case = await applied(sql_cases)
    await sql_cases.decide(case, CaseState.OVERTURNED, event=by_moderator(EventKind.OVERTURNED))
    flagged = await sql_cases.open(a_draft("c2", action=None))
    await sql_cases.decide(flagged, CaseState.DISMISSED, event=by_moderator(EventKind.DISMISSED))
    assert await SqlDecisions(database).all() == [WRONG, WRONG]


async def test_what_a_moderator_ordered_or_found_right_was_right(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    flagged = await sql_cases.open(a_draft("c1", action=None))
    await sql_cases.decide(
        flagged, CaseState.PENDING, event=by_moderator(EventKind.ORDERED), action=WARN
    )
    looked_at = await applied(sql_cases, "c2")
    await sql_cases.note(looked_at.guild, looked_at.number, by_moderator(EventKind.UPHELD))
    assert await SqlDecisions(database).all() == [RIGHT, RIGHT]


async def test_a_case_found_right_says_nothing_of_categories_it_was_not_opened_for(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    draft = a_draft("c1", action=None)
    both = HARASSMENT | {Category.SLUR: 0.1}
    draft = replace(draft, verdict=replace(draft.verdict, categories=both))
    flagged = await sql_cases.open(draft)
    await sql_cases.decide(
        flagged, CaseState.PENDING, event=by_moderator(EventKind.ORDERED), action=WARN
    )
    assert await SqlDecisions(database).all() == [HumanDecision(both, {Category.HARASSMENT: True})]


async def test_a_case_without_scores_says_nothing(
    sql_cases: SqlCaseLog, database: Database
) -> None:
    report = await sql_cases.open(a_hand_draft(action=None))
    await sql_cases.decide(report, CaseState.DISMISSED, event=by_moderator(EventKind.DISMISSED))
    assert await SqlDecisions(database).all() == []
