"""What Discord's answer to a request means to us: done, gone, refused or unclear.

The only place where discord.py's and aiohttp's errors are translated; nothing is asked here
(`bot.enforcement.requests` asks). Codes: discord.com/developers/docs, "JSON Error Codes".
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import discord

from bot.errors import UnreachableError


@dataclass(frozen=True, slots=True)
class Done:
    """It happened. `message` is the id of what was posted; `was_so` says that it was so already."""

    message: str | None = None
    was_so: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """What the request is about is not there any more. `what` is a sentence, `code` Discord's."""

    what: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Discord, or our own check before asking, says no. `why` is a sentence.

    `lacks` names the permission the bot does not have, in discord.py's spelling.
    """

    why: str
    lacks: str | None = None
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether it happened. `why` is a clause; `wait` the least pause before asking."""

    why: str
    wait: timedelta = timedelta()
    is_banned: bool = False
    """Discord's outer wall (Cloudflare) shuts us out: silence is the only help."""

    def unreachable(self) -> UnreachableError:
        """Say so to whoever sees the case through."""
        return UnreachableError(f"Discord could not be reached ({self.why})", wait=self.wait)


Answer = Done | Gone | Refused | Unclear

TROUBLES = (
    discord.HTTPException,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,  # timeouts and resets; TimeoutError is one
    json.JSONDecodeError,  # an answer cut short
)
"""All that a request may raise because of Discord or the way there."""

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER = 10003, 10004, 10007
UNKNOWN_MESSAGE, UNKNOWN_USER, UNKNOWN_BAN = 10008, 10013, 10026

SILENCE = timedelta(minutes=10)
"""How long nothing is asked once Cloudflare shuts us out: asking on would prolong it."""

_GONE = {
    UNKNOWN_CHANNEL: "The channel or post is gone.",
    UNKNOWN_GUILD: "The bot is no longer on this server.",
    UNKNOWN_MEMBER: "The member has left the server.",
    UNKNOWN_MESSAGE: "The message is gone.",
    UNKNOWN_USER: "The member's account is gone.",
    UNKNOWN_BAN: "The member is not banned.",
}
_ARCHIVED = 50083
_CLOSED = "The member takes no direct messages from this bot."
_REFUSALS = {
    50007: _CLOSED,
    50278: _CLOSED,  # no server in common
    _ARCHIVED: "The post is archived.",
    30035: "Discord takes no more bans of people who are not members for now.",
}
_NO_PERMISSION = frozenset({50001, 50013})


def translate(error: Exception, lacks: str | None) -> Gone | Refused | Unclear:
    """Say what an error of `TROUBLES` means; `lacks` is the permission the request needs."""
    match error:
        case discord.HTTPException():
            return _of_http(error, lacks)
        case discord.RateLimited(retry_after=seconds):
            return Unclear("too many requests", wait=timedelta(seconds=seconds))
        case TimeoutError():
            return Unclear("no answer in time")
        case json.JSONDecodeError():
            return Unclear("the answer was cut short")
        case _:
            return Unclear(f"the connection failed: {type(error).__name__}")


def _of_http(error: discord.HTTPException, lacks: str | None) -> Gone | Refused | Unclear:
    match error.status:
        case HTTPStatus.TOO_MANY_REQUESTS if error.response.headers.get("Via") is None:
            return Unclear("shut out for a while", wait=SILENCE, is_banned=True)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Unclear("too many requests", wait=timedelta(seconds=5))
        case HTTPStatus.UNAUTHORIZED:
            return Unclear("the bot's token is not valid", wait=SILENCE)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unclear(f"error {status} on its side")
        case _:
            return _of_code(error, lacks)


def _of_code(error: discord.HTTPException, lacks: str | None) -> Gone | Refused:
    if error.code in _GONE:
        return Gone(_GONE[error.code], error.code)
    if error.code in _REFUSALS:
        return Refused(_REFUSALS[error.code], is_archived=error.code == _ARCHIVED)
    if error.code in _NO_PERMISSION or error.status == HTTPStatus.FORBIDDEN:
        return Refused(_lacking(lacks), lacks=lacks)
    first_line = error.text.split("\n", 1)[0].rstrip(".")
    return Refused(f"Discord refused: {first_line or f'error {error.status}'}.")


def _lacking(permission: str | None) -> str:
    if permission is None:
        return "Discord does not let the bot do this here."
    named = permission_words(permission)
    return f"Discord does not let the bot do this here: check its permission {named} and its role."


def permission_words(permission: str) -> str:
    """Name a permission as Discord's settings do."""
    return _PERMISSIONS.get(permission, permission.replace("_", " ").title())


_PERMISSIONS = {
    "view_channel": "View Channel",
    "moderate_members": "Time Out Members",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Posts",
    "manage_threads": "Manage Posts and Threads",
}
