"""What every ledger must do: an effect is sent and settled once, and never forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.effect import Effect, EffectKind, EffectState, PlannedEffect
from bot.domain.ids import EffectId, GuildId
from bot.errors import StaleCaseError, StorageError
from bot.storage.storage import Storage
from tests.bot.storage.conftest import SETTLED
from tests.bot.storage.drafts import NOON, a_draft
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1 = GuildId("g1")
TIMEOUT = PlannedEffect(EffectKind.TIMEOUT, until=NOON + timedelta(days=1, microseconds=7))
NEWS = PlannedEffect(EffectKind.APPEAL_NEWS, text="Why do you think so?")
LOG = PlannedEffect(EffectKind.LOG)
FINAL = [EffectState.DONE, EffectState.FAILED, EffectState.UNKNOWN, EffectState.SUPERSEDED]


async def planned(storage: Store, *effects: PlannedEffect) -> list[Effect]:
    await storage.cases.open(a_draft(), effects)
    return await storage.ledger.effects(G1, 1)


def kinds(effects: Sequence[Effect]) -> list[tuple[int, EffectKind]]:
    return [(effect.position, effect.kind) for effect in effects]


async def test_a_case_without_effects_has_none(storage: Store) -> None:
    assert await storage.ledger.effects(G1, 1) == []
    assert await storage.ledger.unsettled() == []


async def test_an_effect_is_kept_as_planned(storage: Store) -> None:
    timeout, news = await planned(storage, TIMEOUT, NEWS)
    assert timeout == Effect(
        id=timeout.id,
        guild=G1,
        case=1,
        position=0,
        kind=EffectKind.TIMEOUT,
        state=EffectState.PLANNED,
        planned_at=SETTLED,
        until=TIMEOUT.until,
    )
    assert (news.text, news.position) == (NEWS.text, 1)
    assert len(set(timeout.id)) <= 16  # hex
    assert timeout.id != news.id


async def test_more_effects_go_behind_those_there_are(storage: Store) -> None:
    await planned(storage, TIMEOUT, LOG)
    added = await storage.ledger.plan(G1, 1, [LOG, NEWS])
    assert kinds(added) == [(2, EffectKind.LOG), (3, EffectKind.APPEAL_NEWS)]
    assert (await storage.ledger.effects(G1, 1))[2:] == added
    assert len({e.id for e in await storage.ledger.effects(G1, 1)}) == 4
    assert await storage.ledger.plan(G1, 1, []) == []


async def test_effects_of_two_cases_are_kept_apart(storage: Store) -> None:
    await planned(storage, LOG)
    await storage.cases.open(a_draft("c2"), [LOG])
    await storage.cases.open(a_draft(guild="g2"), [LOG])
    ids = {e.id for e in await storage.ledger.unsettled()}
    assert len(ids) == 3
    assert len(await storage.ledger.effects(G1, 2)) == 1


async def test_sending_counts_each_attempt_before_it_is_made(storage: Store) -> None:
    (effect,) = await planned(storage, LOG)
    first = await storage.ledger.mark_sent(effect)
    assert first == replace(effect, state=EffectState.SENT, sent_at=SETTLED, attempts=1)
    # From the effect as it was read at first: what counts is what the ledger holds.
    assert (await storage.ledger.mark_sent(effect)).attempts == 2
    assert [e.attempts for e in await storage.ledger.effects(G1, 1)] == [2]


@pytest.mark.parametrize("state", FINAL)
async def test_a_settled_effect_never_changes_again(storage: Store, state: EffectState) -> None:
    (effect,) = await planned(storage, LOG)
    await storage.ledger.mark_sent(effect)
    settled = await storage.ledger.settle(effect, state, error="why", message="77")
    assert (settled.state, settled.error, settled.message) == (state, "why", "77")
    for other in FINAL:
        assert await storage.ledger.settle(effect, other, error="other") == settled
    with pytest.raises(StaleCaseError):
        await storage.ledger.mark_sent(effect)
    assert await storage.ledger.effects(G1, 1) == [settled]
    assert await storage.ledger.unsettled() == []


async def test_an_effect_made_needless_before_it_was_sent_is_not_sent(storage: Store) -> None:
    (effect,) = await planned(storage, TIMEOUT)
    settled = await storage.ledger.settle(effect, EffectState.SUPERSEDED)
    assert (settled.attempts, settled.sent_at) == (0, None)
    with pytest.raises(StaleCaseError, match="superseded already"):
        await storage.ledger.mark_sent(effect)


@pytest.mark.parametrize("state", [EffectState.PLANNED, EffectState.SENT])
async def test_nothing_is_settled_as_unsettled(storage: Store, state: EffectState) -> None:
    (effect,) = await planned(storage, LOG)
    with pytest.raises(StorageError, match="expected done, failed, unknown or superseded"):
        await storage.ledger.settle(effect, state)
    assert await storage.ledger.unsettled() == [effect]


async def test_an_effect_that_was_never_planned_is_an_error(storage: Store) -> None:
    (effect,) = await planned(storage, LOG)
    stranger = replace(effect, id=EffectId("ab" * 32))
    with pytest.raises(StorageError, match="not recorded"):
        await storage.ledger.mark_sent(stranger)
    with pytest.raises(StorageError, match="not recorded"):
        await storage.ledger.settle(stranger, EffectState.DONE)


async def test_unsettled_effects_of_all_servers_are_found(storage: Store) -> None:
    one, two = await planned(storage, TIMEOUT, LOG)
    await storage.cases.open(a_draft(guild="g0"), [LOG])
    sent = await storage.ledger.mark_sent(two)
    await storage.ledger.settle(one, EffectState.DONE)
    # Planned at one moment: then by server, case and position.
    assert [(e.guild, e.kind, e.state) for e in await storage.ledger.unsettled()] == [
        ("g0", EffectKind.LOG, EffectState.PLANNED),
        ("g1", EffectKind.LOG, sent.state),
    ]
