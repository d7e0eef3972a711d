"""What is done in Discord itself, and by its AutoMod, comes into the record and is left alone."""

from datetime import timedelta

import pytest
from discord import AuditLogAction
from simcord import MemberActor

from bot.domain.case import CaseState, Origin
from config.policy import StepKind
from tests.behaviour.office import log_of
from tests.behaviour.world import (
    TIMED_OUT,
    World,
    member_id,
    words,
)


async def in_client(
    world: World,
    action: AuditLogAction,
    target: MemberActor,
    *,
    by: MemberActor,
    reason: str | None = None,
    until: str | None = "unchanged",
    was: str | None = None,
) -> None:
    """Let somebody do something in Discord's own client: the audit log tells."""
    changes = (
        []
        if until == "unchanged"
        else [{"key": "communication_disabled_until", "old_value": was, "new_value": until}]
    )
    world.env.backend.record_audit_log(
        world.guild.id,
        action.value,
        target_id=target.id,
        changes=changes,
        reason=reason,
        user_id=by.id,
    )
    await world.env.settle(idle=0.001)


@pytest.mark.parametrize(
    ("action", "step"),
    [(AuditLogAction.kick, StepKind.KICK), (AuditLogAction.ban, StepKind.BAN)],
)
async def test_a_step_in_the_client_is_recorded_and_not_repeated(
    world: World, action: AuditLogAction, step: StepKind
) -> None:
    await world.set_up()

    await in_client(world, action, world.rat, by=world.mona, reason="Rude all day.")

    case = await world.case()
    assert (case.draft.origin, case.state) == (Origin.OUTSIDE, CaseState.APPLIED)
    assert case.draft.moderator == member_id(world.mona)
    assert case.draft.member.name == "harbour-rat"
    assert (case.action and case.action.kind) is step
    assert "Rude all day" in words(log_of(world, 1))
    assert world.directs(world.rat) == []
    assert world.requests("DELETE", "/members/") == []
    assert world.requests("PUT", "/bans/") == []


async def test_a_timeout_in_the_client_is_recorded_and_its_lifting_too(world: World) -> None:
    await world.set_up()
    until = (world.now + timedelta(hours=3)).isoformat()

    await in_client(world, AuditLogAction.member_update, world.rat, by=world.mona, until=until)
    case = await world.case()
    assert case.action is not None
    assert case.action.until == world.now + timedelta(hours=3)

    await in_client(
        world, AuditLogAction.member_update, world.rat, by=world.omar, until=None, was=until
    )
    case = await world.case()
    assert case.state is CaseState.OVERTURNED
    assert case.decided_by == member_id(world.omar)


async def test_a_timeout_of_ours_that_a_human_lifts_in_the_client_stays_lifted(
    world: World,
) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)
    case = await world.case()
    assert case.action is not None
    assert case.action.until is not None

    until = case.action.until.isoformat()
    await in_client(
        world, AuditLogAction.member_update, world.rat, by=world.mona, until=None, was=until
    )

    assert (await world.case()).state is CaseState.OVERTURNED
    asked = len(world.requests("PATCH", f"/members/{world.rat.id}"))
    await world.bot.desk.carry_out.resume()
    await world.env.settle(idle=0.001)
    assert len(world.requests("PATCH", f"/members/{world.rat.id}")) == asked


async def test_an_unban_in_the_client_is_noted_on_the_ban(world: World) -> None:
    await world.set_up()
    await world.mona.slash(world.lounge, "ban", member=world.rat, reason="Spam.")

    await in_client(world, AuditLogAction.unban, world.rat, by=world.omar)

    assert (await world.case()).state is CaseState.OVERTURNED


async def test_our_own_steps_in_the_audit_log_make_no_second_case(world: World) -> None:
    await world.set_up()
    await world.quarrel(TIMED_OUT)
    await world.mona.slash(world.lounge, "kick", member=world.rat, reason="Spam.")

    assert len(await world.cases()) == 2
    entries = world.guild.audit_log()
    assert {entry.user_id for entry in entries} == {world.bot.user.id}
    assert any("case" in (entry.reason or "").lower() for entry in entries)


async def test_renaming_somebody_in_the_client_is_nobodys_case(world: World) -> None:
    await world.set_up()
    world.env.backend.record_audit_log(
        world.guild.id,
        AuditLogAction.member_update.value,
        target_id=world.rat.id,
        changes=[{"key": "nick", "old_value": None, "new_value": "Rat"}],
        user_id=world.mona.id,
    )
    await world.env.settle(idle=0.001)
    assert await world.cases() == []


async def test_what_automod_stops_is_one_case_without_a_strike(world: World) -> None:
    await world.set_up()
    world.env.backend.create_auto_mod_rule(
        world.guild.id,
        world.guild.owner.id,
        {
            "name": "No gambling",
            "event_type": 1,
            "trigger_type": 1,
            "trigger_metadata": {"keyword_filter": ["roulette"]},
            "actions": [
                {"type": 1, "metadata": {}},
                {"type": 3, "metadata": {"duration_seconds": 60}},
            ],
        },
    )
    await world.rat.send(world.lounge, "Free roulette here!")
    await world.env.settle(idle=0.001)

    [case] = await world.cases()
    assert (case.draft.origin, case.state) == (Origin.AUTOMOD, CaseState.APPLIED)
    assert case.strike is None
    assert "No gambling" in case.draft.reason
    assert case.draft.text == "Free roulette here!"
