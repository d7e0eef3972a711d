"""The gateway fails in every way it can: nothing said meanwhile is missed or judged twice."""

from collections import Counter

import pytest

from bot.client import MANY_SESSIONS
from config.policy import StepKind
from tests.fakes.discord.faults import Fault, Kind, status
from tests.fakes.discord.server import FakeDiscord
from tests.faults.bot_handle import BotProcess
from tests.faults.scene import Scene


async def started(bot: BotProcess, scene: Scene, *steps: StepKind) -> None:
    """Start a bot in the servers of these steps, and wait until it has judged what stands there."""
    await scene.set_up(steps)
    bot.start()
    await scene.settled()


def times_scored(bot: BotProcess, scene: Scene) -> set[int]:
    """Say how many times the scene's comments went to the model: {1} when each went once."""
    scored = Counter(step for step in bot.steps if step.startswith("score "))
    return {scored[f"score {number}"] for number in range(1, len(scene.said) + 1)}


async def test_250_comments_of_a_lost_session_are_all_judged_once(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await started(bot, scene, StepKind.DELETE, StepKind.WARN)
    discord.gateway.is_up = False
    discord.gateway.lose_session()
    for number in range(125):
        scene.say(StepKind.DELETE, is_rude=number % 10 == 0)
        scene.say(StepKind.WARN, is_rude=number % 10 == 5)
    await discord.state.until(lambda: discord.gateway.refused >= 2)
    discord.gateway.is_up = True
    await scene.settled()

    assert discord.gateway.identifies == 2
    assert times_scored(bot, scene) == {1}


@pytest.mark.parametrize("how", ["cut", "op 7", "op 9 resumable", 1001, 4000])
async def test_a_resumed_session_replays_what_was_missed_and_it_is_judged_once(
    discord: FakeDiscord, scene: Scene, bot: BotProcess, how: str | int
):
    await started(bot, scene, StepKind.DELETE)
    break_off(discord, how)
    for number in range(30):
        scene.say(StepKind.DELETE, is_rude=number % 10 == 0)
    await scene.settled()

    assert (discord.gateway.identifies, discord.gateway.resumes) == (1, 1)
    assert times_scored(bot, scene) == {1}


@pytest.mark.parametrize("how", ["op 9", 4009])
async def test_a_session_begun_anew_fetches_what_was_missed(
    discord: FakeDiscord, scene: Scene, bot: BotProcess, how: str | int
):
    await started(bot, scene, StepKind.DELETE)
    break_off(discord, how)
    for number in range(30):
        scene.say(StepKind.DELETE, is_rude=number % 10 == 0)
    await scene.settled()

    assert discord.gateway.identifies == 2
    assert times_scored(bot, scene) == {1}


async def test_edits_and_archived_posts_of_a_lost_session_are_found(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await started(bot, scene, StepKind.DELETE)
    server = scene.servers[StepKind.DELETE]
    meek = [scene.say(StepKind.DELETE) for _ in range(4)]
    await scene.settled()
    discord.gateway.is_up = False
    discord.gateway.lose_session()
    scene.edit(meek[0], is_rude=True)
    scene.edit(meek[1], is_rude=False)
    discord.state.edit(meek[2].message, embeds=[{"title": "a link unfolds"}])
    scene.say(StepKind.DELETE, is_rude=True)
    discord.state.archive(server.thread, is_archived=True)
    discord.gateway.is_up = True
    await scene.settled()

    assert server.thread.is_archived
    assert scene.read().judged == {
        meek[0].message.id: 2,
        meek[1].message.id: 2,
        meek[2].message.id: 1,
        meek[3].message.id: 1,
        scene.said[-1].message.id: 1,
    }


async def test_sessions_lost_one_after_another_are_slowed_down_not_given_up(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await started(bot, scene, StepKind.DELETE)
    for _ in range(MANY_SESSIONS + 2):
        begun = discord.gateway.identifies
        discord.gateway.lose_session()
        scene.say(StepKind.DELETE, is_rude=True)
        await discord.state.until(lambda begun=begun: discord.gateway.identifies > begun)
    await scene.settled()

    assert "sessions have begun" in bot.printed


async def test_every_event_sent_twice_changes_nothing(
    discord: FakeDiscord, scene: Scene, bot: BotProcess
):
    await started(bot, scene, StepKind.TIMEOUT)
    for number in range(30):
        scene.say(StepKind.TIMEOUT, is_rude=number % 10 == 0)
    assert discord.gateway.send_again("MESSAGE_CREATE") >= 30
    scene.say(StepKind.TIMEOUT)
    await scene.settled()
    assert discord.gateway.send_again("MESSAGE_CREATE") >= 30
    scene.say(StepKind.TIMEOUT)
    await scene.settled()

    assert times_scored(bot, scene) == {1}


@pytest.mark.parametrize(
    "fault", [status(503), status(500), Fault(Kind.RESET), Fault(Kind.GARBLED)], ids=str
)
async def test_a_gateway_that_is_down_at_the_first_connect_is_waited_for(
    discord: FakeDiscord, scene: Scene, bot: BotProcess, fault: Fault
):
    await started(bot, scene, StepKind.DELETE)
    bot.terminate()
    assert await bot.ended() == 0
    discord.gateway.is_up = False
    scene.say(StepKind.DELETE, is_rude=True)
    discord.faults.script("GET /users/@me", fault, times=2)
    discord.faults.script("GET /gateway/bot", fault)
    bot.start()
    await discord.state.until(lambda: discord.gateway.refused >= 3)
    discord.gateway.is_up = True
    await scene.settled()

    assert bot.exit_code is None


@pytest.mark.parametrize(
    ("code", "words"), [(4014, "Message Content"), (4004, "token"), (401, "token")]
)
async def test_what_only_the_owner_can_mend_ends_the_bot_with_a_plain_sentence(
    discord: FakeDiscord, scene: Scene, bot: BotProcess, code: int, words: str
):
    await scene.set_up([StepKind.DELETE])
    if code == 401:
        discord.http.token = "another"
    else:
        discord.gateway.refuses_identify_with = code
    bot.start()
    ended = await bot.ended()

    assert ended not in {0, 1}
    assert words in bot.printed.splitlines()[-1]
    assert "Traceback" not in bot.printed
    assert discord.gateway.identifies == (code != 401)
    assert discord.http.count(401) == (code == 401)


def break_off(discord: FakeDiscord, how: str | int) -> None:
    """Break the connection in a way that has a name or a close code."""
    match how:
        case "cut":
            discord.gateway.cut()
        case "op 7":
            discord.gateway.ask_to_reconnect()
        case "op 9 resumable":
            discord.gateway.invalidate(is_resumable=True)
        case "op 9":
            discord.gateway.invalidate(is_resumable=False)
        case _:
            discord.gateway.close(int(how))
