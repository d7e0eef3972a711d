"""The fuse at work: it blows once, stays blown over a restart, and counts anew after a reset."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.case import CaseState
from bot.domain.ids import CommentId, GuildId, MemberId
from bot.errors import StorageError
from bot.moderation.context import Context
from bot.moderation.fuse import Fuse
from bot.moderation.pipeline import Heard, Pipeline
from bot.policy.fuse import reset
from bot.policy.policy_file import load_preset
from config.guild import GuildSettings
from config.labels import Label
from config.policy import Mode
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.threads import NOON, TaughtScorer, a_comment

GUILD = GuildId("g1")
POLICY = load_preset("balanced").model_copy(update={"mode": Mode.ENFORCE})
SLUR = a_comment(1, "bob", "vermin")


class Office:
    """A pipeline with a fuse of three actions, at a time that tests move."""

    def __init__(self) -> None:
        self.now = NOON
        self.stores = MemoryStorage(self.clock)
        self.fuse = self.a_fuse()
        self.pipeline = Pipeline(
            scorer=TaughtScorer({"vermin": {Label.IDENTITY_ATTACK: 0.97}}),
            cases=self.stores.cases,
            policy_of=lambda _: POLICY,
            clock=self.clock,
            fuse=self.fuse,
        )
        self.count = 0

    def clock(self) -> datetime:
        return self.now

    def a_fuse(self) -> Fuse:
        stores = self.stores
        return Fuse(
            cases=stores.cases, journal=stores.journal, guilds=stores.guilds, clock=self.clock
        )

    async def judge(self, count: int, *, moderator: MemberId | None = None) -> list[CaseState]:
        """Judge slurs, each by somebody else."""
        heard: list[Heard] = []
        for _ in range(count):
            self.count += 1
            author = replace(SLUR.author, id=MemberId(f"m{self.count}"))
            id_ = CommentId(str(self.count))
            heard.append(
                Heard(replace(SLUR, id=id_, author=author, created_at=self.now), Context())
            )
        judged = await self.pipeline.judge(heard, moderator=moderator)
        return [each.state for each in judged if each.state is not None]


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.stores.guilds.save_settings(GUILD, GuildSettings(fuse_actions=3))
    return office


async def test_the_allowed_number_is_reached_and_never_exceeded(office: Office) -> None:
    assert await office.judge(5) == [CaseState.PENDING] * 3 + [CaseState.REVIEW] * 2
    assert (await office.stores.guilds.settings(GUILD)).fuse_blown_at == NOON


async def test_it_is_news_once(office: Office) -> None:
    await office.judge(5)
    [(guild, why)] = office.fuse.take_news()
    await office.judge(1)
    assert (guild, office.fuse.take_news()) == (GUILD, [])
    assert "3 automatic actions" in why


async def test_it_stays_blown_when_the_rate_is_low_again_and_over_a_restart(
    office: Office,
) -> None:
    await office.judge(4)
    office.now += timedelta(days=2)
    assert await office.judge(1) == [CaseState.REVIEW]
    why = await office.a_fuse().hold_back(GUILD)
    assert why is not None
    assert "on hold in this server since 2026-03-01 12:00 UTC" in why


async def test_after_a_reset_it_counts_anew(office: Office) -> None:
    await office.judge(4)
    office.now += timedelta(minutes=1)
    settings = await office.stores.guilds.settings(GUILD)
    await office.stores.guilds.save_settings(GUILD, reset(settings, office.now))
    assert await office.judge(4) == [CaseState.PENDING] * 3 + [CaseState.REVIEW]


async def test_actions_of_long_ago_do_not_count(office: Office) -> None:
    for _ in range(3):
        assert await office.judge(2) == [CaseState.PENDING] * 2
        office.now += timedelta(minutes=11)


async def test_what_a_moderator_asks_for_is_not_held_back(office: Office) -> None:
    assert await office.judge(5, moderator=MemberId("mod")) == [CaseState.PENDING] * 5


async def test_where_it_cannot_be_known_nothing_is_decided(office: Office) -> None:
    async def refuse(guild: GuildId) -> GuildSettings:
        raise StorageError(f"the disk is full for {guild}")

    office.stores.guilds.settings = refuse  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        await office.judge(1)
    assert office.stores.cases.by_key == {}
