"""Errors as discord.py raises them, without a server to answer so."""

from typing import Any

import discord

_KINDS = {403: discord.Forbidden, 404: discord.NotFound}


class Response:
    """As much of an answer as discord.py's errors look at."""

    reason = "because"

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.headers = headers


def refusal(status: int, body: Any = None, **headers: str) -> discord.HTTPException:
    """Make the error of an answer; `body` is a code of Discord's, or the answer's whole body."""
    default = discord.DiscordServerError if status >= 500 else discord.HTTPException
    kind = _KINDS.get(status, default)
    if isinstance(body, int):
        body = {"code": body, "message": "no"}
    return kind(Response(status, headers), body)  # type: ignore[arg-type]
