"""What the fake Discord knows: servers, channels, members, messages, and every deed done there.

Plain data. Not what may be done with it (`state`) nor how Discord writes it down (`payloads`).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any

EPOCH_MS = 1_420_070_400_000
"""Discord's first moment, from which ids count milliseconds."""


def id_at(moment: datetime) -> int:
    """Give the lowest id of a moment."""
    return (round(moment.timestamp() * 1000) - EPOCH_MS) << 22


def moment_of(id_: int) -> datetime:
    """Give the moment that an id tells."""
    return datetime.fromtimestamp(((id_ >> 22) + EPOCH_MS) / 1000, UTC)


class ChannelType(IntEnum):
    """Discord's numbers, as far as the bot meets them."""

    TEXT = 0
    DM = 1
    CATEGORY = 4
    PUBLIC_THREAD = 11
    FORUM = 15


class DeedKind(StrEnum):
    """What somebody did to somebody. The names are the bot's effects where there is one."""

    DELETE = "delete"
    POST = "post"
    DM = "dm"
    TIMEOUT = "timeout"
    LIFT_TIMEOUT = "lift_timeout"
    KICK = "kick"
    BAN = "ban"
    UNBAN = "unban"


@dataclass(frozen=True, slots=True)
class Deed:
    """One change that took effect: the ground truth, whatever the answer to the request was.

    `target` is the message deleted, the channel posted in, or the member the rest is done to.
    """

    kind: DeedKind
    target: int
    by: int
    at: datetime
    reason: str | None = None
    message: int | None = None


@dataclass(slots=True)
class User:
    """An account. `takes_dms` is False for one who lets no stranger write to them."""

    id: int
    name: str
    is_bot: bool = False
    takes_dms: bool = True


@dataclass(slots=True)
class Role:
    """A role. `position` ranks it: higher is above."""

    id: int
    name: str
    permissions: int
    position: int


@dataclass(slots=True)
class Member:
    """An account in one server."""

    user: User
    joined_at: datetime
    roles: list[int] = field(default_factory=list[int])
    timeout_until: str | None = None


@dataclass(slots=True)
class Message:
    """A message as it stands now. `extra` holds what the author sent beside the words."""

    id: int
    channel: int
    author: User
    content: str
    edited_at: datetime | None = None
    nonce: str | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Channel:
    """A channel, forum, thread or direct conversation. `parent` is a thread's forum."""

    id: int
    type: ChannelType
    name: str
    guild: int | None = None
    parent: int | None = None
    owner: int | None = None
    recipient: User | None = None
    archived_at: datetime | None = None
    is_archived: bool = False
    is_locked: bool = False
    messages: dict[int, Message] = field(default_factory=dict[int, Message])
    last_message: int | None = None

    @property
    def is_thread(self) -> bool:
        """Say whether this is a thread or a forum post."""
        return self.type is ChannelType.PUBLIC_THREAD


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line of a server's audit log."""

    id: int
    action: int
    by: int
    target: int
    reason: str | None
    changes: tuple[dict[str, Any], ...] = ()
    options: dict[str, Any] | None = None


@dataclass(slots=True)
class Guild:
    """A server."""

    id: int
    name: str
    owner: int
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    bans: dict[int, tuple[User, str | None]] = field(
        default_factory=dict[int, tuple[User, str | None]]
    )
    audit: list[AuditEntry] = field(default_factory=list[AuditEntry])


class ApiError(Exception):
    """What Discord answers instead of doing it. `code` is Discord's own error code."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


def unknown(what: str) -> ApiError:
    """Make the answer for something that is not there."""
    codes = {"Channel": 10003, "Guild": 10004, "Member": 10007, "Message": 10008, "User": 10013}
    codes |= {"Ban": 10026, "Interaction": 10062}
    return ApiError(404, codes[what], f"Unknown {what}")
