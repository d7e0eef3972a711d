"""Appeals: who may, how often and until when; the dialogue; and decisions that really reverse."""

import pytest

from bot.domain.appeal import AppealState, Remark
from bot.domain.case import CaseEvent, CaseState, EventKind
from bot.domain.effect import EffectKind
from bot.domain.ids import AppealId
from bot.errors import RefusedError, StaleCaseError
from bot.moderation.actor import Actor
from bot.moderation.appeals import window
from config.guild import GuildSettings
from config.policy import StepKind
from tests.bot.moderation.office import ADA, ANN, BOB, GUILD, MAY, MOE, Office, author

APPEAL = EventKind.APPEAL


async def test_an_appeal_is_due_in_a_week_and_shown_to_the_moderators(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    assert appeal.id == "900-1-1"
    assert (appeal.due_at - appeal.opened_at).days == 7
    assert await office.desk.appeals.list_open(GUILD, MAY) == [appeal]
    assert await office.said(case, APPEAL) == ["appealed; to be decided by 2026-03-09 09:00 UTC"]
    assert office.enforcer.logged[-1] == (
        case.number,
        "Appealed: to be decided by 2026-03-09 09:00 UTC.",
    )


async def test_only_the_cases_member_may_appeal_moderators_or_not(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    for other in (BOB, MAY, ADA):
        with pytest.raises(RefusedError, match="Only the member"):
            await office.appealed(other, case)


async def test_a_banned_member_appeals_from_outside(office: Office) -> None:
    case = await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.BAN, reason="x", event="command:1"
    )
    appeal = await office.appealed(Actor(ANN.id, "Ann"), case)
    await office.desk.appeals.overturn(appeal.id, MOE, "Mistaken.")
    assert office.enforcer.banned == set()


async def test_one_appeal_a_case_is_open_and_none_after_a_decision(office: Office) -> None:
    office = await Office().open_for_business(appeal_cooldown_hours=0)
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    with pytest.raises(StaleCaseError, match="open appeal"):
        await office.appealed(ANN, case)
    await office.desk.appeals.uphold(appeal.id, MAY, "No.")
    with pytest.raises(StaleCaseError, match="decided already"):
        await office.appealed(ANN, case)


async def test_what_was_withdrawn_may_be_appealed_again_after_the_cooldown(
    office: Office,
) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    with pytest.raises(RefusedError, match="somebody else's"):
        await office.desk.appeals.withdraw(appeal.id, BOB)
    withdrawn = await office.desk.appeals.withdraw(appeal.id, ANN)
    assert withdrawn.state is AppealState.WITHDRAWN
    office.later(minutes=45)
    with pytest.raises(RefusedError, match="please wait 15 minutes"):
        await office.appealed(ANN, case)
    office.later(minutes=15)
    assert (await office.appealed(ANN, case)).id == "900-1-2"


async def test_the_cooldown_is_the_members_and_not_the_cases(office: Office) -> None:
    first = await office.sanctioned(ANN, "you twit")
    second = await office.sanctioned(ANN, "you twit")
    await office.appealed(ANN, first)
    with pytest.raises(RefusedError, match="please wait 1 hour before"):
        await office.appealed(ANN, second)


async def test_the_window_ends_when_the_settings_say(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    assert window(case, GuildSettings(appeal_days=3)) == office.now.replace(day=5)
    office.later(days=30)
    appeal = await office.appealed(ANN, case)
    await office.desk.appeals.withdraw(appeal.id, ANN)
    office.later(hours=1)
    with pytest.raises(RefusedError, match="until 2026-04-01 09:00 UTC"):
        await office.appealed(ANN, case)


async def test_only_what_was_done_can_be_appealed_against(office: Office) -> None:
    flagged = await office.sanctioned(ANN, "you maybe")
    with pytest.raises(RefusedError, match="waits for a moderator: there is nothing to appeal"):
        await office.appealed(ANN, flagged)
    with pytest.raises(RefusedError, match="no case 99"):
        await office.desk.appeals.open(GUILD, 99, ANN, "x")


async def test_who_is_muted_is_told_so_until_it_is_lifted(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    await office.desk.appeals.mute(GUILD, ANN.id, MAY)
    with pytest.raises(RefusedError, match="muted you from appealing"):
        await office.appealed(ANN, case)
    await office.desk.appeals.unmute(GUILD, ANN.id, MAY)
    assert (await office.appealed(ANN, case)).state is AppealState.OPEN
    for who, whom in ((BOB, ANN), (MAY, MAY)):
        with pytest.raises(RefusedError):
            await office.desk.appeals.mute(GUILD, whom.id, who)
        with pytest.raises(RefusedError):
            await office.desk.appeals.unmute(GUILD, whom.id, who)


async def test_a_statement_is_needed_and_bounded(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    with pytest.raises(RefusedError, match="statement is empty"):
        await office.appealed(ANN, case, "  ")
    with pytest.raises(RefusedError, match="2,001 characters"):
        await office.appealed(ANN, case, "x" * 2001)
    assert await office.desk.appeals.of_member(GUILD, ANN.id) == []


async def test_a_question_and_its_answer_join_the_dialogue(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    asked = await office.desk.appeals.ask(appeal.id, MAY, "Which fish?")
    assert asked.awaits_member
    assert office.enforcer.told[-1] == (
        ANN.id,
        EffectKind.APPEAL_NEWS,
        "The moderators ask about your appeal against case 1:\nWhich fish?",
    )
    with pytest.raises(RefusedError, match="somebody else's"):
        await office.desk.appeals.answer(appeal.id, BOB, "A carp.")
    answered = await office.desk.appeals.answer(appeal.id, ANN, "A carp.")
    assert [r.text for r in answered.remarks] == ["I meant a fish.", "Which fish?", "A carp."]
    assert not answered.awaits_member
    # Members' own words stand in the appeal, where they can be erased, and not in the timeline.
    lines = await office.said(case, APPEAL)
    assert lines[1:] == ["asked the member: Which fish?", "answered"]


async def test_upholding_tells_the_member_why(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    done = await office.desk.appeals.uphold(appeal.id, MAY, "There was no fish.")
    assert (done.state, done.decided_by) == (AppealState.UPHELD, MAY.id)
    assert (await office.current(case)).state is CaseState.APPLIED
    assert office.enforcer.told[-1][2] == (
        "Your appeal against case 1 was heard, and the decision stands:\nThere was no fish."
    )
    assert (await office.said(case, APPEAL))[-1] == "appeal upheld the case: There was no fish."


async def test_granting_reverses_the_case_and_what_it_had_led_to(office: Office) -> None:
    first = await office.sanctioned(ANN, "you threat")
    office.later(minutes=30)
    second = await office.sanctioned(ANN, "you slur")
    appeal = await office.appealed(ANN, first)
    done = await office.desk.appeals.overturn(appeal.id, MAY, "It was a quote.")
    assert (done.state, done.remarks[-1].text) == (AppealState.OVERTURNED, "It was a quote.")
    assert (await office.current(first)).state is CaseState.OVERTURNED
    assert office.enforcer.timeouts == {}
    assert await office.points(ANN) == pytest.approx(2, abs=0.01)
    assert await office.said(second, EventKind.LIFTED) == ["case 1 was overturned"]
    news = [text for _, kind, text in office.enforcer.told if kind is EffectKind.APPEAL_NEWS]
    also = "It had led to the timeout of case 2 as well, which is lifted with it."
    assert news == [f"Your appeal against case 1 was granted:\nIt was a quote.\n\n{also}"]
    assert (first.number, EffectKind.RETURN_TEXT) in office.enforcer.done
    assert await office.said(first, EventKind.OVERTURNED) == ["appeal granted: It was a quote."]


async def test_a_comment_that_was_never_removed_is_not_returned(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")  # a warning: the comment stands
    appeal = await office.appealed(ANN, case)
    await office.desk.appeals.overturn(appeal.id, MAY, "A name.")
    assert (case.number, EffectKind.RETURN_TEXT) not in office.enforcer.done


async def test_who_acted_ordered_or_upheld_does_not_decide_the_appeal(office: Office) -> None:
    ordered = await office.sanctioned(ANN, "you maybe")
    await office.desk.review.act(GUILD, ordered.number, MAY, StepKind.WARN, reason="x")
    by_hand = await office.desk.by_hand.act(
        GUILD, author(BOB), MAY, StepKind.WARN, reason="x", event="command:1"
    )
    upheld = await office.sanctioned(author(ADA), "you twit")
    await office.desk.review.uphold(GUILD, upheld.number, MAY)
    for who, case in ((ANN, ordered), (BOB, by_hand), (ADA, upheld)):
        appeal = await office.appealed(who, case)
        for decide in (office.desk.appeals.uphold, office.desk.appeals.overturn):
            with pytest.raises(RefusedError, match="another moderator has to decide"):
                await decide(appeal.id, MAY, "mine")
        assert (await office.desk.appeals.uphold(appeal.id, MOE, "x")).decided_by == MOE.id


async def test_a_one_person_team_may_decide_and_the_timeline_says_so() -> None:
    office = await Office().open_for_business(self_review=True)
    case = await office.desk.by_hand.act(
        GUILD, author(ANN), MAY, StepKind.WARN, reason="x", event="command:1"
    )
    appeal = await office.appealed(ANN, case)
    await office.desk.appeals.uphold(appeal.id, MAY, "Still.")
    assert (await office.said(case, APPEAL))[-1] == (
        "appeal upheld the case (by who acted themselves, as this server's settings allow): Still."
    )


async def test_nobody_decides_their_own_appeal_even_where_self_review_is_allowed() -> None:
    office = await Office().open_for_business(self_review=True)
    case = await office.sanctioned(author(MAY), "you twit")
    appeal = await office.appealed(MAY, case)
    for decide in (
        office.desk.appeals.ask(appeal.id, MAY, "x"),
        office.desk.appeals.uphold(appeal.id, MAY, "x"),
        office.desk.appeals.overturn(appeal.id, MAY, "x"),
    ):
        with pytest.raises(RefusedError, match="about you"):
            await decide


async def test_a_decision_needs_a_moderator_and_a_reason(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    desk = office.desk.appeals
    for decide in (desk.uphold, desk.overturn, desk.ask):
        with pytest.raises(RefusedError, match="Only moderators"):
            await decide(appeal.id, BOB, "x")
        with pytest.raises(RefusedError, match="is empty"):
            await decide(appeal.id, MAY, "")
        with pytest.raises(RefusedError, match="keep it to 1,000"):
            await decide(appeal.id, MAY, "x" * 1001)
    with pytest.raises(RefusedError, match="Only moderators"):
        await desk.list_open(GUILD, BOB)
    with pytest.raises(RefusedError, match="Only moderators"):
        await desk.of_case(GUILD, case.number, BOB)
    assert await desk.of_case(GUILD, case.number, ANN) == [appeal]


async def test_the_second_decision_comes_too_late(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    await office.desk.appeals.uphold(appeal.id, MAY, "No.")
    with pytest.raises(StaleCaseError, match="was decided by <@11>: upheld"):
        await office.desk.appeals.overturn(appeal.id, MOE, "Yes.")
    for turn in (
        office.desk.appeals.answer(appeal.id, ANN, "But"),
        office.desk.appeals.withdraw(appeal.id, ANN),
        office.desk.appeals.ask(appeal.id, MOE, "Really?"),
    ):
        with pytest.raises(StaleCaseError):
            await turn


async def test_an_appeal_left_open_by_a_stop_after_its_case_was_overturned_can_be_ended(
    office: Office,
) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    event = CaseEvent(office.now, EventKind.OVERTURNED, MAY.id, "granted")
    await office.storage.cases.decide(case, CaseState.OVERTURNED, event=event)
    with pytest.raises(RefusedError, match="overturned already: grant"):
        await office.desk.appeals.uphold(appeal.id, MOE, "x")
    ended = await office.desk.appeals.overturn(appeal.id, MOE, "granted")
    assert ended.state is AppealState.OVERTURNED


async def test_moderators_are_reminded_once_when_an_appeal_is_due(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    await office.appealed(ANN, case)
    office.later(days=6, hours=23)
    assert await office.desk.appeals.remind_due() == []
    office.later(hours=1)
    [reminded] = await office.desk.appeals.remind_due()
    assert reminded.reminded_at == office.now
    assert await office.desk.appeals.remind_due() == []
    assert office.enforcer.logged[-1][1] == (
        "The appeal was to be decided by 2026-03-09 09:00 UTC."
    )


async def test_an_appeal_that_is_not_there_is_said_so(office: Office) -> None:
    with pytest.raises(RefusedError, match="no such appeal"):
        await office.desk.appeals.get(AppealId("900-1-1"))


async def test_the_dialogue_keeps_who_said_what(office: Office) -> None:
    case = await office.sanctioned(ANN, "you twit")
    appeal = await office.appealed(ANN, case)
    assert appeal.remarks == (Remark(office.now, ANN.id, is_member=True, text="I meant a fish."),)
