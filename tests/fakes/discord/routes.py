"""What each route of the HTTP API does to the fake's state: version 10, the routes our bot uses.

Pure of any transport: a `Call` in, JSON or an `ApiError` out. Served by `http`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.discord import payloads
from tests.fakes.discord.nouns import ApiError, Channel, ChannelType, Guild, Message, unknown
from tests.fakes.discord.state import State

SENT_ALONG = ("embeds", "components", "flags", "message_reference", "attachments")
"""Fields of a message that are kept as they were sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `part` are the path's ids, `reason` is what goes to the audit log."""

    state: State
    part: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    reason: str | None

    @property
    def guild(self) -> Guild:
        """The server the path names."""
        return self.state.guild(self.part["guild"])

    @property
    def channel(self) -> Channel:
        """The channel the path names."""
        return self.state.channel(self.part["channel"])

    @property
    def message(self) -> Message:
        """The message the path names."""
        return self.state.message(self.channel, self.part["message"])


Handler = Callable[[Call], Any]


def get_gateway(call: Call) -> Any:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.state.gateway_url, "shards": 1, "session_start_limit": limit}


def get_me(call: Call) -> Any:
    mine = {"verified": True, "mfa_enabled": False, "email": None, "locale": "en-US"}
    return payloads.user(call.state.me) | mine


def get_application(call: Call) -> Any:
    return payloads.application(call.state.me, call.state.application_flags)


def put_commands(call: Call) -> Any:
    defaults: dict[str, Any] = {
        "application_id": str(call.state.me.id),
        "type": 1,
        "options": [],
        "description": "",
    }
    defaults |= {"default_member_permissions": None, "nsfw": False, "version": "1"}
    call.state.commands = [
        {**defaults, "id": str(call.state.new_id()), **command} for command in call.body
    ]
    return call.state.commands


def get_commands(call: Call) -> Any:
    return call.state.commands


def get_user(call: Call) -> Any:
    try:
        return payloads.user(call.state.users[int(call.part["user"])])
    except KeyError:
        raise unknown("User") from None


def open_dm(call: Call) -> Any:
    user = call.state.users.get(int(call.body["recipient_id"]))
    if user is None or user is call.state.me:
        raise ApiError(400, 50033, "Invalid Recipient(s)")
    return payloads.channel(call.state.dm(user))


def get_guilds(call: Call) -> Any:
    own: dict[str, Any] = {"icon": None, "banner": None, "owner": False, "features": []}
    return [
        {"id": str(guild.id), "name": guild.name, "permissions": "0", **own}
        for guild in call.state.guilds.values()
    ]


def get_guild(call: Call) -> Any:
    return payloads.guild_card(call.guild)


def get_channels(call: Call) -> Any:
    return [payloads.channel(c) for c in call.guild.channels.values() if not c.is_thread]


def get_roles(call: Call) -> Any:
    return [payloads.role(role) for role in call.guild.roles.values()]


def get_rules(call: Call) -> Any:
    del call
    return []


def get_channel(call: Call) -> Any:
    return payloads.channel(call.channel)


def change_channel(call: Call) -> Any:
    thread = call.channel
    thread.is_locked = call.body.get("locked", thread.is_locked)
    thread.name = call.body.get("name", thread.name)
    if call.body.get("archived", thread.is_archived) != thread.is_archived:
        call.state.archive(thread, is_archived=not thread.is_archived)
    return payloads.channel(thread)


def get_active_threads(call: Call) -> Any:
    threads = [c for c in call.guild.channels.values() if c.is_thread and not c.is_archived]
    return {"threads": [payloads.channel(c) for c in threads], "members": [], "has_more": False}


def get_archived_threads(call: Call) -> Any:
    """List a forum's archived threads, the one archived last first."""
    forum, limit = call.channel, int(call.query.get("limit", "50"))
    before = datetime.fromisoformat(call.query.get("before", "9999-01-01T00:00:00+00:00"))
    threads = [
        (c.archived_at, c)
        for c in call.state.guild_of(forum).channels.values()
        if c.parent == forum.id and c.is_archived and c.archived_at and c.archived_at < before
    ]
    threads.sort(key=lambda pair: pair[0], reverse=True)
    return {
        "threads": [payloads.channel(c) for _, c in threads[:limit]],
        "members": [],
        "has_more": len(threads) > limit,
    }


