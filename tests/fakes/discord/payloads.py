"""How Discord writes its things down as JSON. Pure; called by the fake's routes and its gateway."""

from datetime import datetime
from typing import Any

from tests.fakes.discord.nouns import (
    AuditEntry,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    Role,
    User,
    moment_of,
)

Json = dict[str, Any]


def user(who: User) -> Json:
    """An account, as others see it."""
    return {
        "id": str(who.id),
        "username": who.name,
        "discriminator": "0",
        "global_name": who.name,
        "avatar": None,
        "bot": who.is_bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def member(who: Member, *, with_user: bool = True) -> Json:
    """A member; as a part of a message without the account."""
    fields: Json = {
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [str(role) for role in who.roles],
        "joined_at": _moment(who.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": who.timeout_until,
    }
    return {**fields, "user": user(who.user)} if with_user else fields


def role(of: Role) -> Json:
    """A role."""
    return {
        "id": str(of.id),
        "name": of.name,
        "permissions": str(of.permissions),
        "position": of.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(of: Channel) -> Json:
    """A channel, forum, thread or direct conversation."""
    fields: Json = {
        "id": str(of.id),
        "type": of.type.value,
        "last_message_id": _id(of.last_message),
        "flags": 0,
    }
    if of.recipient is not None:
        return {**fields, "recipients": [user(of.recipient)]}
    fields |= {"guild_id": str(of.guild), "name": of.name, "parent_id": _id(of.parent)}
    if of.is_thread:
        return fields | _thread(of)
    fields |= {"position": 0, "permission_overwrites": [], "nsfw": False, "topic": None}
    fields |= {"rate_limit_per_user": 0}
    if of.type is ChannelType.FORUM:
        fields |= {
            "available_tags": [],
            "default_auto_archive_duration": 4320,
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "template": "",
        }
    return fields


def _thread(of: Channel) -> Json:
    archived_at = of.archived_at or moment_of(of.id)
    return {
        "owner_id": _id(of.owner),
        "member_count": 1,
        "message_count": max(0, len(of.messages) - 1),
        "total_message_sent": max(0, len(of.messages) - 1),
        "rate_limit_per_user": 0,
        "applied_tags": [],
        "thread_metadata": {
            "archived": of.is_archived,
            "archive_timestamp": _moment(archived_at),
            "auto_archive_duration": 4320,
            "locked": of.is_locked,
            "create_timestamp": _moment(moment_of(of.id)),
        },
    }


def message(of: Message) -> Json:
    """A message as a request gives it; who wrote it is an account, not a member."""
    fields: Json = {
        "id": str(of.id),
        "channel_id": str(of.channel),
        "type": 19 if "message_reference" in of.extra else 0,
        "author": user(of.author),
        "content": of.content,
        "timestamp": _moment(moment_of(of.id)),
        "edited_timestamp": None if of.edited_at is None else _moment(of.edited_at),
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
    }
    if of.nonce is not None:
        fields["nonce"] = of.nonce
    embeds = [{"type": "rich", **embed} for embed in of.extra.get("embeds", [])]
    return fields | of.extra | {"embeds": embeds}


def message_event(of: Message, where: Channel, guild: Guild | None) -> Json:
    """A message as the gateway tells of it: in a server with its author as a member."""
    fields = {**message(of), "channel_type": where.type.value}
    if guild is None:
        return fields
    fields["guild_id"] = str(guild.id)
    author = guild.members.get(of.author.id)
    return fields if author is None else {**fields, "member": member(author, with_user=False)}


def without_words(fields: Json) -> Json:
    """A message event for an application that may not read what is written."""
    return {**fields, "content": "", "embeds": [], "attachments": [], "components": []}


def deletion(where: Channel, message_id: int) -> Json:
    """The news that a message is gone."""
    fields = {"id": str(message_id), "channel_id": str(where.id)}
    return fields if where.guild is None else {**fields, "guild_id": str(where.guild)}


def guild(of: Guild, me: int) -> Json:
    """A server as the gateway gives it to a bot without the members intent: itself alone in it."""
    channels = [channel(c) for c in of.channels.values() if not c.is_thread]
    threads = [channel(c) for c in of.channels.values() if c.is_thread and not c.is_archived]
    return {
        **guild_card(of),
        "joined_at": _moment(of.members[me].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(of.members),
        "members": [member(of.members[me])],
        "channels": channels,
        "threads": threads,
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def guild_card(of: Guild) -> Json:
    """A server as a request gives it."""
    return {
        "id": str(of.id),
        "name": of.name,
        "owner_id": str(of.owner),
        "icon": None,
        "splash": None,
        "banner": None,
        "home_header": None,
        "discovery_splash": None,
        "application_id": None,
        "description": None,
        "roles": [role(r) for r in of.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": ["COMMUNITY"],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "system_channel_flags": 0,
        "afk_timeout": 300,
        "region": "deprecated",
        "nsfw": False,
        "max_members": 500_000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "premium_progress_bar_enabled": False,
        "premium_subscription_count": 0,
        "widget_enabled": False,
        **dict.fromkeys(_NONE_OF_A_GUILD),
    }


_NONE_OF_A_GUILD = (
    "afk_channel_id",
    "incidents_data",
    "max_presences",
    "public_updates_channel_id",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "system_channel_id",
    "vanity_url_code",
    "widget_channel_id",
)


def role_event(of: Guild, changed: Role) -> Json:
    """The news of a new or changed role."""
    return {"guild_id": str(of.id), "role": role(changed)}


def member_event(of: Guild, changed: Member) -> Json:
    """The news of a changed member."""
    return {**member(changed), "guild_id": str(of.id)}


def ban_event(of: Guild, who: User) -> Json:
    """The news of a ban, its end, or a member's leaving."""
    return {"guild_id": str(of.id), "user": user(who)}


def audit_entry(of: AuditEntry) -> Json:
    """A line of the audit log."""
    fields: Json = {
        "id": str(of.id),
        "action_type": of.action,
        "user_id": str(of.by),
        "target_id": str(of.target),
        "changes": list(of.changes),
    }
    if of.reason is not None:
        fields["reason"] = of.reason
    return fields if of.options is None else {**fields, "options": of.options}


def application(me: User, flags: int) -> Json:
    """The bot's own application."""
    return {
        "id": str(me.id),
        "name": me.name,
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "type": None,
        "flags": flags,
        "flags_new": str(flags),
        "approximate_guild_count": 1,
        "approximate_user_authorization_count": 0,
        "approximate_user_install_count": 0,
        "eligible_oauth2_scopes": [],
        "explicit_content_filter": 0,
        "interactions_endpoint_url": None,
        "redirect_uris": [],
        "role_connections_verification_url": None,
        "owner": user(User(1, "the bot's owner")),
        "team": None,
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)
