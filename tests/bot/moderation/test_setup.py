"""What admins set, and the fuse."""

import pytest
from pydantic import ValidationError

from bot.domain.ids import PlaceId
from bot.errors import RefusedError
from config.guild import GuildSettings
from tests.bot.moderation.office import ADA, BOB, GUILD, MAY, Office

FORUM = PlaceId("920")


async def test_watching_is_an_admins_choice_and_can_be_taken_back(office: Office) -> None:
    setup = office.desk.setup
    assert (await setup.watch(GUILD, FORUM, ADA)).watched == {"920"}
    assert (await setup.settings(GUILD)).watched == {"920"}
    assert (await setup.unwatch(GUILD, FORUM, ADA)).watched == frozenset()
    for ask in (
        setup.watch(GUILD, FORUM, MAY),
        setup.unwatch(GUILD, FORUM, MAY),
        setup.save(GUILD, GuildSettings(), MAY),
        setup.finish(GUILD, MAY),
    ):
        with pytest.raises(RefusedError, match="Only admins"):
            await ask


async def test_the_set_up_ends_once_something_is_watched_and_cases_can_be_seen(
    office: Office,
) -> None:
    setup = office.desk.setup
    with pytest.raises(RefusedError, match="Nothing is watched"):
        await setup.finish(GUILD, ADA)
    settings = await setup.watch(GUILD, FORUM, ADA)
    with pytest.raises(RefusedError, match="no mod-log"):
        await setup.finish(GUILD, ADA)
    await setup.save(GUILD, settings.model_copy(update={"log_channel": "5"}), ADA)
    assert (await setup.finish(GUILD, ADA)).set_up_at == office.now


async def test_settings_out_of_bounds_are_not_saved(office: Office) -> None:
    beyond = GuildSettings().model_copy(update={"appeal_days": 0})
    with pytest.raises(ValidationError):
        await office.desk.setup.save(GUILD, beyond, ADA)
    assert (await office.desk.setup.settings(GUILD)).appeal_days == 30


async def test_a_moderator_resets_a_blown_fuse_and_what_was_done_no_longer_counts(
    office: Office,
) -> None:
    setup = office.desk.setup
    with pytest.raises(RefusedError, match="has not blown"):
        await setup.reset_fuse(GUILD, MAY)
    blown = GuildSettings(fuse_blown_at=office.now)
    await office.storage.guilds.save_settings(GUILD, blown)
    with pytest.raises(RefusedError, match="Only moderators"):
        await setup.reset_fuse(GUILD, BOB)
    office.later(minutes=1)
    settings = await setup.reset_fuse(GUILD, MAY)
    assert (settings.fuse_blown_at, settings.fuse_reset_at) == (None, office.now)