def list_messages(call: Call) -> Any:
    """List messages, newest first: those just after, just before or around one, or the last."""
    channel, limit = call.channel, int(call.query.get("limit", "50"))
    if channel.type is ChannelType.FORUM:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    if not 1 <= limit <= 100:
        raise ApiError(400, 50035, "Invalid Form Body")
    ids = sorted(channel.messages)
    if "around" in call.query:
        middle = int(call.query["around"])
        below = [i for i in ids if i < middle][-(limit // 2) :]
        above = [i for i in ids if i >= middle][: limit - limit // 2]
        chosen = below + above
    elif "after" in call.query:
        chosen = [i for i in ids if i > int(call.query["after"])][:limit]
    elif "before" in call.query:
        chosen = [i for i in ids if i < int(call.query["before"])][-limit:]
    else:
        chosen = ids[-limit:]
    return [payloads.message(channel.messages[i]) for i in reversed(chosen)]


def get_message(call: Call) -> Any:
    return payloads.message(call.message)


def post_message(call: Call) -> Any:
    channel = call.channel
    if channel.type in (ChannelType.FORUM, ChannelType.CATEGORY):
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    _check_words(call.body)
    if channel.is_archived:
        call.state.archive(channel, is_archived=False)
    message = call.state.post(
        channel,
        call.state.me,
        call.body.get("content") or "",
        nonce=call.body.get("nonce"),
        is_once=call.body.get("enforce_nonce", False),
        **{name: call.body.get(name) for name in SENT_ALONG},
    )
    return payloads.message(message)


def change_message(call: Call) -> Any:
    message = call.message
    if message.author is not call.state.me:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    _check_open(call.channel)
    _check_words(call.body, is_new=False)
    extra: dict[str, Any] = {n: call.body[n] or [] for n in SENT_ALONG if n in call.body}
    return payloads.message(call.state.edit(message, call.body.get("content"), **extra))


def delete_message(call: Call) -> Any:
    message = call.message
    _check_open(call.channel)
    call.state.delete(message, call.state.me, call.reason)


def delete_messages(call: Call) -> Any:
    ids = [int(i) for i in call.body["messages"]]
    if not 2 <= len(ids) <= 100 or len(ids) != len(set(ids)):
        raise ApiError(400, 50016, "Provided too few or too many messages to delete")
    for id_ in ids:
        if id_ in call.channel.messages:
            call.state.delete(call.channel.messages[id_], call.state.me, call.reason)


def get_member(call: Call) -> Any:
    return payloads.member(call.state.member(call.guild, call.part["user"]))


def change_member(call: Call) -> Any:
    guild = call.guild
    member = call.state.member(guild, call.part["user"])
    if "communication_disabled_until" in call.body:
        _check_rank(guild, member.user.id)
        until = call.body["communication_disabled_until"]
        latest = datetime.now(UTC) + timedelta(days=28)
        if until is not None and datetime.fromisoformat(until) > latest:
            raise ApiError(400, 50035, "Invalid Form Body")
        call.state.time_out(guild, member, until, call.state.me, call.reason)
    return payloads.member(member)


def kick_member(call: Call) -> Any:
    member = call.state.member(call.guild, call.part["user"])
    _check_rank(call.guild, member.user.id)
    call.state.kick(call.guild, member, call.state.me, call.reason)


def list_bans(call: Call) -> Any:
    return [_ban(call, user) for user in sorted(call.guild.bans)]


def get_ban(call: Call) -> Any:
    if int(call.part["user"]) not in call.guild.bans:
        raise unknown("Ban")
    return _ban(call, int(call.part["user"]))


def put_ban(call: Call) -> Any:
    user = call.state.users.get(int(call.part["user"]))
    if user is None:
        raise unknown("User")
    _check_rank(call.guild, user.id)
    wanted: dict[str, Any] = {**call.query, **(call.body or {})}
    purge_s = int(wanted.get("delete_message_seconds", 0))
    call.state.ban(call.guild, user, call.state.me, call.reason, purge_s)


def delete_ban(call: Call) -> Any:
    call.state.unban(call.guild, call.part["user"], call.state.me, call.reason)


def get_audit_log(call: Call) -> Any:
    """List the audit log, newest first; what comes after an entry oldest first."""
    query = call.query
    chosen = [
        entry
        for entry in call.guild.audit
        if query.get("user_id") in (None, str(entry.by))
        and query.get("action_type") in (None, str(entry.action))
        and entry.id < int(query.get("before", 1 << 63))
        and entry.id > int(query.get("after", 0))
    ]
    if "after" not in query:
        chosen.reverse()
    chosen = chosen[: int(query.get("limit", "50"))]
    people = {person for entry in chosen for person in (entry.by, entry.target)}
    users = [payloads.user(call.state.users[p]) for p in people if p in call.state.users]
    empty = ("application_commands", "auto_moderation_rules", "guild_scheduled_events")
    empty += ("integrations", "threads", "webhooks")
    entries = [payloads.audit_entry(entry) for entry in chosen]
    return {"audit_log_entries": entries, "users": users, **{name: [] for name in empty}}


def _ban(call: Call, user: int) -> Any:
    who, reason = call.guild.bans[user]
    return {"user": payloads.user(who), "reason": reason}


def _check_open(channel: Channel) -> None:
    if channel.is_archived:
        raise ApiError(400, 50083, "Thread is archived")


def _check_rank(guild: Guild, user: int) -> None:
    if user == guild.owner:
        raise ApiError(403, 50013, "Missing Permissions")


def _check_words(body: Mapping[str, Any], *, is_new: bool = True) -> None:
    if len(body.get("content") or "") > 2000 or len(str(body.get("nonce") or "")) > 25:
        raise ApiError(400, 50035, "Invalid Form Body")
    parts = ("content", "embeds", "components", "attachments")
    if is_new and not any(body.get(part) for part in parts):
        raise ApiError(400, 50006, "Cannot send an empty message")


_MESSAGES = "/channels/{channel}/messages"
_MEMBER = "/guilds/{guild}/members/{user}"
_BAN = "/guilds/{guild}/bans/{user}"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/gateway/bot", get_gateway),
    ("GET", "/users/@me", get_me),
    ("GET", "/oauth2/applications/@me", get_application),
    ("GET", "/applications/@me", get_application),
    ("PUT", "/applications/{application}/commands", put_commands),
    ("GET", "/applications/{application}/commands", get_commands),
    ("GET", "/users/@me/guilds", get_guilds),
    ("GET", "/users/{user}", get_user),
    ("POST", "/users/@me/channels", open_dm),
    ("GET", "/guilds/{guild}", get_guild),
    ("GET", "/guilds/{guild}/channels", get_channels),
    ("GET", "/guilds/{guild}/roles", get_roles),
    ("GET", "/guilds/{guild}/auto-moderation/rules", get_rules),
    ("GET", "/guilds/{guild}/threads/active", get_active_threads),
    ("GET", "/channels/{channel}", get_channel),
    ("PATCH", "/channels/{channel}", change_channel),
    ("GET", "/channels/{channel}/threads/archived/public", get_archived_threads),
    ("GET", _MESSAGES, list_messages),
    ("GET", _MESSAGES + "/{message}", get_message),
    ("POST", _MESSAGES, post_message),
    ("POST", _MESSAGES + "/bulk-delete", delete_messages),
    ("PATCH", _MESSAGES + "/{message}", change_message),
    ("DELETE", _MESSAGES + "/{message}", delete_message),
    ("GET", _MEMBER, get_member),
    ("PATCH", _MEMBER, change_member),
    ("DELETE", _MEMBER, kick_member),
    ("GET", "/guilds/{guild}/bans", list_bans),
    ("GET", _BAN, get_ban),
    ("PUT", _BAN, put_ban),
    ("DELETE", _BAN, delete_ban),
    ("GET", "/guilds/{guild}/audit-logs", get_audit_log),
)
