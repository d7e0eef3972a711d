"""What members meet, played: the notice, the appeal and its end, their record, their privacy."""

import json
from datetime import timedelta

import pytest
from simcord import InteractionResult, MemberActor, SetupError

from bot.domain.appeal import AppealState
from bot.domain.case import CaseState, EventKind
from tests.behaviour.world import (
    FLAGGED,
    FOR_A_DAY,
    TIMED_OUT,
    WARNED,
    World,
    labels,
    member_id,
    said,
    words,
)

STATEMENT = "It is a line from a play that we are rehearsing."


async def press_appeal(world: World, member: MemberActor) -> InteractionResult:
    """Let a member press the button under the newest message that has one."""
    message = [m for m in world.directs(member) if m.components][-1]
    return await member.user.click(message, label=labels(message.components)[0])


async def appeal(world: World, statement: str = STATEMENT) -> InteractionResult:
    """Let the rat appeal through the button."""
    form = await press_appeal(world, world.rat)
    assert form.modal is not None
    return await world.rat.user.submit_modal(form, {"text": statement})


async def decide(world: World, by: MemberActor, label: str, reason: str) -> InteractionResult:
    """Let a moderator decide the appeal against case 1 from its card."""
    shown = await by.slash(world.log, "appeals show", case=1)
    form = await by.click(shown.response, label=label)
    return await by.submit_modal(form, {"reason": reason})


async def test_a_member_reads_why_and_how_to_answer(world: World) -> None:
    await world.set_up()

    await world.quarrel(TIMED_OUT)

    [notice] = world.directs(world.rat)
    told = words(notice)
    assert "timeout" in told
    assert "You wretch, I will come for you" in told
    assert "decided automatically" in told
    assert "3 points" in told
    assert "Press **Appeal** below" in told
    assert labels(notice.components) == ["Appeal"]
    assert "Case #1" in words(world.log.last_message)


async def test_an_appeal_with_a_question_and_an_answer_ends_with_everything_taken_back(
    world: World,
) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)

    answered = await appeal(world)
    assert "is with the moderators" in said(answered)
    assert "Appeal" in words(world.log.last_message)

    asked = await decide(world, world.mona, "Ask the member", "Which play is it?")
    assert "can answer it" in said(asked)
    question = world.directs(world.rat)[-1]
    assert "Which play is it" in words(question)
    assert labels(question.components) == ["Answer"]
    form = await press_appeal(world, world.rat)
    assert "Which play is it" in json.dumps(form.modal)
    await world.rat.user.submit_modal(form, {"text": "The Tempest, third act."})

    shown = await world.omar.slash(world.log, "appeals show", case=1)
    assert STATEMENT in said(shown).replace("\\", "")
    assert "The Tempest, third act" in said(shown).replace("\\", "")
    decided = await decide(world, world.omar, "The member is right", "It is Shakespeare.")

    assert "is taken back" in said(decided)
    case = await world.case()
    assert case.state is CaseState.OVERTURNED
    assert case.decided_by == member_id(world.omar)
    assert not world.is_timed_out(world.rat)
    assert await world.stores.cases.strikes(world.id, member_id(world.rat), rehearsed=False) == []
    returned = " ".join(words(message) for message in world.directs(world.rat)[2:])
    assert "It is Shakespeare" in returned
    assert "You wretch, I will come for you" in returned
    [closed] = await world.appeals()
    assert closed.state is AppealState.OVERTURNED
    assert [event.kind for event in await world.timeline()].count(EventKind.APPEAL) >= 3


async def test_whoever_acted_does_not_decide_the_appeal(world: World) -> None:
    await world.set_up()
    await world.mona.slash(
        world.lounge, "warn", member=world.rat, reason="Calling people names at the market."
    )
    await appeal(world)

    refused = await decide(world, world.mona, "The case stands", "I was right.")
    assert "another moderator has to decide" in said(refused)
    assert (await world.appeals())[0].state is AppealState.OPEN

    decided = await decide(world, world.omar, "The case stands", "Two people heard it.")
    assert "stands" in said(decided)
    assert (await world.appeals())[0].state is AppealState.UPHELD
    assert "Two people heard it" in words(world.directs(world.rat)[-1])


async def test_in_a_team_of_one_the_setting_lets_them_decide_and_the_case_says_so(
    world: World,
) -> None:
    await world.set_up(self_review=True)
    await world.mona.slash(world.lounge, "warn", member=world.rat, reason="Calling people names.")
    await appeal(world)

    await decide(world, world.mona, "The member is right", "I misheard.")

    assert (await world.case()).state is CaseState.OVERTURNED
    told = " ".join(event.text for event in await world.timeline())
    assert "as this server's settings allow" in told


