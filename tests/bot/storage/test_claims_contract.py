"""What every record of claims must do: one item, one moderator, and lapsed claims are free."""

from datetime import timedelta

import pytest

from bot.domain.ids import GuildId, MemberId
from bot.moderation.ports import Claim
from bot.storage.storage import Storage
from tests.bot.storage.drafts import NOON, a_draft
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1, G2 = GuildId("g1"), GuildId("g2")
MO, MAY = MemberId("mo"), MemberId("may")
MINUTE = timedelta(minutes=1)


def a_claim(by: MemberId, *, case: int = 1, guild: GuildId = G1, minutes: int = 10) -> Claim:
    return Claim(guild, case, by, NOON + minutes * MINUTE)


@pytest.fixture(autouse=True)
async def _items(storage: Store) -> None:
    """Two items in one server, one in another."""
    for comment, guild in [("c1", "g1"), ("c2", "g1"), ("c1", "g2")]:
        await storage.cases.open(a_draft(comment, guild=guild, action=None))


async def test_a_free_item_is_taken(storage: Store) -> None:
    assert await storage.claims.held(G1, NOON) == []
    assert await storage.claims.take(a_claim(MO), NOON) == a_claim(MO)
    assert await storage.claims.held(G1, NOON) == [a_claim(MO)]


async def test_no_two_moderators_hold_one_item(storage: Store) -> None:
    await storage.claims.take(a_claim(MO), NOON)
    assert await storage.claims.take(a_claim(MAY), NOON) == a_claim(MO)
    assert await storage.claims.held(G1, NOON) == [a_claim(MO)]


async def test_ones_own_claim_is_renewed(storage: Store) -> None:
    await storage.claims.take(a_claim(MO), NOON)
    renewed = a_claim(MO, minutes=30)
    assert await storage.claims.take(renewed, NOON) == renewed
    assert await storage.claims.held(G1, NOON + 20 * MINUTE) == [renewed]


async def test_a_claim_lapses_at_its_time_and_not_before(storage: Store) -> None:
    await storage.claims.take(a_claim(MO), NOON)
    just_before = NOON + 10 * MINUTE - timedelta(microseconds=1)
    later = a_claim(MAY, minutes=20)
    assert await storage.claims.take(later, just_before) == a_claim(MO)
    assert await storage.claims.held(G1, NOON + 10 * MINUTE) == []
    assert await storage.claims.take(later, NOON + 10 * MINUTE) == later


async def test_a_released_item_is_free(storage: Store) -> None:
    await storage.claims.take(a_claim(MO), NOON)
    await storage.claims.release(G1, 1)
    await storage.claims.release(G1, 2)  # was free
    assert await storage.claims.take(a_claim(MAY), NOON) == a_claim(MAY)


async def test_items_of_two_servers_are_kept_apart(storage: Store) -> None:
    for claim in (a_claim(MO, case=2), a_claim(MO), a_claim(MAY, guild=G2)):
        assert await storage.claims.take(claim, NOON) == claim
    assert await storage.claims.held(G1, NOON) == [a_claim(MO), a_claim(MO, case=2)]
    assert await storage.claims.held(G2, NOON) == [a_claim(MAY, guild=G2)]
