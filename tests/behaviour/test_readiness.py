"""What the bot lacks on a server: told in a sentence a place, before anybody misses it."""

import discord

from bot.enforcement.readiness import shortcomings
from config.guild import GuildSettings
from tests.behaviour.world import World


def lacks(world: World, **changes: object) -> list[str]:
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    settings = GuildSettings(
        watched=frozenset({str(world.forum.id)}), log_channel=str(world.log.id)
    ).model_copy(update=changes)
    return shortcomings(guild.me, settings, guild.channels)


def limit_the_bot(world: World, **permissions: bool) -> None:
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    me = guild.me
    for role in me.roles:
        role._permissions = discord.Permissions(**permissions).value


async def test_a_bot_with_all_it_needs_lacks_nothing(world: World) -> None:
    assert lacks(world) == []


async def test_each_place_is_named_with_what_is_missing_there(world: World) -> None:
    limit_the_bot(world, view_channel=True, read_message_history=True, ban_members=True)
    assert lacks(world) == [
        "in #harbour-talk the bot lacks Manage Messages",
        "in #mod-log the bot lacks Send Messages, Embed Links, Attach Files",
        (
            "on the whole server the bot lacks Time Out Members, Kick Members, View Audit Log,"
            " Manage Posts and Threads"
        ),
    ]


async def test_a_place_that_is_gone_is_named_too(world: World) -> None:
    assert lacks(world, watched=frozenset({"404"})) == [
        "the watched channel 404 is gone, or hidden from the bot"
    ]
