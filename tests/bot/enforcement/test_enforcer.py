"""What a case does to Discord: when all goes well, when Discord says no, and to whom nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord.http import Route

from bot.domain.action import Action, Applied, Failed
from bot.domain.case import CaseEvent, CaseState, EventKind
from bot.domain.effect import EffectKind, EffectState, PlannedEffect
from bot.domain.ids import MemberId, PlaceId
from bot.enforcement import enforcer as enforcer_module
from bot.policy.effects import LOGGED_ONLY, reversal_of
from config.guild import GuildSettings
from config.policy import Mode, StepKind
from tests.bot.enforcement.conftest import World
from tests.bot.enforcement.troubles import refusal

DELETE = "DELETE /channels/*/messages/*"
POST = "POST /channels/*/messages"
EDIT = "PATCH /channels/*/messages/*"
MEMBER = "* /guilds/*/members/*"
BAN = "PUT /guilds/*/bans/*"


async def test_a_delete_removes_the_comment_then_tells_the_member_then_shows_the_case(
    world: World,
) -> None:
    done = await world.carry_out().run(await world.open(StepKind.DELETE))
    assert done.state is CaseState.APPLIED
    assert world.place.last_message is None
    assert [m.embeds[0].title for m in world.dms()] == ["Your comment on Garden was removed"]
    assert len(world.log.history()) == 1
    asked = [name for name in world.wire.asked if name != "POST /users/@me/channels"]
    assert asked == [DELETE, POST, POST]


async def test_a_timeout_ends_at_the_planned_moment(world: World) -> None:
    case = await world.open(StepKind.TIMEOUT)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert done.action is not None
    member = await world.client.get_guild(world.guild.id).fetch_member(world.member.id)
    assert member.timed_out_until == done.action.until


@pytest.mark.parametrize("step", [StepKind.KICK, StepKind.BAN])
async def test_who_is_removed_has_been_told_before(world: World, step: StepKind) -> None:
    done = await world.carry_out().run(await world.open(step))
    assert done.state is CaseState.APPLIED
    assert world.member.id not in world.guild.member_ids()
    removal = "DELETE /guilds/*/members/*" if step is StepKind.KICK else BAN
    assert world.wire.asked.index(POST) < world.wire.asked.index(removal)
    assert len(world.dms()) == 1


async def test_every_reason_in_the_audit_log_names_the_case(world: World) -> None:
    await world.carry_out().run(await world.open(StepKind.BAN))
    assert len(world.wire.reasons) == 2  # the deletion and the ban
    assert all(reason.startswith("case #1: ") for reason in world.wire.reasons)


async def test_nothing_that_is_posted_may_ping(world: World) -> None:
    case = await world.open(StepKind.DELETE, text="@everyone <@&1> <@2> idiots")
    await world.carry_out().run(case)
    await world.plan(case, *LOGGED_ONLY)
    await world.carry_out().run(case)
    posted = [r.json for r in world.env.http_requests if "/messages" in r.path and r.json]
    assert len(posted) == 3  # the notice, the post, and its edit
    assert all(message["allowed_mentions"] == {"parse": []} for message in posted)


async def test_a_ban_deletes_older_messages_only_where_asked(world: World) -> None:
    await world.carry_out().run(await world.open(StepKind.BAN))
    ban = next(r for r in world.env.http_requests if "/bans/" in r.path)
    assert ban.params == {"delete_message_seconds": 0}


async def test_a_purge_reaches_back_as_far_as_asked(world: World) -> None:
    action = Action(StepKind.BAN, purge_hours=24)
    await world.carry_out().run(await world.open(StepKind.BAN, action=action))
    ban = next(r for r in world.env.http_requests if "/bans/" in r.path)
    assert ban.params == {"delete_message_seconds": 24 * 3600}


@pytest.mark.parametrize("step", StepKind)
async def test_closed_direct_messages_never_hold_a_step_up(world: World, step: StepKind) -> None:
    case = await world.open(step)
    await world.client.create_dm(discord.Object(world.member.id))
    world.wire.cut(POST, refusal(403, 50007))
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert await world.state(case, EffectKind.NOTICE) is EffectState.FAILED
    (told,) = await world.told(case, EventKind.NOTICE)
    assert told.startswith("The member could not be told the reasons for the step.")
    assert told.endswith("The member takes no direct messages from this bot.")


async def test_a_notice_that_hangs_delays_a_ban_by_its_head_start_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enforcer_module, "HEAD_START", timedelta(milliseconds=10))
    case = await world.open(StepKind.BAN)
    is_banned = asyncio.Event()
    send = world.wire.send

    async def send_slowly(route: Route, **kwargs: Any) -> Any:
        if route.method == "POST" and route.path.endswith("/messages"):
            await is_banned.wait()
        answer = await send(route, **kwargs)
        if "/bans/" in route.path:
            is_banned.set()
        return answer

    world.wire.send = send_slowly
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert len(world.dms()) == 1
    assert world.guild.get_ban(world.member) is not None


async def test_a_comment_that_is_gone_already_counts_as_deleted(world: World) -> None:
    case = await world.open(StepKind.DELETE)
    await world.member.delete(world.place.last_message)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED


@pytest.mark.parametrize("step", [StepKind.TIMEOUT, StepKind.KICK])
async def test_who_has_left_is_let_go(world: World, step: StepKind) -> None:
    case = await world.open(step)
    world.guild.remove_member(world.member)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.FAILED
    assert done.failure == "The member has left the server."


async def test_who_has_left_is_banned_all_the_same(world: World) -> None:
    case = await world.open(StepKind.BAN)
    world.guild.remove_member(world.member)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert world.guild.get_ban(world.member) is not None


async def test_a_timeout_whose_time_is_over_is_not_set(world: World) -> None:
    case = await world.open(StepKind.TIMEOUT)
    await world.env.advance_time(3601)
    done = await world.carry_out().run(case)
    assert done.failure == "The timeout was over before it could be set."
    assert world.wire.count("PATCH /guilds/*/members/*") == 0


async def test_a_longer_timeout_that_holds_already_is_left_alone(world: World) -> None:
    case = await world.open(StepKind.TIMEOUT)
    longer = (world.now() + timedelta(days=3)).isoformat()
    world.env.backend.edit_member(world.guild.id, world.member.id, {"timed_out_until": longer})
    assert isinstance(await world.enforcement().enforcer.enforce(case), Applied)
    assert world.wire.count("PATCH /guilds/*/members/*") == 0


STAFF = ("administrator", "manage_guild", "manage_messages", "moderate_members", "kick_members",
         "ban_members")  # fmt: skip


@pytest.mark.parametrize("permission", STAFF)
@pytest.mark.parametrize("step", [StepKind.TIMEOUT, StepKind.KICK, StepKind.BAN])
async def test_staff_are_never_touched(world: World, permission: str, step: StepKind) -> None:
    role = world.guild.create_role("mods", permissions=discord.Permissions(**{permission: True}))
    mod = world.guild.add_member(world.env.create_user("mo"), roles=[role])
    case = await world.open(step, member=mod, action=_without_removal(world, step))
    done = await world.carry_out().run(case)
    assert done.failure == "The member is on the server's staff, which the bot never acts on."
    assert _acts(world) == 0
    assert world.dms(mod) == []


@pytest.mark.parametrize("step", [StepKind.TIMEOUT, StepKind.KICK, StepKind.BAN])
async def test_who_stands_above_the_bot_is_never_touched(world: World, step: StepKind) -> None:
    role = world.guild.create_role("elders")
    world.env.backend.edit_role(world.guild.id, role.id, {"position": 9})
    elder = world.guild.add_member(world.env.create_user("eve"), roles=[role])
    case = await world.open(step, member=elder, action=_without_removal(world, step))
    done = await world.carry_out().run(case)
    assert done.failure == "The member's highest role is not below the bot's own."
    assert _acts(world) == 0


@pytest.mark.parametrize("step", [StepKind.TIMEOUT, StepKind.KICK, StepKind.BAN])
async def test_bots_are_never_touched(world: World, step: StepKind) -> None:
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    case = await world.open(step, member=robot, action=_without_removal(world, step))
    done = await world.carry_out().run(case)
    assert done.failure == "The member is a bot, which is never acted on."
    assert _acts(world) == 0


async def test_a_comment_of_the_immune_is_not_removed_automatically(world: World) -> None:
    draft = world.draft("9", world.member, "x", Action(StepKind.DELETE))
    author = replace(draft.comment.author, immune="moderates this server")
    draft = replace(draft, comment=replace(draft.comment, author=author))
    case = await world.storage.cases.open(draft, [PlannedEffect(EffectKind.DELETE)])
    outcome = await world.enforcement().enforcer.enforce(case)
    assert outcome == Failed("The author moderates this server: nothing is done automatically.")
    assert world.wire.count(DELETE) == 0


PERMISSIONS = {
    StepKind.DELETE: "manage_messages",
    StepKind.TIMEOUT: "moderate_members",
    StepKind.KICK: "kick_members",
    StepKind.BAN: "ban_members",
}


@pytest.mark.parametrize("step", PERMISSIONS)
async def test_a_missing_permission_fails_the_case_without_asking_and_is_told_once(
    world: World, step: StepKind
) -> None:
    world.revoke(PERMISSIONS[step])
    await world.env.settle()
    carry_out = world.carry_out()
    for _ in range(5):
        case = await world.open(step, action=_without_removal(world, step))
        done = await carry_out.run(case)
        assert done.state is CaseState.FAILED
        assert "permission" in (done.failure or "")
    assert _acts(world) == 0
    texts = [m.embeds[0].description or "" for m in world.log.history()]
    assert sum("lacks the permission" in text for text in texts) == 1


async def test_a_thousand_refusals_cost_three_requests_until_a_role_changes(world: World) -> None:
    enforcement = world.enforcement()
    for _ in range(20):
        world.wire.cut(DELETE, refusal(403, 50013))
        await enforcement.enforcer.enforce(await world.open(StepKind.DELETE))
    assert world.wire.count(DELETE) == 3
    world.wire.breaks.clear()
    enforcement.breakers.permissions_changed(world.guild_id)
    outcome = await enforcement.enforcer.enforce(await world.open(StepKind.DELETE))
    assert isinstance(outcome, Applied)


async def test_no_notice_is_sent_where_nothing_was_done(world: World) -> None:
    world.revoke("ban_members")
    world.revoke("manage_messages")
    await world.env.settle()
    case = await world.open(StepKind.BAN)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.FAILED
    assert world.dms() == []
    notice = await world.effect(case, EffectKind.NOTICE)
    assert notice.error == "Not sent, because nothing was done."


async def test_a_step_stands_although_the_comment_could_not_be_removed(world: World) -> None:
    world.revoke("manage_messages")
    await world.env.settle()
    case = await world.open(StepKind.TIMEOUT)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert await world.told(case, EventKind.FAILED) == [
        "The comment could not be removed. The bot lacks the permission Manage Messages."
    ]
    assert "removed" not in (world.dms()[0].embeds[0].description or "")


async def test_an_archived_post_is_woken_and_put_back_as_it_was(world: World) -> None:
    channel = world.client.get_channel(world.place.id)
    thread = await channel.create_thread(name="old", type=discord.ChannelType.public_thread)
    handle = world.place.threads[0]
    message = await world.member.send(handle, "you are an idiot")
    await thread.edit(archived=True, locked=True)
    draft = world.draft(str(message.id), world.member, "x", Action(StepKind.DELETE))
    place = replace(draft.comment.place, thread=PlaceId(str(thread.id)))
    draft = replace(draft, comment=replace(draft.comment, place=place))
    case = await world.storage.cases.open(draft, [PlannedEffect(EffectKind.DELETE)])
    world.wire.cut(DELETE, refusal(400, 50083))
    world.wire.asked.clear()
    assert isinstance(await world.enforcement().enforcer.enforce(case), Applied)
    patch = "PATCH /channels/*"
    assert world.wire.asked == [DELETE, "GET /channels/*", patch, DELETE, patch]
    after = await world.client.fetch_channel(thread.id)
    assert (after.archived, after.locked) == (True, True)
    assert message.id not in [m.id for m in handle.history()]


async def test_a_changed_case_is_shown_in_the_same_post(world: World) -> None:
    case = await world.open(StepKind.DELETE)
    await world.carry_out().run(case)
    await world.plan(case, *LOGGED_ONLY)
    await world.plan(case, *LOGGED_ONLY)
    await world.carry_out().run(case)
    assert len(world.log.history()) == 1
    assert world.wire.count(EDIT) == 1  # two changes, shown in one edit


async def test_a_post_that_was_deleted_is_made_anew(world: World) -> None:
    case = await world.open(StepKind.DELETE)
    await world.carry_out().run(case)
    world.env.backend.delete_message(world.log.id, world.log.last_message.id)
    await world.plan(case, *LOGGED_ONLY)
    await world.carry_out().run(case)
    assert len(world.log.history()) == 1


async def test_news_for_moderators_are_a_post_of_their_own(world: World) -> None:
    case = await world.open(StepKind.DELETE)
    await world.carry_out().run(case)
    await world.plan(case, PlannedEffect(EffectKind.LOG, text="an appeal waits"))
    await world.carry_out().run(case)
    posts = [message.embeds[0].fields[0].name for message in world.log.history()]
    assert posts == ["Who", "News"]


async def test_every_post_of_a_case_shows_it_as_it_stands(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.DELETE))
    await world.plan(case, PlannedEffect(EffectKind.LOG, text="an appeal waits"))
    await world.carry_out().run(case)
    event = CaseEvent(world.now(), EventKind.OVERTURNED, MemberId("9"), "we were wrong")
    over = await world.storage.cases.decide(
        case, CaseState.OVERTURNED, event=event, effects=LOGGED_ONLY
    )
    await world.carry_out().run(over)
    titles = [message.embeds[0].title for message in world.log.history()]
    assert titles == ["Case #1: comment removed, overturned"] * 2


async def test_without_a_mod_log_channel_the_step_is_taken_all_the_same(world: World) -> None:
    await world.storage.guilds.save_settings(world.guild_id, GuildSettings())
    case = await world.open(StepKind.DELETE)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.APPLIED
    assert (await world.effect(case, EffectKind.LOG)).error == "No mod-log channel is set."


async def test_shadow_mode_touches_nobody(world: World) -> None:
    case = await world.open(StepKind.BAN, mode=Mode.SHADOW)
    done = await world.carry_out().run(case)
    assert done.state is CaseState.SHADOW
    assert _acts(world) == 0
    assert world.dms() == []
    assert len(world.log.history()) == 1


async def test_an_undone_timeout_is_lifted_and_the_words_are_returned(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.TIMEOUT))
    assert case.action is not None
    await world.plan(case, *reversal_of(case.action, "we were wrong"))
    await world.enforcement().enforcer.follow_up(case)
    member = await world.client.get_guild(world.guild.id).fetch_member(world.member.id)
    assert member.timed_out_until is None
    returned = world.dms()[-1].embeds[0]
    assert returned.title == "Taken back: case #1 on Garden"
    assert "you are an idiot" in returned.fields[-1].value


async def test_a_timeout_that_is_not_the_cases_own_is_not_lifted(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.TIMEOUT))
    other = (world.now() + timedelta(days=5)).isoformat()
    world.env.backend.edit_member(world.guild.id, world.member.id, {"timed_out_until": other})
    await world.plan(case, PlannedEffect(EffectKind.LIFT_TIMEOUT))
    await world.enforcement().enforcer.follow_up(case)
    member = await world.client.get_guild(world.guild.id).fetch_member(world.member.id)
    assert member.timed_out_until is not None


async def test_a_lifted_timeout_leaves_what_another_case_asks_for(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.TIMEOUT))
    left = world.now() + timedelta(minutes=10)
    await world.plan(case, PlannedEffect(EffectKind.LIFT_TIMEOUT, until=left))
    await world.enforcement().enforcer.follow_up(case)
    member = await world.client.get_guild(world.guild.id).fetch_member(world.member.id)
    assert member.timed_out_until == left


async def test_an_undone_ban_is_lifted(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.BAN))
    assert case.action is not None
    await world.plan(case, *reversal_of(case.action, "we were wrong"))
    await world.enforcement().enforcer.follow_up(case)
    assert world.guild.get_ban(world.member) is None


async def test_a_ban_that_a_human_lifted_first_counts_as_lifted(world: World) -> None:
    case = await world.carry_out().run(await world.open(StepKind.BAN))
    world.env.backend.remove_ban(world.guild.id, world.member.id)
    await world.plan(case, PlannedEffect(EffectKind.UNBAN))
    await world.enforcement().enforcer.follow_up(case)
    assert await world.state(case, EffectKind.UNBAN) is EffectState.DONE


def _acts(world: World) -> int:
    """Count the requests that would have done something to a member or comment."""
    member = sum(world.wire.count(f"{m} /guilds/*/members/*") for m in ("PATCH", "DELETE"))
    return member + world.wire.count(BAN) + world.wire.count(DELETE)


def _without_removal(world: World, step: StepKind) -> Action:
    until = world.now() + timedelta(hours=1) if step is StepKind.TIMEOUT else None
    return Action(step, until, removes_comment=step is StepKind.DELETE)
