"""Requests fail in every way they can, during each effect: nothing is lost, nothing is doubled."""

import random

import pytest

from config.policy import StepKind
from tests.fakes.discord.faults import FOREVER, Fault, Kind, status
from tests.fakes.discord.nouns import Channel
from tests.fakes.discord.server import FakeDiscord
from tests.faults.bot_handle import BotProcess
from tests.faults.scene import STEPS, Scene
from tests.faults.stage import Stage, Stages, side_by_side

FAULTS = (
    Fault(Kind.TOO_MANY),
    Fault(Kind.TOO_MANY, is_global=True),
    status(500),
    status(502),
    status(503),
    Fault(Kind.RESET),
    Fault(Kind.DROPPED),
    Fault(Kind.LOST),
    Fault(Kind.HANG),
    Fault(Kind.HANG_AFTER),
    Fault(Kind.TRUNCATED),
    Fault(Kind.GARBLED),
    Fault(Kind.SLOW),
)
REQUESTS = ("delete", "timeout", "kick", "ban", "log", "notice", "open dm")
DELETE = "DELETE /channels/*/messages/*"


@pytest.mark.parametrize("times", [1, 4])
async def test_an_effect_happens_once_whatever_becomes_of_its_request(stages: Stages, times: int):
    async def story(what: str) -> None:
        async with stages() as stage:
            await through_all_faults(stage, what, times)

    await side_by_side(story(what) for what in REQUESTS)


async def through_all_faults(stage: Stage, what: str, times: int) -> None:
    """Let one kind of request go wrong in every way, for one comment each, so often in a row."""
    discord, scene = stage.discord, stage.scene
    step = StepKind(what) if what in {"timeout", "kick", "ban"} else StepKind.DELETE
    await scene.set_up([step])
    server = scene.servers[step]
    stage.bot.start()
    await scene.settled()
    for fault in FAULTS:
        author = discord.state.add_member(server.guild, f"rude, {what} {fault.name}").user
        discord.faults.clear()
        route = route_of(what, server.log, discord.state.dm(author))
        discord.faults.script(route, fault, times=times)
        before = discord.faults.struck.total()
        scene.say(step, is_rude=True, author=author)
        await scene.settled()
        assert discord.faults.struck.total() > before, f"{what}: {fault.name} never struck"


def route_of(what: str, log: Channel, dm: Channel) -> str:
    """Name the request that an effect is made with."""
    return {
        "delete": DELETE,
        "timeout": "PATCH /guilds/*/members/*",
        "kick": "DELETE /guilds/*/members/*",
        "ban": "PUT /guilds/*/bans/*",
        "log": f"POST /channels/{log.id}/messages",
        "notice": f"POST /channels/{dm.id}/messages",
        "open dm": "POST /users/@me/channels",
    }[what]


async def test_a_storm_of_every_fault_on_every_route_loses_and_doubles_nothing(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await scene.set_up()
    bot.start()
    await scene.settled()
    dice = random.Random(20_26)
    discord.faults.storm(FAULTS, share=0.2, dice=dice)
    for _ in range(10):
        for step in STEPS:
            for number in range(6):
                scene.say(step, is_rude=number == 0)
        if dice.random() < 0.4:
            discord.gateway.lose_session()
    await scene.settled(within_s=60)

    assert len(discord.faults.struck) >= 10


async def test_a_long_global_limit_while_it_reads_on_is_sat_out(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await scene.set_up([StepKind.DELETE])
    bot.start()
    await scene.settled()
    discord.gateway.lose_session()
    scene.say(StepKind.DELETE, is_rude=True)
    discord.faults.script(
        "GET /channels/*/messages", Fault(Kind.TOO_MANY, is_global=True, retry_after_s=120)
    )
    await scene.settled()

    assert discord.faults.struck["429"] == 1


async def test_an_hour_shut_out_by_cloudflare_is_sat_out_in_silence(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await scene.set_up([StepKind.DELETE])
    bot.start()
    await scene.settled()
    for _ in range(5):
        scene.say(StepKind.DELETE)
    discord.faults.script(DELETE, Fault(Kind.BANNED))
    scene.say(StepKind.DELETE, is_rude=True)
    await discord.state.until(lambda: discord.http.count(429) == 1)
    for _ in range(20):
        scene.say(StepKind.DELETE, is_rude=True)
    await scene.settled()

    assert discord.http.count(429) == 1


async def test_a_hundred_rude_comments_without_permission_cost_three_refusals_at_most(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await scene.set_up([StepKind.DELETE])
    bot.start()
    await scene.settled()
    for _ in range(5):
        scene.say(StepKind.DELETE)
    discord.faults.script(DELETE, status(403, 50013, "Missing Permissions"), times=FOREVER)
    for _ in range(100):
        scene.say(StepKind.DELETE, is_rude=True).is_refused = True
    await scene.settled(within_s=60)

    posts = scene.servers[StepKind.DELETE].log.messages.values()
    complaints = [post for post in posts if "bot lacks the permission" in str(post.extra)]
    assert 1 <= discord.http.count(403) <= 3
    assert len(complaints) == 1
