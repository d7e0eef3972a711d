"""The queue, claims, and what a moderator decides on a case."""

from datetime import timedelta

import pytest

from bot.domain.case import CaseState, EventKind, Origin
from bot.domain.effect import EffectKind
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor
from bot.moderation.ports import CaseFilter
from bot.policy.edits import with_mode
from config.policy import Mode, StepKind
from tests.bot.moderation.office import ADA, ANN, BALANCED, BOB, GUILD, MAY, MOE, Office, author


async def test_the_gravest_comes_first_and_then_the_oldest(office: Office) -> None:
    # Harassment would earn 1 point, incitement 2.5.
    older = await office.sanctioned(ANN, "you maybe")
    office.later(minutes=1)
    younger = await office.sanctioned(BOB, "you maybe")
    office.later(minutes=1)
    grave = await office.sanctioned(BOB, "you doubtful")
    queue = await office.desk.review.queue(GUILD, MAY)
    assert [item.case.number for item in queue] == [grave.number, older.number, younger.number]


async def test_next_never_gives_two_moderators_the_same_item(office: Office) -> None:
    await office.sanctioned(ANN, "you maybe")
    await office.sanctioned(BOB, "you maybe")
    review = office.desk.review
    first, second = await review.next(GUILD, MAY), await review.next(GUILD, MOE)
    assert first is not None
    assert second is not None
    assert first.case.number != second.case.number
    assert await review.next(GUILD, ADA) is None


