"""The bot is killed or stopped wherever it hurts, and started again: each action exactly once."""

import random
import signal

import pytest

from config.policy import StepKind
from tests.fakes.discord.nouns import DeedKind
from tests.fakes.discord.server import FakeDiscord
from tests.faults.bot_handle import BotProcess
from tests.faults.crash_points import points_of
from tests.faults.scene import STEPS, Scene
from tests.faults.stage import Stage, Stages, side_by_side

KILLED = -signal.SIGKILL


async def test_killed_at_every_step_of_the_ledger_it_acts_exactly_once(stages: Stages):
    async def story(step: StepKind) -> None:
        async with stages() as stage:
            await killed_everywhere(stage, step)

    await side_by_side(story(step) for step in STEPS)


async def killed_everywhere(stage: Stage, step: StepKind) -> None:
    """Kill a bot at each point on the way to a step, one comment each, and start it again."""
    scene, bot = stage.scene, stage.bot
    await scene.set_up([step])
    bot.start()
    await scene.settled()
    for point in points_of(step):
        bot.arm(point)
        scene.say(step, is_rude=True)
        assert await bot.ended() == KILLED, point
        stage.discord.faults.struck[f"kill -9 {point}"] += 1
        bot.disarm()
        scene.say(step)
        bot.start()
        await scene.settled()


async def test_killed_again_while_it_recovers_it_still_acts_exactly_once(stages: Stages):
    async def story(step: StepKind) -> None:
        async with stages() as stage:
            await killed_twice(stage, step, random.Random(f"again {step}"))

    await side_by_side(story(step) for step in STEPS)


async def killed_twice(stage: Stage, step: StepKind, dice: random.Random) -> None:
    """Kill a bot at some points, and again and again while it sees to what the last kill left."""
    discord, scene, bot = stage.discord, stage.scene, stage.bot
    await scene.set_up([step])
    bot.start()
    await scene.settled()
    for point in dice.sample(points_of(step), 2):
        bot.arm(point)
        scene.say(step, is_rude=True)
        assert await bot.ended() == KILLED, point
        for again in dice.sample(points_of(step), 3):
            bot.arm(again)
            bot.start()
            await discord.state.until(lambda: bot.exit_code is not None or scene.is_settled())
            if bot.exit_code is not None:
                discord.faults.struck[f"kill -9 in recovery {again}"] += 1
            else:
                bot.kill()
                await bot.ended()
        bot.disarm()
        bot.start()
        await scene.settled()


async def test_killed_at_any_moment_of_a_busy_day_it_misses_and_doubles_nothing(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    dice = random.Random(2026)
    await scene.set_up()
    bot.start()
    await scene.settled()
    for _ in range(12):
        for step in STEPS:
            for number in range(5):
                scene.say(step, is_rude=number == 0)
        enough = len(bot.steps) + dice.randrange(60)
        await discord.state.until(lambda enough=enough: len(bot.steps) >= enough)
        bot.kill()
        assert await bot.ended() == KILLED
        discord.faults.struck["kill -9 at any moment"] += 1
        bot.start()
    await scene.settled(within_s=60)


@pytest.mark.parametrize("point", ["before judging", "after open", "after mark_sent delete"])
async def test_a_clean_stop_leaves_what_is_in_hand_to_the_next_start(
    discord: FakeDiscord, scene: Scene, bot: BotProcess, point: str
):
    await scene.set_up([StepKind.DELETE])
    bot.start()
    await scene.settled()
    bot.hold_at(point)
    scene.say(StepKind.DELETE, is_rude=True)
    await bot.reached(point)
    bot.terminate()
    discord.faults.struck[f"SIGTERM {point}"] += 1
    await discord.state.until(lambda: not discord.gateway.is_connected)
    bot.disarm()

    assert await bot.ended() == 0
    assert "Traceback" not in bot.printed

    bot.start()
    await scene.settled()


async def test_a_second_bot_on_the_same_database_refuses_in_plain_words(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    second = BotProcess(discord, scene.database, name="second")
    await scene.set_up([StepKind.DELETE])
    bot.start()
    await scene.settled()
    second.start()
    ended = await second.ended()
    scene.say(StepKind.DELETE, is_rude=True)
    await scene.settled()
    discord.faults.struck["second instance"] += 1

    assert ended != 0
    assert "another bot is running" in second.printed.splitlines()[-1]
    assert "Traceback" not in second.printed
    assert discord.gateway.identifies == 1


async def test_what_a_human_undid_while_it_was_down_is_not_done_again(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await scene.set_up([StepKind.TIMEOUT])
    server = scene.servers[StepKind.TIMEOUT]
    bot.start()
    await scene.settled()
    bot.arm("before settle timeout")
    said = scene.say(StepKind.TIMEOUT, is_rude=True)
    assert await bot.ended() == KILLED
    bot.disarm()
    owner = discord.state.users[server.guild.owner]
    member = server.guild.members[said.author.id]
    discord.state.time_out(server.guild, member, None, owner, "he has said sorry")
    bot.start()
    await scene.settled()
    discord.faults.struck["undone by a human"] += 1

    assert discord.state.count(DeedKind.TIMEOUT, said.author.id) == 1
    assert member.timeout_until is None