async def test_a_member_waits_between_two_appeals_and_keeps_their_words(world: World) -> None:
    await world.set_up(appeal_cooldown_hours=2)
    await world.quarrel(WARNED)
    await appeal(world)
    await world.env.advance_time(timedelta(minutes=30).total_seconds())
    await world.quarrel(WARNED + " Twice.")

    refused = await appeal(world, "This one is wrong, too.")
    assert "please wait 1 hour 30 minutes" in said(refused)
    assert "This one is wrong, too" in said(refused)

    await world.env.advance_time(timedelta(hours=2).total_seconds())
    await appeal(world, "This one is wrong, too.")
    assert len(await world.appeals(2)) == 1


async def test_one_appeal_a_case_and_it_can_be_withdrawn(world: World) -> None:
    await world.set_up(appeal_cooldown_hours=0)
    await world.quarrel(WARNED)
    await appeal(world)

    again = await press_appeal(world, world.rat)
    assert again.modal is None
    assert "to be decided" in said(again)
    await world.rat.user.click(again.response, label="Withdraw")

    assert "is withdrawn" in said(again)
    assert (await world.appeals())[0].state is AppealState.WITHDRAWN
    assert (await world.case()).state is CaseState.APPLIED
    listed = await world.mona.slash(world.log, "appeals list")
    assert "Nobody waits for a decision." in said(listed)


async def test_the_appeal_command_works_on_the_server_and_in_messages(world: World) -> None:
    await world.set_up()
    await world.quarrel(WARNED)
    here = f"{world.guild.id}-1"

    offered = await world.rat.autocomplete(world.lounge, "appeal case", "case", "")
    assert [choice["value"] for choice in offered] == [here]
    offered = await world.rat.user.autocomplete("appeal case", "case", "1")
    assert [choice["value"] for choice in offered] == [here]
    assert world.guild.name in offered[0]["name"]

    form = await world.rat.user.slash("appeal case", case="1")
    await world.rat.user.submit_modal(form, {"text": STATEMENT})
    shown = await world.rat.slash(world.lounge, "appeal show", case=here)
    assert "to be decided" in said(shown)
    withdrawn = await world.rat.slash(world.lounge, "appeal withdraw", case="#1")
    assert "is withdrawn" in said(withdrawn)


async def test_nobody_appeals_for_somebody_else(world: World) -> None:
    await world.set_up()
    await world.quarrel(WARNED)

    refused = await world.salt.slash(world.lounge, "appeal case", case="1")

    assert "Only moderators" in said(refused) or "Only the member" in said(refused)
    assert await world.appeals() == []


async def test_an_appeal_comes_too_late_after_its_window(world: World) -> None:
    await world.set_up(appeal_days=1)
    await world.quarrel(WARNED)
    await world.env.advance_time(timedelta(days=1, minutes=1).total_seconds())

    refused = await appeal(world)

    assert "could be appealed against until" in said(refused)


async def test_the_button_works_after_a_restart(world: World) -> None:
    await world.set_up()
    await world.quarrel(WARNED)

    await world.restart()
    answered = await appeal(world)

    assert "is with the moderators" in said(answered)


async def test_who_abuses_appeals_is_muted_from_them(world: World) -> None:
    await world.set_up()
    await world.quarrel(WARNED)
    await world.mona.slash(world.log, "appeals mute", member=world.rat)

    assert "have muted you from appealing" in said(await appeal(world))

    await world.mona.slash(world.log, "appeals unmute", member=world.rat)
    assert "is with the moderators" in said(await appeal(world))


async def test_moderators_are_reminded_once_of_an_appeal_that_is_due(world: World) -> None:
    await world.set_up(decide_days=1)
    await world.quarrel(WARNED)
    await appeal(world)
    world.env.settle_timeout = 60.0

    await world.env.advance_time(timedelta(days=1, hours=1).total_seconds())
    reminders = [m for m in world.log.history() if "was to be decided by" in words(m)]
    assert len(reminders) == 1
    await world.env.advance_time(timedelta(hours=2).total_seconds())

    again = [m for m in world.log.history() if "was to be decided by" in words(m)]
    assert len(again) == 1


