"""The stage of the stories stands: a comment in a watched forum is judged, elsewhere it is not."""

from bot.domain.case import CaseState
from tests.behaviour.world import TIMED_OUT, World


async def test_a_threat_in_a_watched_forum_is_acted_on(world: World) -> None:
    await world.set_up()

    thread, threat = await world.quarrel(TIMED_OUT)

    [case] = await world.cases()
    assert case.state is CaseState.APPLIED
    assert threat.id not in {message.id for message in thread.history()}
    assert world.is_timed_out(world.rat)


async def test_words_outside_watched_forums_are_nobodys_business(world: World) -> None:
    await world.set_up()

    await world.rat.send(world.lounge, TIMED_OUT)

    assert await world.cases() == []


async def test_the_commands_are_made_known_once_and_again_only_when_they_have_changed(
    world: World,
) -> None:
    def told() -> int:
        return len(world.requests("PUT", "/commands"))

    assert told() == 1

    await world.restart()
    assert told() == 1

    [policy] = [c for c in world.env.backend.commands[None].values() if c["name"] == "policy"]
    policy["description"] = "What an earlier version said."
    await world.restart()
    assert told() == 2


async def test_the_bot_asks_for_one_privileged_intent_alone(world: World) -> None:
    intents = world.bot.intents

    assert intents.message_content
    assert not intents.members
    assert not intents.presences


async def test_nobody_is_pinged_by_anything_the_bot_writes(world: World) -> None:
    await world.set_up()
    await world.quarrel(f"@everyone {world.mona.mention} {TIMED_OUT}")

    sent = [r.json for r in world.requests("POST", "/messages")]
    assert len(sent) == 2  # the notice and the mod-log's post
    assert all(body["allowed_mentions"]["parse"] == [] for body in sent)
