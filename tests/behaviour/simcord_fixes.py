"""What simcord 3.2.1 gets wrong and the stories need right, put right. Used by conftest.py.

Each gap, these and those nobody needs, stands as a strict xfail in test_simcord_gaps.py, against
simcord as it comes: an upgrade that closes one tells us.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from simcord import ChannelHandle, Env, MemberActor
from simcord.backend import errors
from simcord.enums import ChannelType
from simcord.http import router

IDLE_S = 0.001
"""Seconds that every act of a story waits for the bot to come to rest; 50 times less than usual."""
LONGEST_TIMEOUT = timedelta(days=28)

_History = ("GET", "/channels/{channel_id}/messages")
_Member = ("PATCH", "/guilds/{guild_id}/members/{user_id}")


@contextmanager
def fixed_simcord() -> Iterator[None]:
    """Run simcord fast, and with Discord's own rules where it lacks them."""
    defaults = Env._settle_internal.__kwdefaults__
    idle = defaults["idle"]
    defaults["idle"] = IDLE_S
    before = {key: _replace(*key, make) for key, make in _FIXES.items()}
    try:
        yield
    finally:
        defaults["idle"] = idle
        for key, handler in before.items():
            _replace(*key, lambda _, handler=handler: handler)


async def open_post(
    member: MemberActor, forum: ChannelHandle, title: str, text: str
) -> ChannelHandle:
    """Let a member open a forum post: simcord knows posts of the bot alone.

    As on Discord, the first message has the post's own id.
    """
    env, backend = member._env, member._env.backend
    channel = backend.get_channel(forum.id)
    assert channel.type == ChannelType.FORUM
    backend.require_permissions(member.guild.id, member.id, forum.id, "send_messages")
    thread = backend.create_thread(forum.id, title, member.id, broadcast=False)
    first = backend.prepare_message(thread.id, member.id, text)
    first.id = thread.id
    backend.commit_message(first, broadcast=False)
    channel.last_message_id = thread.id
    backend.announce_thread_create(thread)
    backend.announce_message_create(first)
    await env._settle_internal(dispatch="MEMBER.open_post")
    return ChannelHandle(env, member.guild, thread)


def _history_after(whole: router.Handler) -> router.Handler:
    """With `after`, Discord gives the oldest messages behind it; simcord gives the newest."""

    def get_history(ctx: router.RequestContext) -> Any:
        if "after" not in ctx.params:
            return whole(ctx)
        limit = int(ctx.params.get("limit", 50))
        ctx.params["limit"] = 1_000_000
        found = whole(ctx)
        return found[-limit:]

    return get_history


def _timeout_limits(whole: router.Handler) -> router.Handler:
    """Discord refuses timeouts beyond 28 days, and any for administrators."""

    def edit_member(ctx: router.RequestContext) -> Any:
        until = ctx.body().get("communication_disabled_until")
        if until is not None:
            if (
                datetime.fromisoformat(until)
                > ctx.backend.clock.now().astimezone(UTC) + LONGEST_TIMEOUT
            ):
                raise errors.invalid_form_body(
                    "communication_disabled_until: more than 28 days ahead"
                )
            guild, member = ctx.int_arg("guild_id"), ctx.int_arg("user_id")
            roles = ctx.backend.get_member(guild, member).role_ids
            held = [ctx.backend.get_role(guild, role).permissions for role in roles]
            if any(discord.Permissions(each).administrator for each in held):
                raise errors.missing_permissions()
        return whole(ctx)

    return edit_member


_FIXES: dict[tuple[str, str], Callable[[router.Handler], router.Handler]] = {
    _History: _history_after,
    _Member: _timeout_limits,
}


def _replace(
    method: str, template: str, make: Callable[[router.Handler], router.Handler]
) -> router.Handler:
    """Put another handler in a route's place; gives the one that was there."""
    segments = template.strip("/").split("/")
    routes = router._ROUTES[method]
    [index] = [n for n, (parts, _) in enumerate(routes) if parts == segments]
    before = routes[index][1]
    routes[index] = (segments, make(before))
    return before
