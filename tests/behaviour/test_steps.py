"""Steps by hand go through the same case log as the machine's."""

from datetime import timedelta

import discord
import pytest

from bot.domain.case import CaseState, Origin
from tests.behaviour.office import join, log_of
from tests.behaviour.world import (
    World,
    labels,
    said,
    words,
)


async def test_a_warning_by_hand_goes_through_the_same_log_and_can_be_undone(world: World) -> None:
    await world.set_up()

    warned = await world.mona.slash(
        world.lounge, "warn", member=world.rat, reason="Please stop calling people names."
    )

    assert "harbour\\-rat: warning (carried out)" in said(warned)
    assert warned.ephemeral
    case = await world.case()
    assert (case.draft.origin, case.state) == (Origin.MODERATOR, CaseState.APPLIED)
    [notice] = world.directs(world.rat)
    assert "Please stop calling people names" in words(notice)
    assert labels(notice.components) == ["Appeal"]
    assert "warning, carried out" in words(log_of(world, 1))
    await world.mona.slash(world.lounge, "case undo", number=1, reason="It was his brother.")
    assert (await world.case()).state is CaseState.OVERTURNED


async def test_a_timeout_by_hand_lasts_as_long_as_typed(world: World) -> None:
    await world.set_up()

    await world.mona.slash(
        world.lounge, "timeout", member=world.rat, length="1d12h", reason="Cool down."
    )

    case = await world.case()
    assert case.action is not None
    assert case.action.until == world.now + timedelta(hours=36)
    assert world.is_timed_out(world.rat)
    refused = await world.mona.slash(
        world.lounge, "timeout", member=world.salt, length="soon", reason="Cool down."
    )
    assert "is not a length I can read" in said(refused)
    assert not world.is_timed_out(world.salt)


async def test_lengths_are_offered_while_typing(world: World) -> None:
    await world.set_up()
    offered = await world.mona.autocomplete(
        world.lounge, "timeout", "length", "3", member=world.rat
    )
    assert [choice["name"] for choice in offered] == ["3 minutes", "3 hours", "3 days"]


async def test_who_is_kicked_reads_why_before_they_go(world: World) -> None:
    await world.set_up()

    kicked = await world.mona.slash(world.lounge, "kick", member=world.rat, reason="Spam.")

    assert "kick (carried out)" in said(kicked)
    assert world.rat.id not in world.guild.member_ids()
    [notice] = world.directs(world.rat)
    assert "You are being removed" in words(notice)
    told, gone = (
        next(n for n, r in enumerate(world.env.http_requests) if r in found)
        for found in (
            world.requests("POST", f"/channels/{world.rat.user.dm_channel.id}/messages"),
            world.requests("DELETE", f"/members/{world.rat.id}"),
        )
    )
    assert told < gone


async def test_a_ban_removes_what_was_written_in_the_last_hours(world: World) -> None:
    await world.set_up()

    await world.mona.slash(world.lounge, "ban", member=world.rat, reason="Spam.", purge_hours=6)

    assert world.guild.get_ban(world.rat) is not None
    [request] = world.requests("PUT", f"/bans/{world.rat.id}")
    asked = {**(request.params or {}), **(request.json or {})}
    assert int(asked["delete_message_seconds"]) == 6 * 3600


async def test_a_comment_is_removed_by_its_link(world: World) -> None:
    await world.set_up()
    thread = await world.post(world.salt)
    comment = await world.rat.send(thread, "Buy my boat! Buy my boat!")

    removed = await world.mona.slash(
        world.lounge, "remove", comment=comment.jump_url, reason="Advertising."
    )

    assert "comment removed (carried out)" in said(removed)
    assert comment.id not in {message.id for message in thread.history()}
    case = await world.case()
    assert case.draft.text == "Buy my boat! Buy my boat!"
    [notice] = world.directs(world.rat)
    assert "Buy my boat" in words(notice)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("the last one", "not a link to a comment"),
        ("https://discord.com/channels/1/2/3", "on another server"),
        ("https://discord.com/channels/{guild}/{lounge}/3", "There is no such comment"),
        ("https://discord.com/channels/{guild}/4/3", "There is no such comment"),
    ],
)
async def test_a_link_that_leads_nowhere_is_said_to(world: World, link: str, sentence: str) -> None:
    await world.set_up()
    written = link.format(guild=world.guild.id, lounge=world.lounge.id)

    refused = await world.mona.slash(world.lounge, "remove", comment=written, reason="Spam.")

    assert sentence in said(refused)
    assert await world.cases() == []


async def test_nobody_reads_through_the_bot_what_discord_hides_from_them(world: World) -> None:
    await world.set_up()
    hidden = world.guild.create_text_channel(
        "harbour-masters",
        overwrites={
            world.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        },
    )
    boss = join(world, "boss", administrator=True)
    secret = await boss.send(hidden, "The key is under the third buoy.")

    refused = await world.mona.slash(
        world.lounge, "remove", comment=secret.jump_url, reason="Let me see."
    )

    assert "There is no such comment" in said(refused)
    assert await world.cases() == []


async def test_a_comment_of_somebody_else_is_not_held_against_a_member(world: World) -> None:
    await world.set_up()
    thread = await world.post(world.salt)

    refused = await world.mona.slash(
        world.lounge,
        "warn",
        member=world.rat,
        reason="Stop it.",
        comment=thread.history()[0].jump_url,
    )

    assert "was written by old\\-salt" in said(refused)
    assert await world.cases() == []
