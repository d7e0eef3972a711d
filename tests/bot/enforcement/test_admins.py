"""Words to those who run a server."""

from bot.domain.ids import GuildId
from bot.enforcement.buttons import appeal_id
from config.guild import GuildSettings
from tests.bot.enforcement.conftest import Break, World


async def test_admins_read_it_in_the_mod_log(world: World) -> None:
    assert await world.enforcement().admins.tell(world.guild_id, "the fuse has blown")
    assert [m.embeds[0].description for m in world.log.history()] == ["the fuse has blown"]


async def test_without_a_mod_log_the_owner_is_told(world: World) -> None:
    await world.storage.guilds.save_settings(world.guild_id, GuildSettings())
    assert await world.enforcement().admins.tell(world.guild_id, "the fuse has blown")
    owner = world.env.backend.get_guild(world.guild.id).owner_id
    channel = world.env.backend.get_dm_channel(owner)
    (message,) = world.env.backend.messages[channel.id].values()
    assert message.embeds[0]["title"] == "About your server Garden"


async def test_what_cannot_be_told_is_no_error(world: World) -> None:
    world.wire.cut("POST *", Break.BEFORE, times=20)
    assert not await world.enforcement().admins.tell(world.guild_id, "the fuse has blown")
    assert not await world.enforcement().admins.tell(GuildId("404"), "the fuse has blown")


def test_names_of_buttons_stay_within_discords_hundred_characters() -> None:
    assert len(appeal_id(GuildId("9" * 20), 10**9)) <= 100
