"""What the moderators' stories share: who joins, what the mod-log and the record say."""

import discord
from simcord import InteractionResult, MemberActor
from simcord.results import ResponseMessage

from bot.domain.case import EventKind
from tests.behaviour.world import World, words


def reply(result: InteractionResult) -> ResponseMessage:
    """Give the bot's last answer to one use of a command."""
    answer = result.followups[-1] if result.followups else result.response
    assert answer is not None
    return answer


def join(world: World, name: str, **permissions: bool) -> MemberActor:
    """Let somebody join with a role of their own, below the bot's."""
    role = world.guild.create_role(name, permissions=discord.Permissions(**permissions))
    return world.guild.add_member(world.env.create_user(name), roles=[role])


async def kinds(world: World, number: int = 1) -> list[EventKind]:
    return [event.kind for event in await world.timeline(number)]


def log_of(world: World, number: int) -> discord.Message:
    """Give the mod-log's post of a case."""
    [found] = [m for m in world.log.history() if words(m).startswith(f"Case #{number}:")]
    return found