async def test_appeals_are_decided_by_command_too(world: World) -> None:
    await world.set_up()
    await world.quarrel(FOR_A_DAY)
    await appeal(world)
    offered = await world.mona.autocomplete(world.log, "appeals uphold", "case", "")
    assert [choice["value"] for choice in offered] == [1]

    await world.mona.slash(world.log, "appeals ask", case=1, question="Why vermin?")
    listed = await world.mona.slash(world.log, "appeals list")
    assert "wait for the answer" in said(listed)
    await world.mona.slash(world.log, "appeals uphold", case=1, reason="Threats are threats.")

    assert (await world.appeals())[0].state is AppealState.UPHELD
    assert world.is_timed_out(world.rat)
    refused = await world.omar.slash(world.log, "appeals overturn", case=1, reason="Mercy.")
    assert "There is no open appeal against case 1." in said(refused)


async def test_closed_messages_leave_the_case_saying_so_and_the_record_shows_it(
    world: World,
) -> None:
    await world.set_up()
    world.close_directs(world.rat)

    await world.quarrel(TIMED_OUT)

    assert (await world.case()).state is CaseState.APPLIED
    assert world.is_timed_out(world.rat)
    assert "could not be" in " ".join(event.text for event in await world.timeline())
    assert "essage" in words(world.log.last_message)
    # Who is in a timeout cannot use commands on the server, but can in messages with the bot.
    shown = await world.rat.user.slash("record case", number=1)
    assert "you were timed out" in said(shown)
    assert "You wretch, I will come for you" in said(shown)
    form = await world.rat.user.click(shown.response, label="Appeal")
    await world.rat.user.submit_modal(form, {"text": STATEMENT})
    assert len(await world.appeals()) == 1


async def test_the_record_tells_points_when_they_fade_and_what_comes_next(world: World) -> None:
    await world.set_up()
    empty = await world.rat.slash(world.lounge, "record show")
    assert empty.ephemeral
    assert "no case is on your record" in said(empty)
    await world.quarrel(TIMED_OUT)  # 3 points
    await world.env.advance_time(timedelta(days=30).total_seconds())  # one half-life: 1.5

    shown = await world.rat.slash(world.lounge, "record show")

    assert "**#1**" in said(shown)
    assert "1.5 points" in said(shown)
    assert "They halve every 30 days" in said(shown)


async def test_a_record_does_not_tell_what_was_only_looked_at(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)

    shown = await world.rat.slash(world.lounge, "record show")
    refused = await world.rat.slash(world.lounge, "record case", number=1)

    assert "no case is on your record" in said(shown)
    assert "is not on your record" in said(refused)


async def test_what_is_stored_is_shown_given_and_erased(world: World) -> None:
    await world.set_up()
    await world.quarrel(WARNED)
    await world.quarrel(FLAGGED)

    shown = await world.rat.slash(world.lounge, "privacy show")
    assert "Comments that were judged: 2." in said(shown)
    given = await world.rat.slash(world.lounge, "privacy export")
    assert given.ephemeral
    [file] = [a for answer in (given.response, *given.followups) for a in answer.attachments]
    everything = world.env.backend.cdn.get(file.url).decode()
    assert "nincompoop" in everything
    assert str(world.salt.id) not in everything or "old-salt" not in everything

    asked = await world.rat.slash(world.lounge, "privacy erase")
    assert "cannot be undone" in said(asked)
    await world.rat.click(asked.response, label="Keep it")
    assert said(asked) == "Nothing was erased."
    asked = await world.rat.slash(world.lounge, "privacy erase")
    await world.rat.click(asked.response, label="Erase it")

    # Both cases still run: one may be appealed against, the other waits for a moderator.
    assert "were erased" in said(asked)
    assert "cases 1 and 2" in said(asked)
    entries = await world.stores.journal.entries(world.id, world.now - timedelta(days=1))
    mine = [entry for entry in entries if entry.author.id == member_id(world.rat)]
    assert [entry.text for entry in mine] == [None, None]
    assert (await world.case()).draft.text is not None


async def test_who_is_banned_can_still_ask_in_messages(world: World) -> None:
    await world.set_up()
    await world.mona.slash(world.lounge, "ban", member=world.rat, reason="Threats, again.")
    offered = await world.rat.user.autocomplete("privacy show", "server", "")
    assert [choice["value"] for choice in offered] == [str(world.guild.id)]

    shown = await world.rat.user.slash("privacy show")
    record = await world.rat.user.slash("record show", server=str(world.guild.id))
    nothing = await world.salt.user.slash("privacy show")

    assert "Cases: 1." in said(shown)
    assert "you were banned" in said(record)
    assert "I keep nothing about you" in said(nothing)


@pytest.mark.parametrize("command", ["appeals list", "appeals show"])
async def test_members_do_not_see_the_moderators_side(world: World, command: str) -> None:
    await world.set_up()

    with pytest.raises(SetupError, match="not visible"):
        await world.rat.slash(world.lounge, command)
