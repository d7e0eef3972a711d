"""Who asks for something, and what they may ask for. Checked here, in code, by every use-case.

Not Discord's own permission checks, which only hide commands: `cogs.access` fills an `Actor` from
the asking member's permissions of that moment.
"""

from dataclasses import dataclass

from bot.domain.ids import MemberId
from bot.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something in one server, with what they may do there right now."""

    id: MemberId
    name: str
    may_moderate: bool = False
    may_administer: bool = False


def require_moderator(actor: Actor) -> None:
    """Let moderators and admins pass.

    Raises:
        RefusedError: the actor is neither.
    """
    if not (actor.may_moderate or actor.may_administer):
        raise RefusedError("Only moderators can do this here.")


def require_admin(actor: Actor) -> None:
    """Let admins pass.

    Raises:
        RefusedError: the actor is none.
    """
    if not actor.may_administer:
        raise RefusedError("Only admins of this server can do this here.")


def mention(member: MemberId) -> str:
    """Name a member as Discord shows them; nobody is pinged, for the bot allows no mention."""
    return f"<@{member}>"
