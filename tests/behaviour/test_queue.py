"""Moderators work through the queue: flagged, claimed, decided once, also when two want to."""

from datetime import timedelta

import pytest

from bot.domain.case import CaseState, EventKind
from config.labels import Label
from tests.behaviour.office import join, kinds, log_of
from tests.behaviour.world import (
    FLAGGED,
    World,
    a_bot,
    member_id,
    said,
    words,
)

CLAIM = 15 * 60
"""Seconds after which an item that nobody decided goes back to the queue."""


async def test_a_flagged_comment_waits_in_the_queue_and_is_found_harmless(world: World) -> None:
    await world.set_up()
    thread, comment = await world.quarrel(FLAGGED)

    listed = await world.mona.slash(world.lounge, "queue show")
    assert listed.ephemeral
    assert "1 waiting" in said(listed)
    card = await world.mona.slash(world.lounge, "queue next")
    assert card.ephemeral
    assert "numbskull" in said(card)
    decided = await world.mona.click(card.response, label="Nothing wrong")

    assert "Case #1 is dismissed" in said(decided)
    case = await world.case()
    assert case.state is CaseState.DISMISSED
    assert case.decided_by == member_id(world.mona)
    assert comment.id in {message.id for message in thread.history()}
    assert world.directs(world.rat) == []
    assert "dismissed" in words(log_of(world, 1))
    assert "The queue is empty" in said(await world.mona.slash(world.lounge, "queue next"))


async def test_of_two_moderators_only_the_one_who_claimed_decides(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    listed = await world.omar.slash(world.lounge, "queue show")

    card = await world.mona.slash(world.lounge, "queue next")
    refused = await world.omar.select(listed.response, ["1"])
    assert f"<@{world.mona.id}> is working on case 1" in said(refused)
    refused = await world.omar.slash(world.lounge, "queue approve", number=1)
    assert f"<@{world.mona.id}> is working on case 1" in said(refused)
    assert (await world.case()).state is CaseState.REVIEW

    await world.mona.click(card.response, label="Nothing wrong")
    late = await world.omar.slash(
        world.lounge, "queue act", number=1, step="ban", reason="He is always like this."
    )

    assert "was dismissed" in said(late)
    assert (await world.case()).state is CaseState.DISMISSED
    assert world.guild.get_ban(world.rat) is None


async def test_a_claim_that_nobody_used_returns_to_the_queue(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    stale = await world.mona.slash(world.lounge, "queue next")
    assert "The queue is empty" in said(await world.omar.slash(world.lounge, "queue next"))

    await world.env.advance_time(CLAIM + 1)
    card = await world.omar.slash(world.lounge, "queue next")
    assert "numbskull" in said(card)
    refused = await world.mona.click(stale.response, label="Nothing wrong")

    assert f"<@{world.omar.id}> is working on case 1" in said(refused)
    assert (await world.case()).state is CaseState.REVIEW


async def test_a_claim_is_renewed_from_the_card(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    card = await world.mona.slash(world.lounge, "queue next")

    await world.env.advance_time(CLAIM - 60)
    await world.mona.click(card.response, label="15 more minutes")
    await world.env.advance_time(CLAIM - 60)

    assert "The queue is empty" in said(await world.omar.slash(world.lounge, "queue next"))


async def test_an_item_given_back_is_free_for_the_next(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    card = await world.mona.slash(world.lounge, "queue next")

    listed = await world.mona.click(card.response, label="Give back")
    assert "1 waiting" in said(listed)
    assert EventKind.RELEASED in await kinds(world)

    assert "numbskull" in said(await world.omar.slash(world.lounge, "queue claim", number=1))


async def test_a_flagged_comment_is_acted_on_from_its_card(world: World) -> None:
    await world.set_up()
    thread, comment = await world.quarrel(FLAGGED)
    card = await world.mona.slash(world.lounge, "queue next")

    form = await world.mona.click(card.response, label="Act…")
    decided = await world.mona.submit_modal(
        form, {"step": ["timeout"], "length": "2h", "reason": "The third time this week."}
    )

    assert "timeout until" in said(decided)
    case = await world.case()
    assert case.state is CaseState.APPLIED
    assert case.action is not None
    assert case.action.until == world.now + timedelta(hours=2)
    assert case.strike is not None
    assert case.strike.points >= 1  # a human says that it breaks the rules
    assert world.is_timed_out(world.rat)
    assert comment.id not in {message.id for message in thread.history()}
    [told] = world.directs(world.rat)
    assert "A moderator decided this" in words(told)
    assert "carried out" in words(log_of(world, 1))


@pytest.mark.parametrize(
    ("length", "sentence"),
    [
        ("", "Say how long the timeout lasts"),
        ("soon", "is not a length I can read"),
        ("29d", "from 1 minute to 28 days"),
    ],
)
async def test_a_timeout_needs_a_length_that_discord_takes(
    world: World, length: str, sentence: str
) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    card = await world.mona.slash(world.lounge, "queue next")
    form = await world.mona.click(card.response, label="Act…")

    refused = await world.mona.submit_modal(
        form, {"step": ["timeout"], "length": length, "reason": "Enough."}
    )

    assert sentence in said(refused)
    assert refused.ephemeral
    assert (await world.case()).state is CaseState.REVIEW


async def test_an_escalated_item_is_for_the_admins_and_comes_first(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    await world.quarrel(FLAGGED)
    card = await world.mona.slash(world.lounge, "queue claim", number=2)
    form = await world.mona.click(card.response, label="Escalate")
    escalated = await world.mona.submit_modal(form, {"reason": "He is a friend of mine."})

    assert "waits for the admins" in said(escalated)
    refused = await world.omar.slash(world.lounge, "queue approve", number=2)
    assert "left to the admins" in said(refused)
    # Case 1 is older and as grave, but the escalated one comes first, for admins alone.
    assert "Case #1" in said(await world.omar.slash(world.lounge, "queue next"))
    head = join(world, "head", manage_guild=True, manage_messages=True)
    assert "Case #2" in said(await head.slash(world.lounge, "queue next"))
    decided = await head.slash(world.lounge, "queue approve", number=2, note="Only teasing.")
    assert "Case #2 is dismissed" in said(decided)


async def test_the_gravest_comment_is_shown_first(world: World) -> None:
    await world.set_up()
    await world.quarrel("You numbskull.")
    world.scorer.script["gallows"] = {Label.THREAT: 0.8}
    await world.quarrel("You should hang on the gallows.")

    assert "Case #2" in said(await world.mona.slash(world.lounge, "queue next"))


async def test_the_card_still_answers_after_a_restart(world: World) -> None:
    await world.set_up()
    await world.quarrel(FLAGGED)
    card = await world.mona.slash(world.lounge, "queue next")

    world.bot = a_bot([world.env], world.stores, world.scorer)
    await world.env.restart_bot(world.bot)
    decided = await world.mona.click(card.response, label="Nothing wrong")

    assert "Case #1 is dismissed" in said(decided)
    assert (await world.case()).state is CaseState.DISMISSED
