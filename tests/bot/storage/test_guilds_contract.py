"""What every record of servers must do: give back settings and policies as they were saved."""

from datetime import timedelta

import pytest

from bot.domain.ids import GuildId, MemberId
from bot.moderation.ports import PolicyVersion
from bot.policy.policy_file import load_preset, preset_names
from bot.storage.storage import Storage
from config.guild import GuildSettings
from tests.bot.storage.drafts import NOON
from tests.fakes.memory_storage import MemoryStorage

Store = MemoryStorage | Storage
G1, G2, ADA = GuildId("g1"), GuildId("g2"), MemberId("ada")


async def test_a_server_that_saved_nothing_has_the_defaults(storage: Store) -> None:
    assert await storage.guilds.settings(G1) == GuildSettings()
    assert await storage.guilds.policy(G1) is None
    assert await storage.guilds.policies(G1) == []


async def test_settings_come_back_as_saved_last(storage: Store) -> None:
    first = GuildSettings(appeal_days=3)
    last = GuildSettings(
        watched=frozenset({"11", "12"}),
        log_channel="13",
        muted_appellants=frozenset({"14"}),
        fuse_share=0.1,
        fuse_blown_at=NOON + timedelta(microseconds=1),
        set_up_at=NOON,
    )
    await storage.guilds.save_settings(G1, first)
    assert await storage.guilds.settings(G1) == first
    await storage.guilds.save_settings(G1, last)
    assert await storage.guilds.settings(G1) == last
    assert await storage.guilds.settings(G2) == GuildSettings()


@pytest.mark.parametrize("preset", preset_names())
async def test_a_policy_comes_back_equal(storage: Store, preset: str) -> None:
    policy = load_preset(preset)
    saved = await storage.guilds.save_policy(G1, policy, by=None, note="", at=NOON)
    assert saved == PolicyVersion(G1, 1, policy, NOON, None, "")
    assert await storage.guilds.policy(G1) == saved


async def test_the_newest_policy_holds_and_the_older_are_kept(storage: Store) -> None:
    strict, lenient = load_preset("strict"), load_preset("lenient")
    saved = [
        await storage.guilds.save_policy(
            G1, policy, by=ADA, note=f"try {n}", at=NOON + timedelta(hours=n)
        )
        for n, policy in enumerate([strict, lenient, strict], start=1)
    ]
    assert [version.number for version in saved] == [1, 2, 3]
    assert await storage.guilds.policy(G1) == saved[2]
    assert await storage.guilds.policies(G1) == saved[::-1]
    other = await storage.guilds.save_policy(G2, strict, by=ADA, note="", at=NOON)
    assert other.number == 1
    assert await storage.guilds.policies(G1) == saved[::-1]
