"""Taking back: the step, the strike, what it had led to, and what another case still asks for."""

from datetime import timedelta

import pytest

from bot.domain.appeal import AppealState
from bot.domain.case import CaseState, EventKind
from bot.domain.effect import EffectKind
from bot.errors import RefusedError, StaleCaseError
from config.policy import StepKind
from tests.bot.moderation.office import ANN, BOB, GUILD, MAY, MOE, MONDAY, Office, author

# Balanced: warn from 1 point, delete from 1.75, timeouts of an hour from 2.5, a day from 4, seven
# days from 6; a human confirms the ban at 9. Incidents last ten minutes.


async def test_undoing_lifts_the_timeout_voids_the_strike_and_tells_the_member(
    office: Office,
) -> None:
    case = await office.sanctioned(ANN, "you threat")  # 2.5 points: a timeout of an hour
    assert office.enforcer.timeouts[ANN.id] == MONDAY + timedelta(hours=1)
    undone = await office.desk.undo.undo(GUILD, case.number, MAY, "It was a film quote.")
    assert (undone.case.state, undone.lifted) == (CaseState.OVERTURNED, ())
    assert office.enforcer.timeouts == {}
    assert await office.points(ANN) == 0
    assert office.enforcer.told[-1] == (ANN.id, EffectKind.RETURN_TEXT, "It was a film quote.")
    assert await office.said(case, EventKind.OVERTURNED) == ["It was a film quote."]


async def test_a_later_step_that_only_the_void_strike_had_reached_is_lifted(
    office: Office,
) -> None:
    # A threat, 2.5 points, then a slur, 2: 4.5 and a day. The slur alone reaches 2: a delete.
    first = await office.sanctioned(ANN, "you threat")
    office.later(minutes=30)
    second = await office.sanctioned(ANN, "you slur")
    assert office.enforcer.timeouts[ANN.id] == office.now + timedelta(days=1)
    undone = await office.desk.undo.undo(GUILD, first.number, MAY, "A quote.")
    assert [case.number for case in undone.lifted] == [second.number]
    assert office.enforcer.timeouts == {}
    assert (await office.current(second)).state is CaseState.APPLIED
    assert await office.said(second, EventKind.LIFTED) == ["case 1 was overturned"]
    # The slur's own 2 points stay, half an hour on its 30 days of half-life.
    assert await office.points(ANN) == pytest.approx(2.0, abs=0.01)
    assert "It had led to the timeout of case 2 as well" in str(office.enforcer.told[-1][2])


async def test_a_later_step_that_stands_by_itself_keeps_the_timeout(office: Office) -> None:
    # A twit, 1 point; a threat, 2.5, makes 3.5: an hour, as without it. The hour stays.
    first = await office.sanctioned(ANN, "you twit")
    office.later(minutes=30)
    await office.sanctioned(ANN, "you threat")
    ends = office.enforcer.timeouts[ANN.id]
    undone = await office.desk.undo.undo(GUILD, first.number, MAY, "A pet name.")
    assert undone.lifted == ()
    assert office.enforcer.timeouts[ANN.id] == ends


async def test_undoing_one_of_two_timeouts_sets_the_other_back(office: Office) -> None:
    # An hour for a threat; then, by a moderator's own choice, a week. Undoing the week leaves the
    # hour, of which 50 minutes are left.
    first = await office.sanctioned(ANN, "you threat")
    office.later(minutes=10)
    second = await office.desk.by_hand.act(
        GUILD,
        author(ANN),
        MOE,
        StepKind.TIMEOUT,
        minutes=7 * 24 * 60,
        reason="x",
        event="command:1",
    )
    await office.desk.undo.undo(GUILD, second.number, MAY, "too long")
    assert first.action is not None
    assert office.enforcer.timeouts[ANN.id] == first.action.until == MONDAY + timedelta(hours=1)


async def test_a_timeout_that_is_over_is_not_lifted(office: Office) -> None:
    case = await office.sanctioned(ANN, "you threat")
    office.later(hours=2)
    await office.desk.undo.undo(GUILD, case.number, MAY, "late but right")
    assert (case.number, EffectKind.LIFT_TIMEOUT) not in office.enforcer.done
    assert await office.points(ANN) == 0


async def test_a_moderators_own_step_is_not_taken_for_the_ladders(office: Office) -> None:
    first = await office.sanctioned(ANN, "you threat")
    office.later(minutes=30)
    hand = await office.desk.by_hand.act(
        GUILD, author(ANN), MOE, StepKind.BAN, reason="enough", event="command:1"
    )
    undone = await office.desk.undo.undo(GUILD, first.number, MAY, "A quote.")
    assert undone.lifted == ()
    assert ANN.id in office.enforcer.banned
    assert (await office.current(hand)).state is CaseState.APPLIED


