"""Each effect happens once, whatever breaks and wherever the process ends, and then goes on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
import pytest

from bot.domain.action import Action
from bot.domain.case import Case, CaseState
from bot.domain.effect import Effect, EffectKind, EffectState, PlannedEffect
from bot.policy.effects import reversal_of
from config.policy import StepKind
from tests.bot.enforcement.conftest import Break, World
from tests.bot.enforcement.troubles import refusal

POINTS = ("before mark_sent", "after mark_sent", "before settle", "after settle")


class CrashError(Exception):
    """Stands for the end of the process."""


@dataclass
class Crashing:
    """A ledger that ends the process at one point of one effect, once."""

    inner: Any
    kind: EffectKind
    point: str
    has_crashed: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def mark_sent(self, effect: Effect) -> Effect:
        return await self._around("mark_sent", effect, self.inner.mark_sent(effect))

    async def settle(self, effect: Effect, state: EffectState, **told: Any) -> Effect:
        return await self._around("settle", effect, self.inner.settle(effect, state, **told))

    async def _around(self, name: str, effect: Effect, write: Awaitable[Effect]) -> Effect:
        if self._is_here(f"before {name}", effect):
            write.close()  # type: ignore[attr-defined]
            raise CrashError
        written = await write
        if self._is_here(f"after {name}", effect):
            raise CrashError
        return written

    def _is_here(self, point: str, effect: Effect) -> bool:
        if self.has_crashed or (effect.kind, point) != (self.kind, self.point):
            return False
        self.has_crashed = True
        return True


STEPS: dict[EffectKind, StepKind] = {
    EffectKind.DELETE: StepKind.DELETE,
    EffectKind.NOTICE: StepKind.DELETE,
    EffectKind.TIMEOUT: StepKind.TIMEOUT,
    EffectKind.KICK: StepKind.KICK,
    EffectKind.BAN: StepKind.BAN,
    EffectKind.LOG: StepKind.DELETE,
}
REVERSED: dict[EffectKind, StepKind] = {
    EffectKind.LIFT_TIMEOUT: StepKind.TIMEOUT,
    EffectKind.UNBAN: StepKind.BAN,
    EffectKind.RETURN_TEXT: StepKind.DELETE,
}
REQUESTS = {
    EffectKind.DELETE: "DELETE /channels/*/messages/*",
    EffectKind.NOTICE: "POST /channels/*/messages",
    EffectKind.RETURN_TEXT: "POST /channels/*/messages",
    EffectKind.LOG: "POST /channels/*/messages",
    EffectKind.TIMEOUT: "PATCH /guilds/*/members/*",
    EffectKind.LIFT_TIMEOUT: "PATCH /guilds/*/members/*",
    EffectKind.KICK: "DELETE /guilds/*/members/*",
    EffectKind.BAN: "PUT /guilds/*/bans/*",
    EffectKind.UNBAN: "DELETE /guilds/*/bans/*",
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", STEPS)
async def test_a_step_is_taken_once_wherever_the_process_ends(
    world: World, kind: EffectKind, point: str
) -> None:
    case = await world.open(STEPS[kind])
    whole = world.storage.ledger
    world.storage.ledger = Crashing(whole, kind, point)  # type: ignore[assignment]
    with pytest.raises(CrashError):
        await world.carry_out().run(case)
    world.storage.ledger = whole
    asked = world.wire.count(REQUESTS[EffectKind.BAN])
    await _start_again(world)
    await _expect_once(world, case)
    if point.endswith("settle"):  # the request was made: a ban that stands is not asked for again
        assert world.wire.count(REQUESTS[EffectKind.BAN]) == asked


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", REVERSED)
async def test_a_reversal_happens_once_wherever_the_process_ends(
    world: World, kind: EffectKind, point: str
) -> None:
    case = await world.carry_out().run(await world.open(REVERSED[kind]))
    assert case.action is not None
    await world.plan(case, *reversal_of(case.action, "we were wrong"))
    whole = world.storage.ledger
    world.storage.ledger = Crashing(whole, kind, point)  # type: ignore[assignment]
    with pytest.raises(CrashError):
        await world.carry_out().run(case)
    world.storage.ledger = whole
    await _start_again(world)
    await _expect_reversed(world, case)


FAULTS: dict[str, Callable[[], Break | Exception]] = {
    "reset before": lambda: Break.BEFORE,
    "answer lost": lambda: Break.AFTER,
    "500": lambda: refusal(500, "<html>"),
    "503": lambda: refusal(503, "<html>"),
    "hang": TimeoutError,
}


@pytest.mark.parametrize("times", [1, 3, 4], ids=["once", "thrice", "four times"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", STEPS)
async def test_a_step_is_taken_once_whatever_breaks_on_the_way(
    world: World, kind: EffectKind, fault: str, times: int
) -> None:
    case = await world.open(STEPS[kind])
    for _ in range(times):
        world.wire.cut(REQUESTS[kind], FAULTS[fault]())
    carry_out = world.carry_out()
    await carry_out.run(case)
    await _start_again(world)
    await _expect_once(world, case)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", REVERSED)
async def test_a_reversal_happens_once_whatever_breaks_on_the_way(
    world: World, kind: EffectKind, fault: str
) -> None:
    case = await world.carry_out().run(await world.open(REVERSED[kind]))
    assert case.action is not None
    await world.plan(case, *reversal_of(case.action, "we were wrong"))
    for _ in range(4):
        world.wire.cut(REQUESTS[kind], FAULTS[fault]())
    await world.carry_out().run(case)
    await _start_again(world)
    await _expect_reversed(world, case)


async def test_carrying_out_twice_does_everything_once(world: World) -> None:
    case = await world.open(StepKind.BAN)
    carry_out = world.carry_out()
    await carry_out.run(case)
    await carry_out.run(case)
    await _expect_once(world, case)


async def test_news_of_an_appeal_arrive_once(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.DELETE))
    await world.plan(case, PlannedEffect(EffectKind.APPEAL_NEWS, text="What did you mean?"))
    world.wire.cut("POST /channels/*/messages", Break.AFTER, times=4)
    await world.carry_out().run(case)
    await _start_again(world)
    assert len(world.dms()) == 2  # the reasons, and the news


async def _start_again(world: World) -> None:
    """Let fresh processes go on until there is nothing left to do."""
    for _ in range(3):
        carry_out = world.carry_out()
        await carry_out.resume()
        await carry_out.drained()
    assert await world.storage.cases.pending() == []
    assert await world.storage.ledger.unsettled() == []


async def _expect_once(world: World, case: Case) -> None:
    """Hold Discord's own state against what the case asked for, each once."""
    done = await world.storage.cases.get(case.guild, case.number)
    assert done is not None
    assert done.state is CaseState.APPLIED
    step = _step(case)
    assert world.place.last_message is None
    assert len(world.dms()) == 1
    assert len(world.log.history()) == 1
    actions = [entry.action_type for entry in world.guild.audit_log()]
    assert actions.count(discord.AuditLogAction.kick.value) == (step is StepKind.KICK)
    # Asking for a ban that stands changes nothing; simcord, unlike Discord, logs it again.
    assert (discord.AuditLogAction.ban.value in actions) == (step is StepKind.BAN)
    assert (world.guild.get_ban(world.member) is not None) == (step is StepKind.BAN)
    assert actions.count(discord.AuditLogAction.member_update.value) == (step is StepKind.TIMEOUT)


async def _expect_reversed(world: World, case: Case) -> None:
    member = world.env.backend.get_guild(world.guild.id).members.get(world.member.id)
    assert member is None or member.timed_out_until is None
    assert world.guild.get_ban(world.member) is None
    assert len(world.dms()) == 2  # the reasons, and the words returned
    actions = [entry.action_type for entry in world.guild.audit_log()]
    lifted = _step(case) is StepKind.BAN
    assert actions.count(discord.AuditLogAction.unban.value) == lifted
    assert len(world.log.history()) == 1


def _step(case: Case) -> StepKind:
    action: Action | None = case.action
    assert action is not None
    return action.kind
