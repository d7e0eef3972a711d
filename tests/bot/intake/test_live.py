"""What happens to live messages: judged once each, whatever fails, and the cursor keeps behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from bot.domain.case import CaseState, Origin
from bot.domain.ids import GuildId
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.domain.verdict import Decision
from bot.errors import ScoringError
from config.policy import Mode
from tests.bot.intake.running import (
    BALANCED,
    SCRIPT,
    Running,
    Store,
    cursor_of,
    keys,
    refused,
    texts,
    watch,
)
from tests.bot.intake.unplugged import Unplugged, refusal
from tests.fakes.discord.nouns import Channel, User
from tests.fakes.scripted_scorer import ScriptedScorer


@pytest.fixture
def here() -> Unplugged:
    return Unplugged()


@pytest.fixture
def ann(here: Unplugged) -> User:
    return here.member("ann")


@pytest.fixture
async def store(here: Unplugged) -> Store:
    store = Store(here)
    await watch(here, store, here.forum)
    return store


@pytest.fixture
async def bot(here: Unplugged, store: Store) -> AsyncIterator[Running]:
    bot = Running(here, store)
    await bot.begin()
    yield bot
    await bot.end()


@pytest.fixture
async def post(here: Unplugged, bot: Running, ann: User) -> Channel:
    """A post that was opened while the bot was there."""
    here.state.later(minutes=1)
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    await bot.settle()
    return post


async def test_a_new_post_and_its_comments_are_judged_and_the_cursor_follows(
    here: Unplugged, store: Store, bot: Running, post: Channel, ann: User
) -> None:
    comment = here.state.post(post, ann, "It is.")
    await bot.settle()
    assert texts(store) == ["Old bridges\nIs ours safe?", "It is."]
    assert await cursor_of(here, store, post) == str(comment.id)


async def test_a_slur_opens_a_case_which_is_carried_out(
    here: Unplugged, bot: Running, store: Store, post: Channel
) -> None:
    here.state.post(post, here.member("bob"), "you vermin")
    await bot.settle()
    [case] = bot.carried
    assert (case.number, case.state, case.draft.text) == (1, CaseState.PENDING, "you vermin")
    entry = list(store.memory.journal.by_key.values())[-1]
    assert (entry.case, entry.decision) == (1, Decision.ACT)


async def test_what_is_delivered_twice_is_judged_once(
    here: Unplugged, bot: Running, post: Channel, store: Store
) -> None:
    message = here.state.post(post, here.member("bob"), "you clown")
    here.state.tell("MESSAGE_CREATE", message)
    await bot.settle()
    here.state.tell("MESSAGE_CREATE", message)
    await bot.settle()
    assert [case.number for case in bot.carried] == [1]
    assert texts(store).count("you clown") == 1


async def test_an_edit_is_judged_and_an_unfolded_link_is_not(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    message = here.state.post(post, ann, "see https://x.example")
    await bot.settle()
    here.state.edit(message, embeds=[{"type": "link", "title": "you clown"}])
    await bot.settle()
    here.state.later(minutes=5)
    here.state.reword(message, "you clown")
    await bot.settle()
    assert texts(store)[1:] == ["see https://x.example", "you clown"]


async def test_a_pin_on_an_old_comment_is_no_edit(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    long_ago = here.state.now - timedelta(days=60)
    message = here.state.post(post, ann, "you clown", at=long_ago)
    message.edited_at = long_ago + timedelta(hours=1)
    bot.client.told.clear()
    here.state.tell("MESSAGE_UPDATE", message)
    await bot.settle()
    assert "you clown" not in texts(store)


async def test_what_is_not_watched_is_not_judged(
    here: Unplugged, bot: Running, store: Store, ann: User
) -> None:
    here.state.post(here.channel, ann, "you clown")
    await bot.settle()
    assert (texts(store), bot.carried) == ([], [])


async def test_a_channel_is_judged_from_when_it_is_watched(
    here: Unplugged, bot: Running, store: Store, ann: User
) -> None:
    here.state.post(here.channel, ann, "you old clown")
    await bot.settle()
    await watch(here, store, here.forum, here.channel)
    bot.intake.catch_up(GuildId(str(here.guild.id)))
    await bot.settle()
    here.state.post(here.channel, ann, "you clown")
    await bot.settle()
    assert texts(store) == ["you clown"]


async def test_what_is_said_while_a_new_channel_is_still_read_is_judged(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    here.state.post(here.channel, ann, "before")
    await bot.settle()
    await watch(here, store, here.forum, here.channel)
    # The forum's post cannot be read for a while, long after the channel has been.
    here.refuse = lambda line: refusal(503) if f"/{post.id}/messages" in line else None
    long_after = asyncio.Event()
    bot.on_sleep = lambda: long_after.set() if len(bot.slept) == 20 else None
    bot.intake.catch_up(GuildId(str(here.guild.id)))
    await long_after.wait()
    here.state.post(here.channel, ann, "you clown")
    await bot.deliver()
    here.refuse = lambda line: None
    await bot.settle()
    here.state.post(here.channel, ann, "after")
    await bot.settle()
    assert [said for said in texts(store) if said in {"before", "you clown", "after"}] == [
        "you clown",
        "after",
    ]


async def test_what_was_said_while_a_channel_was_not_watched_is_never_judged(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    guild = GuildId(str(here.guild.id))
    await watch(here, store)
    bot.intake.catch_up(guild)
    await bot.settle()
    here.state.post(post, ann, "you unwatched clown")
    await bot.settle()
    await watch(here, store, here.forum)
    bot.intake.catch_up(guild)
    await bot.settle()
    here.state.post(post, ann, "you clown")
    await bot.settle()
    assert texts(store)[1:] == ["you clown"]


async def test_where_the_mode_is_off_nothing_is_stored(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    bot.policy = BALANCED.model_copy(update={"mode": Mode.OFF})
    comment = here.state.post(post, ann, "you clown")
    await bot.settle()
    assert "you clown" not in texts(store)
    assert await cursor_of(here, store, post) == str(comment.id)


async def test_a_reply_is_judged_as_said_to_whom_it_answers(
    here: Unplugged, bot: Running, post: Channel, store: Store
) -> None:
    reference = {"message_id": str(post.id), "channel_id": str(post.id)}
    here.state.post(post, here.member("bob"), "you clown", message_reference=reference)
    await bot.settle()
    [case] = bot.carried
    assert "speaks to ann" in case.draft.reason


async def test_while_the_model_is_gone_nothing_is_decided_and_nothing_is_lost(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    before = await cursor_of(here, store, post)
    bot.scorer.failure = "the model is gone"
    seen: list[object] = []

    def recover() -> None:
        if len(bot.slept) == 4:
            seen.append((texts(store)[1:], list(bot.carried)))
            bot.scorer.failure = None

    bot.on_sleep = recover
    comment = here.state.post(post, ann, "you clown")
    await bot.settle()
    assert seen == [([], [])]
    assert texts(store)[1:] == ["you clown"]
    assert before != await cursor_of(here, store, post) == str(comment.id)
    assert bot.slept == sorted(bot.slept)


class StumblingScorer(ScriptedScorer):
    """Fails whenever a text with "poison" is among those to be scored."""

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        if any("poison" in reading.plain for reading in readings):
            raise ScoringError("tokenizer overflow")
        return await super().score(readings)


async def test_a_comment_that_the_model_fails_on_goes_to_a_human_and_no_other(
    here: Unplugged, store: Store, ann: User
) -> None:
    bot = Running(here, store, scorer=StumblingScorer(SCRIPT))
    await bot.begin()
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    said = [*(f"fine {n}" for n in range(5)), "poison", *(f"good {n}" for n in range(5))]
    for text in said:
        here.state.post(post, ann, text)
    await bot.settle()
    [case] = bot.carried
    assert (case.draft.origin, case.state, case.draft.text) == (
        Origin.UNSCORED,
        CaseState.REVIEW,
        "poison",
    )
    assert sorted(texts(store)) == sorted(["Old bridges\nIs ours safe?", *said])
    entry = next(e for e in store.memory.journal.by_key.values() if e.text == "poison")
    assert (entry.values, entry.decision, entry.case) == ({}, Decision.FLAG, case.number)
    assert bot.slept == []
    await bot.end()


@pytest.mark.parametrize(
    "moment",
    [
        f"{when} {call}"
        for when in ("before", "after")
        for call in (
            "journal.known",
            "guilds.settings",
            "cases.strikes",
            "cases.open",
            "journal.record",
            "journal.advance",
        )
    ],
)
async def test_a_database_that_refuses_is_asked_again_and_nothing_doubles(
    here: Unplugged, bot: Running, store: Store, post: Channel, moment: str
) -> None:
    store.fails = refused(moment)
    comment = here.state.post(post, here.member("bob"), "you clown")
    await bot.settle()
    assert texts(store)[1:] == ["you clown"]
    assert len({case.number for case in bot.carried}) == 1
    assert await cursor_of(here, store, post) == str(comment.id)
    assert bot.slept


async def test_what_does_not_fit_the_queue_is_read_from_discord_again(
    here: Unplugged, store: Store, ann: User
) -> None:
    bot = Running(here, store, room=3)
    await bot.begin()
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    last = [here.state.post(post, ann, f"comment {n}") for n in range(20)][-1]
    await bot.settle()
    assert bot.intake.counts["overflowed"] > 0
    assert sorted(texts(store)[1:]) == sorted(f"comment {n}" for n in range(20))
    assert await cursor_of(here, store, post) == str(last.id)
    await bot.end()


async def test_a_live_comment_does_not_take_the_cursor_over_a_gap(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    before = await cursor_of(here, store, post)
    here.disconnect()
    missed = here.state.post(post, ann, "missed")
    here.resume(bot.client)
    await bot.intake.on_connect()
    last = here.state.post(post, ann, "live")
    here.refuse = lambda line: TimeoutError() if "messages" in line else None
    await bot.deliver()
    waits = asyncio.Event()
    bot.on_sleep = waits.set
    reading = asyncio.ensure_future(bot.settle())
    await waits.wait()
    assert texts(store)[1:] == ["live"]
    assert await cursor_of(here, store, post) == before

    here.refuse = lambda line: None
    await reading
    assert texts(store)[1:] == ["live", "missed"]
    assert await cursor_of(here, store, post) == str(last.id)
    assert int(str(missed.id)) < last.id


async def test_a_stop_leaves_what_is_not_judged_to_the_next_start(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    bot.scorer.failure = "the model is gone"
    bot.sleeps_for_ever = True
    here.state.post(post, ann, "in hand")
    await bot.deliver()
    await bot.intake.aclose(grace=timedelta())
    assert texts(store)[1:] == []

    again = Running(here, store)
    await again.begin()
    assert texts(store)[1:] == ["in hand"]
    await again.end()


async def test_what_was_missed_is_scored_less_urgently(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    await bot.end()
    here.state.post(post, ann, "while it was away")
    again = Running(here, store)
    await again.begin()
    here.state.post(post, ann, "while it was there")
    await again.settle()

    assert [reading.plain for reading in again.missed_scorer.asked] == ["while it was away"]
    assert [reading.plain for reading in again.scorer.asked] == ["while it was there"]
    await again.end()


async def test_a_clean_stop_finishes_the_batch_in_hand(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    here.state.post(post, ann, "in hand")
    await bot.deliver()
    await asyncio.sleep(0)
    await bot.intake.aclose()
    assert texts(store)[1:] == ["in hand"]


async def test_a_blown_fuse_leaves_the_rest_to_humans_and_is_told_once(
    here: Unplugged, bot: Running, store: Store, post: Channel
) -> None:
    # A quarter of the last hour's comments, from twenty on, blows it: the post and 19 slurs are
    # 20 comments, so the twentieth slur is not acted on.
    for n in range(40):
        here.state.post(post, here.member(f"m{n}"), f"vermin, {n}")
    await bot.settle()
    states = [case.state for case in bot.carried]
    assert states == [CaseState.PENDING] * 19 + [CaseState.REVIEW] * 21
    assert len(bot.told) == 1
    assert "automatic action is on hold" in bot.carried[-1].draft.reason


async def test_a_servers_policy_is_read_before_its_first_comment_is_judged(
    here: Unplugged, store: Store, ann: User
) -> None:
    asked: list[tuple[GuildId, int]] = []

    async def prepare(guild: GuildId) -> None:
        asked.append((guild, len(keys(store))))

    bot = Running(here, store, prepare=prepare)
    await bot.begin()
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    here.state.post(post, ann, "It is.")
    await bot.settle()
    assert asked == [(GuildId(str(here.guild.id)), 0)]
    await bot.end()


async def test_a_comment_in_a_thread_that_the_cache_has_lost_is_judged(
    here: Unplugged, bot: Running, store: Store, post: Channel, ann: User
) -> None:
    guild = bot.client.get_guild(here.guild.id)
    assert guild is not None
    guild._threads.clear()
    comment = here.state.post(post, ann, "It is.")
    await bot.settle()
    assert texts(store)[1:] == ["It is."]
    assert await cursor_of(here, store, post) == str(comment.id)


class BreakingScorer(ScriptedScorer):
    """Has a bug that a certain text brings out."""

    async def score(self, readings: Sequence[Reading]) -> list[Scores]:
        if any("break" in reading.plain for reading in readings):
            raise ZeroDivisionError
        return await super().score(readings)


async def test_one_broken_comment_does_not_stop_the_intake(
    here: Unplugged, store: Store, ann: User
) -> None:
    bot = Running(here, store, scorer=BreakingScorer(SCRIPT))
    await bot.begin()
    post = here.state.add_thread(here.forum, "Old bridges", ann, "Is ours safe?")
    here.state.post(post, ann, "break it")
    here.state.post(post, ann, "and go on")
    await bot.settle()
    assert sorted(texts(store)[1:]) == ["and go on", "break it"]
    assert [case.draft.origin for case in bot.carried] == [Origin.UNSCORED]
    await bot.end()