async def test_what_was_lifted_once_is_not_lifted_again(office: Office) -> None:
    # Two threats, 5 points, then a slur: 7, a week. Without either threat: 4.5, a day.
    first = await office.sanctioned(ANN, "you threat")
    office.later(minutes=30)
    second = await office.sanctioned(ANN, "you threat")
    office.later(minutes=30)
    third = await office.sanctioned(ANN, "you slur")
    undone = await office.desk.undo.undo(GUILD, first.number, MAY, "one")
    assert {case.number for case in undone.lifted} == {second.number, third.number}
    again = await office.desk.undo.undo(GUILD, second.number, MAY, "two")
    assert again.lifted == ()
    assert await office.said(third, EventKind.LIFTED) == ["case 1 was overturned"]


async def test_only_what_is_carried_out_can_be_taken_back(office: Office) -> None:
    flagged = await office.sanctioned(ANN, "you maybe")
    with pytest.raises(RefusedError, match="Case 1 waits for a moderator"):
        await office.desk.undo.undo(GUILD, flagged.number, MAY, "x")
    case = await office.sanctioned(BOB, "you twit")
    await office.desk.undo.undo(GUILD, case.number, MAY, "x")
    with pytest.raises(StaleCaseError, match="overturned already"):
        await office.desk.undo.undo(GUILD, case.number, MOE, "x")


async def test_nobody_undoes_their_own_case_nor_without_a_reason(office: Office) -> None:
    case = await office.sanctioned(author(MAY), "you twit")
    with pytest.raises(RefusedError, match="about you"):
        await office.desk.undo.undo(GUILD, case.number, MAY, "x")
    with pytest.raises(RefusedError, match="Only moderators"):
        await office.desk.undo.undo(GUILD, case.number, ANN, "x")
    with pytest.raises(RefusedError, match="reason is empty"):
        await office.desk.undo.undo(GUILD, case.number, MOE, " ")


async def test_undoing_grants_an_open_appeal(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    await office.desk.undo.undo(GUILD, case.number, MAY, "Right you are.")
    ended = await office.desk.appeals.get(appeal.id)
    assert (ended.state, ended.decided_by) == (AppealState.OVERTURNED, MAY.id)
    assert ended.remarks[-1].text == "Right you are."


async def test_a_change_keeps_the_points_and_tells_the_member_once(office: Office) -> None:
    case = await office.sanctioned(ANN, "you threat")
    office.later(minutes=5)
    new = await office.desk.undo.change(
        GUILD, case.number, MAY, StepKind.TIMEOUT, minutes=10, reason="An hour is too long."
    )
    assert (await office.current(case)).state is CaseState.OVERTURNED
    assert new.state is CaseState.APPLIED
    assert new.draft.reason == "An hour is too long. (in place of case 1)"
    assert new.strike == case.strike
    assert office.enforcer.timeouts[ANN.id] == office.now + timedelta(minutes=10)
    assert [kind for _, kind, _ in office.enforcer.told] == [EffectKind.NOTICE, EffectKind.NOTICE]
    # Discord's own end of the timeout is set back to the new one: see the behaviour suite.
    assert office.enforcer.done[-2] == (case.number, EffectKind.LIFT_TIMEOUT)


async def test_a_ban_changed_to_a_ban_stays_in_force(office: Office) -> None:
    case = await office.desk.by_hand.act(
        GUILD, author(ANN), MOE, StepKind.BAN, reason="enough", event="command:1"
    )
    new = await office.desk.undo.change(GUILD, case.number, MAY, StepKind.BAN, reason="In words.")
    assert new.state is CaseState.APPLIED
    assert ANN.id in office.enforcer.banned


async def test_a_change_to_a_warning_lifts_the_timeout_and_returns_the_words(
    office: Office,
) -> None:
    case = await office.sanctioned(ANN, "you threat")
    await office.desk.undo.change(GUILD, case.number, MAY, StepKind.WARN, reason="Milder.")
    assert office.enforcer.timeouts == {}
    assert (ANN.id, EffectKind.RETURN_TEXT, "Milder.") in office.enforcer.told
    assert await office.points(ANN) == 2.5


async def test_a_change_confirms_the_ban_that_the_ladder_asked_for(office: Office) -> None:
    case = await office.sanctioned(ANN, "you threat")
    new = await office.desk.undo.change(GUILD, case.number, MAY, StepKind.BAN, reason="Confirmed.")
    assert new.state is CaseState.APPLIED
    assert ANN.id in office.enforcer.banned


async def test_a_change_can_be_changed_and_undone_like_any_case(office: Office) -> None:
    case = await office.sanctioned(ANN, "you threat")
    new = await office.desk.undo.change(GUILD, case.number, MAY, StepKind.WARN, reason="a")
    newer = await office.desk.undo.change(
        GUILD, new.number, MAY, StepKind.TIMEOUT, minutes=5, reason="b"
    )
    assert newer.number == 3
    await office.desk.undo.undo(GUILD, newer.number, MAY, "c")
    assert (office.enforcer.timeouts, await office.points(ANN)) == ({}, 0)


async def test_a_case_under_appeal_is_decided_there_and_not_changed(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    await office.appealed(ANN, case)
    with pytest.raises(RefusedError, match="has an open appeal"):
        await office.desk.undo.change(GUILD, case.number, MAY, StepKind.DELETE, reason="x")
    with pytest.raises(RefusedError, match="has an open appeal"):
        await office.desk.review.uphold(GUILD, case.number, MAY)
