"""What was sent before a crash is looked up: done, undone by a human since, or nobody knows."""

from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.domain.case import Case, CaseState, EventKind
from bot.domain.effect import Effect, EffectKind, EffectState
from config.policy import StepKind
from tests.bot.enforcement.conftest import Break, World
from tests.bot.enforcement.test_enforcer import BAN, POST
from tests.bot.enforcement.troubles import refusal

KICK = "DELETE /guilds/*/members/*"
TIMEOUT = "PATCH /guilds/*/members/*"


async def sent(world: World, step: StepKind, kind: EffectKind) -> Case:
    """Open a case whose other effects are settled and whose one effect was sent."""
    case = await world.open(step)
    ledger = world.storage.ledger
    for effect in await ledger.effects(case.guild, case.number):
        if effect.kind is kind:
            await ledger.mark_sent(effect)
        else:
            await ledger.settle(effect, EffectState.DONE)
    return case


def grow_old(world: World, effect: Effect, span: timedelta) -> None:
    """Let an effect have been sent long ago."""
    assert effect.sent_at is not None
    world.storage.ledger.by_id[effect.id] = replace(effect, sent_at=effect.sent_at - span)


async def reversed_by_a_human(world: World, action: discord.AuditLogAction) -> None:
    await world.env.advance_time(5)
    owner = world.env.backend.get_guild(world.guild.id).owner_id
    changes = (
        [{"key": "communication_disabled_until", "old_value": "2026-01-01T01:00:00+00:00"}]
        if action is discord.AuditLogAction.member_update
        else None
    )
    world.env.backend.record_audit_log(
        world.guild.id, action.value, target_id=world.member.id, user_id=owner, changes=changes
    )


@pytest.mark.parametrize(
    ("step", "kind", "action", "request_"),
    [
        (StepKind.BAN, EffectKind.BAN, discord.AuditLogAction.unban, BAN),
        (StepKind.TIMEOUT, EffectKind.TIMEOUT, discord.AuditLogAction.member_update, TIMEOUT),
    ],
)
async def test_what_a_moderator_took_back_since_is_never_done_again(
    world: World, step: StepKind, kind: EffectKind, action: discord.AuditLogAction, request_: str
) -> None:
    case = await sent(world, step, kind)
    await reversed_by_a_human(world, action)
    done = await world.carry_out().run(case)
    assert world.wire.count(request_) == 0
    assert await world.state(case, kind) is EffectState.SUPERSEDED
    assert done.state is CaseState.FAILED  # and so its strike is void
    assert await world.told(case, EventKind.SUPERSEDED) == [
        "A moderator has taken it back in Discord itself."
    ]


@pytest.mark.parametrize(
    ("step", "kind", "request_"),
    [
        (StepKind.BAN, EffectKind.BAN, BAN),
        (StepKind.TIMEOUT, EffectKind.TIMEOUT, TIMEOUT),
    ],
)
async def test_without_the_audit_log_an_old_request_is_not_repeated(
    world: World, step: StepKind, kind: EffectKind, request_: str
) -> None:
    world.revoke("view_audit_log")
    await world.env.settle()
    case = await sent(world, step, kind)
    grow_old(world, await world.effect(case, kind), timedelta(hours=1))
    done = await world.carry_out().run(case)
    assert world.wire.count(request_) == 0
    assert await world.state(case, kind) is EffectState.UNKNOWN
    assert "cannot be seen without the audit log" in (done.failure or "")


async def test_without_the_audit_log_a_request_of_just_now_is_repeated(world: World) -> None:
    world.revoke("view_audit_log")
    await world.env.settle()
    case = await sent(world, StepKind.BAN, EffectKind.BAN)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED


async def test_a_kick_is_known_by_the_case_in_the_audit_log(world: World) -> None:
    case = await sent(world, StepKind.KICK, EffectKind.KICK)
    guild = world.client.get_guild(world.guild.id)
    assert guild is not None
    await guild.kick(discord.Object(world.member.id), reason=f"case #{case.number}: rude")
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert world.wire.count(KICK) == 1


async def test_another_cases_kick_does_not_count(world: World) -> None:
    case = await sent(world, StepKind.KICK, EffectKind.KICK)
    guild = world.client.get_guild(world.guild.id)
    assert guild is not None
    await guild.kick(discord.Object(world.member.id), reason=f"case #{case.number}1: rude")
    await world.carry_out().run(case)
    assert await world.state(case, EffectKind.KICK) is EffectState.UNKNOWN


async def test_who_came_back_after_a_kick_is_not_kicked_again(world: World) -> None:
    world.revoke("view_audit_log")
    await world.env.settle()
    case = await sent(world, StepKind.KICK, EffectKind.KICK)
    await world.env.advance_time(60)
    world.guild.remove_member(world.member)
    world.env.backend.add_member(world.guild.id, world.member.id, roles=[], announce=True)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert world.wire.count(KICK) == 0


async def test_a_kick_that_never_arrived_is_made(world: World) -> None:
    case = await sent(world, StepKind.KICK, EffectKind.KICK)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert world.wire.count(KICK) == 1


async def test_a_message_that_arrived_long_ago_is_found_by_its_marker(world: World) -> None:
    case = await world.open(StepKind.DELETE)
    world.wire.cut(POST, Break.AFTER, times=3)  # the reasons arrive, the answers are lost
    world.wire.cut(POST, Break.BEFORE, times=3)  # the mod-log is not reached at all
    await world.carry_out().run(case)
    world.wire.nonces.clear()  # Discord forgets them after minutes
    await world.env.advance_time(3600)
    carry_out = world.carry_out()
    await carry_out.resume()
    await carry_out.drained()
    assert len(world.dms()) == 1
    assert len(world.log.history()) == 1
    assert await world.state(case, EffectKind.NOTICE) is EffectState.DONE


async def test_a_post_that_is_found_is_edited_from_then_on(world: World) -> None:
    case = await world.open(StepKind.DELETE)
    await world.carry_out().run(case)
    log = await world.effect(case, EffectKind.LOG)
    world.storage.ledger.by_id[log.id] = replace(log, state=EffectState.SENT, message=None)
    await world.carry_out().run(case)
    assert (await world.effect(case, EffectKind.LOG)).message == log.message
    assert len(world.log.history()) == 1


async def test_where_the_history_cannot_be_read_an_old_post_is_left_unknown(world: World) -> None:
    case = await sent(world, StepKind.DELETE, EffectKind.LOG)
    grow_old(world, await world.effect(case, EffectKind.LOG), timedelta(hours=1))
    world.wire.cut("GET /channels/*/messages*", refusal(403, 50001))
    await world.carry_out().run(case)
    assert world.wire.count(POST) == 0
    assert await world.state(case, EffectKind.LOG) is EffectState.UNKNOWN