async def test_acting_on_what_somebody_else_holds_names_them(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    await office.desk.review.claim(GUILD, case.number, MAY)
    for decide in (
        office.desk.review.approve(GUILD, case.number, MOE),
        office.desk.review.act(GUILD, case.number, MOE, StepKind.WARN, reason="no"),
        office.desk.review.escalate(GUILD, case.number, MOE, "hm"),
        office.desk.review.claim(GUILD, case.number, MOE),
    ):
        with pytest.raises(StaleCaseError, match="<@11> is working on case 1 until 09:15 UTC"):
            await decide
    assert (await office.current(case)).state is CaseState.REVIEW


async def test_a_stale_claim_returns_to_the_queue_after_a_quarter_of_an_hour(
    office: Office,
) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    await office.desk.review.claim(GUILD, case.number, MAY)
    office.later(minutes=14, seconds=59)
    assert await office.desk.review.next(GUILD, MOE) is None
    office.later(seconds=1)
    item = await office.desk.review.next(GUILD, MOE)
    assert item is not None
    assert item.claim is not None
    assert item.claim.moderator == MOE.id


async def test_renewing_a_claim_writes_no_second_line(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    await office.desk.review.claim(GUILD, case.number, MAY)
    await office.desk.review.claim(GUILD, case.number, MAY)
    assert (await office.kinds(case)).count(EventKind.CLAIMED) == 1


async def test_only_the_holder_or_an_admin_gives_an_item_back(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    review = office.desk.review
    await review.claim(GUILD, case.number, MAY)
    with pytest.raises(StaleCaseError, match="<@11>"):
        await review.release(GUILD, case.number, MOE)
    await review.release(GUILD, case.number, ADA)
    with pytest.raises(RefusedError, match="Nobody holds case 1"):
        await review.release(GUILD, case.number, MAY)


async def test_approving_dismisses_and_tells_the_member_nothing(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    done = await office.desk.review.approve(GUILD, case.number, MAY, "a fish")
    assert (done.state, done.decided_by) == (CaseState.DISMISSED, MAY.id)
    assert await office.said(case, EventKind.DISMISSED) == ["a fish"]
    assert office.enforcer.told == []
    assert await office.storage.claims.held(GUILD, office.now) == []


async def test_acting_on_a_flag_earns_what_its_category_begins_with(office: Office) -> None:
    # A harassment of 0.70 is below act (0.85), where the points begin with 1.
    case = await office.sanctioned(ANN, "you maybe")
    office.later(hours=1)
    done = await office.desk.review.act(
        GUILD, case.number, MAY, StepKind.TIMEOUT, minutes=30, reason="He meant it."
    )
    assert done.state is CaseState.APPLIED
    assert done.strike is not None
    assert (done.strike.points, done.strike.at) == (1.0, case.draft.opened_at)
    assert office.enforcer.timeouts[ANN.id] == office.now + timedelta(minutes=30)
    assert (ANN.id, EffectKind.NOTICE, "He meant it.") in office.enforcer.told
    assert await office.said(case, EventKind.ORDERED) == ["He meant it."]


async def test_a_flag_within_an_incident_adds_only_what_exceeds_it(office: Office) -> None:
    # A slur of 0.85 earned 2 points; the flag five minutes later, worth 1, belongs to it.
    await office.sanctioned(ANN, "you slur")
    office.later(minutes=5)
    case = await office.sanctioned(ANN, "you maybe")
    done = await office.desk.review.act(GUILD, case.number, MAY, StepKind.WARN, reason="again")
    assert done.strike is not None
    assert done.strike.points == 0


async def test_a_refused_step_comes_back_failed_and_can_be_ordered_anew(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    office.enforcer.refusal = "The bot may not time members out here."
    failed = await office.desk.review.act(
        GUILD, case.number, MAY, StepKind.TIMEOUT, minutes=5, reason="no"
    )
    assert (failed.state, failed.failure) == (CaseState.FAILED, office.enforcer.refusal)
    assert await office.points(ANN) == 0
    office.enforcer.refusal = None
    done = await office.desk.review.act(GUILD, case.number, MAY, StepKind.WARN, reason="then so")
    assert done.state is CaseState.APPLIED
    assert await office.points(ANN) == 1


async def test_an_escalated_case_waits_for_an_admin_at_the_head_of_the_queue(
    office: Office,
) -> None:
    grave = await office.sanctioned(BOB, "you doubtful")
    case = await office.sanctioned(ANN, "you maybe")
    review = office.desk.review
    await review.escalate(GUILD, case.number, MAY, "I know him.")
    assert [item.case.number for item in await review.queue(GUILD, MAY)] == [
        case.number,
        grave.number,
    ]
    with pytest.raises(RefusedError, match="left to the admins"):
        await review.approve(GUILD, case.number, MOE)
    for_moe, for_ada = await review.next(GUILD, MOE), await review.next(GUILD, ADA)
    assert for_moe is not None
    assert for_ada is not None
    assert (for_moe.case.number, for_ada.case.number) == (grave.number, case.number)
    assert (case.number, "<@11> leaves this to the admins: I know him.") in office.enforcer.logged


async def test_a_moderator_never_decides_about_themselves(office: Office) -> None:
    case = await office.sanctioned(author(MAY), "you maybe")
    review = office.desk.review
    for decide in (
        review.claim(GUILD, case.number, MAY),
        review.approve(GUILD, case.number, MAY),
        review.act(GUILD, case.number, MAY, StepKind.WARN, reason="me"),
        review.escalate(GUILD, case.number, MAY, "me"),
    ):
        with pytest.raises(RefusedError, match="about you"):
            await decide
    assert await review.next(GUILD, MAY) is None


async def test_members_reach_none_of_it(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    review = office.desk.review
    for ask in (
        review.queue(GUILD, BOB),
        review.next(GUILD, BOB),
        review.claim(GUILD, case.number, BOB),
        review.release(GUILD, case.number, BOB),
        review.approve(GUILD, case.number, BOB),
        review.act(GUILD, case.number, BOB, StepKind.WARN, reason="x"),
        review.escalate(GUILD, case.number, BOB, "x"),
        review.uphold(GUILD, case.number, BOB),
        review.note(GUILD, case.number, BOB, "x"),
        review.get(GUILD, case.number, BOB),
        review.search(GUILD, BOB, CaseFilter()),
        review.timeline(GUILD, case.number, BOB),
    ):
        with pytest.raises(RefusedError, match="Only moderators"):
            await ask


async def test_what_is_settled_cannot_be_decided_again(office: Office) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    await office.desk.review.approve(GUILD, case.number, MAY)
    with pytest.raises(StaleCaseError, match=r"Case 1 was dismissed \(by <@11>\)"):
        await office.desk.review.act(GUILD, case.number, MOE, StepKind.WARN, reason="x")


@pytest.mark.parametrize(
    ("step", "minutes", "complaint"),
    [
        (StepKind.TIMEOUT, None, "needs its length"),
        (StepKind.TIMEOUT, 0, "from 1 to 40,319 minutes"),
        (StepKind.TIMEOUT, 28 * 24 * 60, "from 1 to 40,319 minutes"),
        (StepKind.BAN, 5, "A ban has no length"),
    ],
)
async def test_a_step_that_makes_no_sense_is_refused_in_words(
    office: Office, step: StepKind, minutes: int | None, complaint: str
) -> None:
    case = await office.sanctioned(ANN, "you maybe")
    with pytest.raises(RefusedError, match=complaint):
        await office.desk.review.act(GUILD, case.number, MAY, step, minutes=minutes, reason="x")
    assert await office.storage.claims.held(GUILD, office.now) == []


async def test_nothing_is_done_about_who_runs_the_server(office: Office) -> None:
    comment = office.comment(author(MOE, immune="moderates this server"), "you maybe")
    case = await office.desk.by_hand.report(GUILD, comment, ANN, "rude")
    with pytest.raises(RefusedError, match="Moe moderates this server"):
        await office.desk.review.act(GUILD, case.number, MAY, StepKind.WARN, reason="x")
    done = await office.desk.review.approve(GUILD, case.number, MAY)
    assert done.state is CaseState.DISMISSED


async def test_a_moderators_word_counts_in_shadow_mode_too() -> None:
    office = await Office(with_mode(BALANCED, Mode.SHADOW)).open_for_business()
    case = await office.sanctioned(ANN, "you maybe")
    done = await office.desk.review.act(GUILD, case.number, MAY, StepKind.DELETE, reason="ugly")
    assert (await office.current(case)).state is CaseState.DISMISSED
    assert done.number != case.number
    assert (done.state, done.draft.origin) == (CaseState.APPLIED, Origin.MODERATOR)
    assert office.enforcer.deleted == [case.draft.key.comment]
    assert await office.points(ANN) == 1


async def test_upholding_is_a_line_and_changes_nothing_else(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    done = await office.desk.review.uphold(GUILD, case.number, MAY, "plainly so")
    assert done.state is CaseState.APPLIED
    assert await office.said(case, EventKind.UPHELD) == ["plainly so"]


async def test_notes_are_trimmed_and_bounded(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    await office.desk.review.note(GUILD, case.number, MAY, "  seen before ")
    assert await office.said(case, EventKind.NOTE) == ["seen before"]
    with pytest.raises(RefusedError, match="note is empty"):
        await office.desk.review.note(GUILD, case.number, MAY, " \n")
    with pytest.raises(RefusedError, match="1,001 characters; please keep it to 1,000"):
        await office.desk.review.note(GUILD, case.number, MAY, "x" * 1001)


async def test_a_case_that_is_not_there_is_said_so(office: Office) -> None:
    with pytest.raises(RefusedError, match="no case 7"):
        await office.desk.review.get(GUILD, 7, MAY)


async def test_an_admin_needs_no_second_permission_to_moderate(office: Office) -> None:
    await office.sanctioned(ANN, "you twit")
    only_admin = Actor(ADA.id, "Ada", may_administer=True)
    assert await office.desk.review.search(GUILD, only_admin, CaseFilter())
