"""Steps by command, what was done without the bot, and members' reports."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.appeal import AppealState
from bot.domain.case import CaseState, EventKind, Origin
from bot.domain.comment import Author
from bot.domain.effect import EffectKind
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.pipeline import Heard
from bot.policy.edits import with_mode
from config.policy import Mode, StepKind
from tests.bot.moderation.office import (
    ADA,
    ANN,
    BALANCED,
    BOB,
    GUILD,
    MAY,
    MOE,
    PLACE,
    Office,
    author,
)


async def test_a_warning_by_command_is_told_recorded_and_counts(office: Office) -> None:
    case = await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.WARN, reason="Be kind.", event="command:1"
    )
    assert (case.state, case.draft.origin) == (CaseState.APPLIED, Origin.MODERATOR)
    assert (case.draft.points_before, case.draft.points_after) == (0, 1)
    assert [kind for _, kind, _ in office.enforcer.told] == [EffectKind.NOTICE]
    assert await office.points(ANN) == 1


async def test_a_command_that_arrives_twice_acts_once(office: Office) -> None:
    first, second = [
        await office.desk.by_hand.act(
            GUILD, author(ANN), MAY, StepKind.KICK, reason="out", event="command:1"
        )
        for _ in range(2)
    ]
    assert first == second
    assert office.enforcer.done.count((first.number, EffectKind.KICK)) == 1


async def test_steps_by_hand_climb_the_same_ladder_as_the_machine(office: Office) -> None:
    # A point by hand, then an hour later a harassment worth 1: 2 points, so it is deleted.
    await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.WARN, reason="x", event="command:1"
    )
    office.later(hours=1)
    case = await office.sanctioned(ANN, "you twit")
    assert case.action is not None
    assert case.action.kind is StepKind.DELETE


async def test_a_ban_takes_the_messages_of_the_hours_named(office: Office) -> None:
    case = await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.BAN, reason="spam", event="command:1", purge_hours=24
    )
    assert case.action is not None
    assert case.action.purge_hours == 24
    for step, hours in ((StepKind.KICK, 1), (StepKind.BAN, 169), (StepKind.BAN, -1)):
        with pytest.raises(RefusedError, match="along"):
            await office.desk.by_hand.act(
                GUILD, author(BOB), MAY, step, reason="x", event="command:2", purge_hours=hours
            )


async def test_a_step_on_a_comment_deletes_it_and_a_warning_leaves_it(office: Office) -> None:
    deleted, left = office.comment(ANN, "spam"), office.comment(BOB, "hm")
    for comment, step in ((deleted, StepKind.DELETE), (left, StepKind.WARN)):
        await office.desk.by_hand.act(
            GUILD, comment.author, MAY, step, reason="x", event="command:1",
            place=PLACE, text=comment.text, comment=comment.id,
        )  # fmt: skip
    assert office.enforcer.deleted == [deleted.id]


async def test_the_machine_leaves_a_comment_alone_that_a_human_has_dealt_with(
    office: Office,
) -> None:
    comment = office.comment(ANN, "you threat")
    warned = await office.desk.by_hand.act(
        GUILD, comment.author, MAY, StepKind.WARN, reason="x", event="command:1",
        place=PLACE, text=comment.text, comment=comment.id,
    )  # fmt: skip
    [judgement] = await office.desk.pipeline.judge([Heard(comment)])
    assert (judgement.case, judgement.was_known) == (warned.number, True)
    assert office.enforcer.timeouts == {}


async def test_a_step_on_a_flagged_comment_decides_its_case(office: Office) -> None:
    flagged = await office.sanctioned(ANN, "you maybe")
    done = await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.DELETE, reason="x", event="command:1",
        place=PLACE, text="you maybe", comment=flagged.draft.key.comment,
    )  # fmt: skip
    assert (done.number, done.state) == (flagged.number, CaseState.APPLIED)


async def test_a_step_on_a_comment_that_was_acted_on_points_to_its_case(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    with pytest.raises(StaleCaseError, match="Case 1 about this comment is carried out"):
        await office.desk.by_hand.act(
            GUILD, author(ANN), MAY, StepKind.DELETE, reason="x", event="command:1",
            place=PLACE, text="you twit", comment=case.draft.key.comment,
        )  # fmt: skip


async def test_an_edit_of_a_comment_that_was_acted_on_can_be_acted_on(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    done = await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.DELETE, reason="worse now", event="command:1",
        place=PLACE, text="you twit and worse", comment=case.draft.key.comment,
    )  # fmt: skip
    assert (done.number, done.state) == (2, CaseState.APPLIED)


async def test_two_moderators_at_once_take_one_step(office: Office) -> None:
    comment = office.comment(ANN, "spam")
    orders = {
        actor: office.desk.by_hand.act(
            GUILD, comment.author, actor, StepKind.DELETE, reason="x", event=f"command:{actor.id}",
            place=PLACE, text=comment.text, comment=comment.id,
        )
        for actor in (MOE, MAY)
    }  # fmt: skip
    came = await asyncio.gather(*orders.values(), return_exceptions=True)
    assert [type(one) for one in came].count(StaleCaseError) == 1
    assert office.enforcer.deleted == [comment.id]


@pytest.mark.parametrize(
    ("whom", "complaint"),
    [
        (author(ANN, is_bot=True), "is a bot"),
        (author(MOE, immune="moderates this server"), "Moe moderates this server"),
        (author(MAY), "about yourself"),
    ],
)
async def test_some_are_never_touched(office: Office, whom: Author, complaint: str) -> None:
    with pytest.raises(RefusedError, match=complaint):
        await office.desk.by_hand.act(
            GUILD, whom, MAY, StepKind.WARN, reason="x", event="command:1"
        )


async def test_a_step_needs_a_moderator_a_reason_and_a_comment_to_delete(office: Office) -> None:
    act = office.desk.by_hand.act
    with pytest.raises(RefusedError, match="Only moderators"):
        await act(GUILD, author(ANN), BOB, StepKind.WARN, reason="x", event="command:1")
    with pytest.raises(RefusedError, match="reason is empty"):
        await act(GUILD, author(ANN), MAY, StepKind.WARN, reason="", event="command:1")
    with pytest.raises(RefusedError, match="Deleting needs a comment"):
        await act(GUILD, author(ANN), MAY, StepKind.DELETE, reason="x", event="command:1")


async def test_a_step_made_in_discord_is_recorded_once_and_done_no_more(office: Office) -> None:
    record = office.desk.by_hand.record_outside
    until = office.now + timedelta(hours=2)
    cases = [
        await record(
            GUILD, author(ANN), MOE.id, StepKind.TIMEOUT,
            until=until, reason="", event="audit:5", at=office.now,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [case.number for case in cases] == [1, 1]
    assert (cases[0].state, cases[0].draft.origin) == (CaseState.APPLIED, Origin.OUTSIDE)
    assert cases[0].draft.reason == "done in Discord itself: no reason given"
    assert office.enforcer.timeouts == {}
    assert [kind for _, kind in office.enforcer.done] == [EffectKind.LOG]
    assert await office.points(ANN) == 1


async def test_automods_doings_are_on_record_and_earn_no_points(office: Office) -> None:
    case = await office.desk.by_hand.record_automod(
        GUILD, author(ANN), PLACE, "bad word", rule="Words", event="automod:1", at=office.now
    )
    assert (case.state, case.draft.text) == (CaseState.APPLIED, "bad word")
    assert await office.points(ANN) == 0
    assert office.enforcer.deleted == []


async def test_a_report_waits_in_the_queue_without_naming_the_reporter(office: Office) -> None:
    comment = office.comment(ANN, "hm")
    case = await office.desk.by_hand.report(GUILD, comment, BOB, "mean")
    assert (case.state, case.draft.origin, case.strike) == (CaseState.REVIEW, Origin.REPORT, None)
    assert case.draft.reason == "a member reported it: mean"
    assert case.draft.moderator is None
    assert await office.said(case, EventKind.NOTE) == ["reported by <@2>: mean"]
    acted = await office.desk.review.act(GUILD, case.number, MAY, StepKind.DELETE, reason="yes")
    assert acted.state is CaseState.APPLIED
    # Harassment begins with the fewest points, 1.
    assert await office.points(ANN) == 1


async def test_reports_of_one_comment_are_one_case(office: Office) -> None:
    comment = office.comment(ANN, "hm")
    first = await office.desk.by_hand.report(GUILD, comment, BOB, "mean")
    second = await office.desk.by_hand.report(GUILD, comment, MAY, "rude")
    assert first.number == second.number
    assert len(await office.said(first, EventKind.NOTE)) == 2
    flagged = await office.sanctioned(ANN, "you maybe")
    again = replace(office.comment(ANN, "you maybe"), id=flagged.draft.key.comment)
    assert (await office.desk.by_hand.report(GUILD, again, BOB, "x")).number == flagged.number


async def test_a_report_of_an_edited_comment_is_a_case_of_its_own(office: Office) -> None:
    comment = office.comment(ANN, "hm")
    first = await office.desk.by_hand.report(GUILD, comment, BOB, "mean")
    await office.desk.review.approve(GUILD, first.number, MAY)
    edited = replace(comment, text="worse", revision=1_772_442_000_000)
    second = await office.desk.by_hand.report(GUILD, edited, BOB, "worse")
    assert (second.number, second.state) == (2, CaseState.REVIEW)


async def test_a_report_in_shadow_mode_reaches_the_moderators() -> None:
    office = await Office(with_mode(BALANCED, Mode.SHADOW)).open_for_business()
    shadow = await office.sanctioned(ANN, "you twit")
    assert shadow.state is CaseState.SHADOW
    same = replace(office.comment(ANN, "you twit"), id=shadow.draft.key.comment)
    case = await office.desk.by_hand.report(GUILD, same, BOB, "rude")
    assert (case.number, case.state) == (2, CaseState.REVIEW)


async def test_nobody_reports_themselves(office: Office) -> None:
    with pytest.raises(RefusedError, match="your own comment"):
        await office.desk.by_hand.report(GUILD, office.comment(ANN, "hm"), ANN, "x")


async def test_a_timeout_lifted_in_discord_overturns_the_newest_case_that_asked_for_it(
    office: Office,
) -> None:
    old = await office.sanctioned(ANN, "you threat")
    office.later(minutes=30)
    new = await office.sanctioned(ANN, "you threat")
    done = await office.desk.by_hand.note_reversal(
        GUILD, ANN.id, ADA.id, EffectKind.LIFT_TIMEOUT, office.now
    )
    assert done is not None
    assert (done.number, done.state, done.decided_by) == (
        new.number,
        CaseState.OVERTURNED,
        ADA.id,
    )
    assert (await office.current(old)).state is CaseState.APPLIED
    assert [kind for number, kind in office.enforcer.done if number == new.number][-1] is (
        EffectKind.LOG
    )
    # Half of 2.5 points in 30 days; half an hour takes next to nothing.
    assert await office.points(ANN) == pytest.approx(2.5, abs=0.01)


async def test_who_has_appealed_hears_that_a_moderator_lifted_it_in_discord(
    office: Office,
) -> None:
    case = await office.sanctioned(ANN, "you threat")
    appeal = await office.appealed(ANN, case)
    note = office.desk.by_hand.note_reversal
    await note(GUILD, ANN.id, ADA.id, EffectKind.LIFT_TIMEOUT, office.now)
    assert (await office.desk.appeals.get(appeal.id)).state is AppealState.OVERTURNED
    whom, kind, text = office.enforcer.told[-1]
    assert (whom, kind) == (ANN.id, EffectKind.APPEAL_NEWS)
    assert text == (
        "Your appeal against case 1 was granted: the timeout was lifted in Discord itself"
        " by a moderator."
    )


async def test_a_reversal_without_a_case_is_nobodys(office: Office) -> None:
    note = office.desk.by_hand.note_reversal
    await office.sanctioned(ANN, "you threat")
    assert await note(GUILD, ANN.id, ADA.id, EffectKind.UNBAN, office.now) is None
    office.later(hours=2)  # the hour is over: Discord lifted it, and whoever acts now means another
    assert await note(GUILD, ANN.id, ADA.id, EffectKind.LIFT_TIMEOUT, office.now) is None
