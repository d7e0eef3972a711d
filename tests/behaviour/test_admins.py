"""What admins do, played: set the bot up, look first, change with a preview, go back."""

from datetime import timedelta

import discord
import pytest
from simcord import InteractionResult, SetupError
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.domain.case import CaseState
from config.policy import Category, Mode, StepKind
from tests.behaviour.world import (
    CALM,
    FLAGGED,
    TIMED_OUT,
    WARNED,
    World,
    labels,
    member_id,
    said,
    words,
)


async def held(world: World):
    """Give the policy that holds."""
    return await world.bot.desk.policies.current(world.id)


async def press(world: World, shown: InteractionResult, label: str) -> InteractionResult:
    """Let the admin press a button under an answer."""
    assert shown.response is not None
    return await world.ada.click(shown.response, label=label)


async def save(world: World, shown: InteractionResult) -> str:
    """Press Save, and once more where it is asked about twice; gives what is said then."""
    await press(world, shown, "Save")
    assert shown.response is not None
    if "Are you sure?" in shown.response.content:
        await press(world, shown, "Yes, act on that many")
    return shown.response.content


async def test_a_new_server_is_set_up_looked_at_and_then_let_act(world: World) -> None:
    shown = await world.ada.slash(world.lounge, "setup")
    assert shown.ephemeral
    assert "What to watch (1 of 4)" in said(shown)
    await world.ada.select(shown.response, [world.forum])
    assert world.forum.mention in said(shown)
    await press(world, shown, "Next")
    await world.ada.select(shown.response, [world.log])
    await press(world, shown, "Next")
    assert "shadow mode" in said(shown)
    await world.ada.select(shown.response, ["balanced"])
    await press(world, shown, "Next")
    assert "Summary" in said(shown)
    assert "Nothing: I can do all my work here." in said(shown)
    await press(world, shown, "Finish")
    assert "nobody is touched" in said(shown)
    assert (await world.stores.guilds.settings(world.id)).set_up_at is not None

    # Shadow: judged and shown, nobody is touched.
    thread, threat = await world.quarrel(TIMED_OUT)
    [case] = await world.cases()
    assert case.state is CaseState.SHADOW
    assert threat.id in {message.id for message in thread.history()}
    assert world.directs(world.rat) == []
    assert "Case #1" in words(world.log.last_message)

    # The preview of letting it act: of 2 comments (the post and the threat) 1 is more than one in
    # twenty, so it is asked about twice.
    shown = await world.ada.slash(world.lounge, "policy mode", mode="enforce")
    assert "Of 2 comments judged in the last 30 days" in said(shown)
    await press(world, shown, "Save")
    assert "1 of 2 comments (50%)" in said(shown)
    assert (await held(world)).policy.mode is Mode.SHADOW
    await press(world, shown, "Yes, act on that many")
    assert (await held(world)).policy.mode is Mode.ENFORCE

    await world.rat.send(thread, TIMED_OUT, reply_to=thread.history()[0])
    assert (await world.cases())[-1].state is CaseState.APPLIED
    assert world.is_timed_out(world.rat)


async def test_setup_says_in_words_which_permission_is_missing_where(world: World) -> None:
    forum = world.env.backend.get_channel(world.forum.id)
    denied = discord.Permissions(manage_messages=True).value
    forum.overwrites.append(
        Overwrite(world.env.backend.bot_user.id, OverwriteType.MEMBER, deny=denied)
    )
    world.env.backend.announce_channel_update(world.forum.id)

    shown = await world.ada.slash(world.lounge, "setup")
    await world.ada.select(shown.response, [world.forum])

    assert "in #harbour-talk the bot lacks Manage Messages" in said(shown)


async def test_setup_cannot_be_finished_with_nothing_to_watch(world: World) -> None:
    shown = await world.ada.slash(world.lounge, "setup")
    for _ in range(3):
        await press(world, shown, "Next")

    refused = await press(world, shown, "Finish")

    assert "Nothing is watched yet" in said(refused)
    assert (await world.stores.guilds.settings(world.id)).set_up_at is None


async def test_a_threshold_is_previewed_saved_and_taken_back(world: World) -> None:
    await world.set_up()
    thread, _ = await world.quarrel(FLAGGED)  # scores 0.70: flagged, act is at 0.85
    for _ in range(30):
        await world.salt.send(thread, CALM)

    shown = await world.ada.slash(
        world.lounge, "policy threshold", category="harassment", which="act", value=0.65
    )

    # 32 comments: the post, the rat's answer and old salt's thirty; one would be acted on, which is
    # 1 in 32, below one in twenty: no second question.
    assert "Of 32 comments judged in the last 30 days, 1 would be decided otherwise." in said(shown)
    assert "Acted on: 1 instead of 0, 1 more." in said(shown)
    assert "> ||You numbskull, read the rules first.||" in said(shown)
    assert shown.response.attachments[0].filename == "preview.png"
    assert labels(shown.response.components) == ["Save", "Cancel"]
    assert (await held(world)).number == 1

    assert "Saved as version 2" in await save(world, shown)
    assert (await held(world)).policy.categories[Category.HARASSMENT].act == 0.65
    await world.rat.send(thread, FLAGGED + " Again.", reply_to=thread.history()[0])
    assert (await world.cases())[-1].action is not None

    shown = await world.ada.slash(world.lounge, "policy rollback", version=1)
    assert "back" not in said(shown)
    await save(world, shown)
    now = await held(world)
    assert now.number == 3
    assert now.note == "back to version 1"
    assert now.policy.categories[Category.HARASSMENT].act == 0.85


async def test_a_cancelled_change_changes_nothing(world: World) -> None:
    await world.set_up()
    shown = await world.ada.slash(world.lounge, "policy preset", name="strict")

    await press(world, shown, "Cancel")

    assert said(shown) == "Nothing was changed."
    assert (await held(world)).number == 1


async def test_a_proposal_lapses_when_somebody_was_quicker(world: World) -> None:
    await world.set_up()
    slow = await world.ada.slash(world.lounge, "policy preset", name="strict")
    quick = await world.ada.slash(world.lounge, "policy mode", mode="shadow")
    await save(world, quick)

    refused = await press(world, slow, "Save")

    assert "Somebody has changed the policy meanwhile" in said(refused)
    assert (await held(world)).policy.name == "balanced"


async def test_buttons_lapse_and_say_so_by_being_grey(world: World) -> None:
    await world.set_up()
    shown = await world.ada.slash(world.lounge, "policy mode", mode="shadow")

    await world.env.advance_time(timedelta(minutes=14, seconds=1).total_seconds())

    with pytest.raises(SetupError, match="disabled"):
        await press(world, shown, "Save")


async def test_bad_toml_gets_a_sentence_that_names_the_line(world: World) -> None:
    await world.set_up()
    toml = b'name = "mine"\n[categories.harassment]\nact = 1.5\n'

    shown = await world.ada.slash(world.lounge, "policy import", file=("mine.toml", toml))

    assert "line 3" in said(shown)
    assert "categories.harassment.act" in said(shown)
    assert (await held(world)).number == 1


async def test_a_policy_pasted_into_the_form_is_previewed_and_saved(world: World) -> None:
    await world.set_up()
    form = await world.ada.slash(world.lounge, "policy import")
    assert form.modal is not None

    shown = await world.ada.submit_modal(
        form, {"toml": 'name = "mine"\nextends = "balanced"\nmax_without_human = "warn"\n'}
    )
    await save(world, shown)

    assert (await held(world)).policy.max_without_human is StepKind.WARN


async def test_what_is_exported_can_be_imported_again(world: World) -> None:
    await world.set_up()
    given = await world.ada.slash(world.lounge, "policy export")
    [file] = given.response.attachments
    text = world.env.backend.cdn.get(file.url)

    shown = await world.ada.slash(world.lounge, "policy import", file=("policy.toml", text))

    assert "nothing would change" in said(shown)


async def test_a_forum_has_its_own_threshold_and_explain_says_so(world: World) -> None:
    await world.set_up()
    shown = await world.ada.slash(
        world.lounge,
        "policy threshold",
        category="harassment",
        which="flag",
        value=0.75,
        forum=world.forum,
    )
    await save(world, shown)

    explained = await world.ada.slash(world.lounge, "policy explain", channel=world.forum)
    elsewhere = await world.ada.slash(world.lounge, "policy explain", channel=world.other_forum)

    assert said(explained).split("\n")[1].startswith("`categories.harassment.flag` **0.75**")
    assert "not 0.60 from preset balanced" in said(explained)
    assert "`categories.harassment.flag` **0.60**" in said(elsewhere)
    own = await world.ada.slash(world.lounge, "policy forum show", forum=world.forum)
    assert "categories.harassment.flag is 0.75" in said(own)

    await world.quarrel(FLAGGED)  # 0.70 is below 0.75 here
    assert await world.cases() == []
    await save(world, await world.ada.slash(world.lounge, "policy forum reset", forum=world.forum))
    await world.quarrel(FLAGGED)
    assert [case.state for case in await world.cases()] == [CaseState.REVIEW]


async def test_members_with_an_exempt_role_are_left_alone(world: World) -> None:
    await world.set_up()
    elders = world.guild.create_role("Elders")
    world.env.backend.get_member(world.guild.id, world.rat.id).role_ids.append(elders.id)
    await save(world, await world.ada.slash(world.lounge, "policy exempt add", role=elders))

    await world.quarrel(WARNED)
    assert world.directs(world.rat) == []

    await save(world, await world.ada.slash(world.lounge, "policy exempt remove", role=elders))
    await world.quarrel(WARNED + " Twice.")
    assert len(world.directs(world.rat)) == 1


async def test_the_ladder_is_changed_and_a_step_taken_out(world: World) -> None:
    await world.set_up()
    await save(
        world,
        await world.ada.slash(
            world.lounge, "policy ladder set", points=2.5, step="timeout", length="2h"
        ),
    )
    await world.quarrel(TIMED_OUT)  # 3 points
    case = await world.case()
    assert case.action.until - case.draft.opened_at == timedelta(hours=2)

    refused = await world.ada.slash(world.lounge, "policy ladder remove", points=7.0)
    assert "no step at 7 points" in said(refused)


async def test_a_ladder_that_would_get_milder_is_refused_in_words(world: World) -> None:
    await world.set_up()

    refused = await world.ada.slash(world.lounge, "policy ladder set", points=9.5, step="warn")

    assert "expected nothing milder than the ban before it" in said(refused)


async def test_a_text_is_tried_and_nothing_is_recorded(world: World) -> None:
    await world.set_up()

    shown = await world.ada.slash(world.lounge, "policy test", text=TIMED_OUT)

    assert "Verdict: act" in said(shown)
    assert "timeout for 1 hour" in said(shown)
    assert "||" in said(shown)
    assert await world.cases() == []


async def test_show_gives_the_policy_in_words_and_history_its_versions(world: World) -> None:
    await world.set_up()
    shown = await world.ada.slash(world.lounge, "policy show")
    [file] = shown.response.attachments
    assert "Policy **balanced**, version 1" in said(shown)
    assert b"a comment" in world.env.backend.cdn.get(file.url).lower()

    history = await world.ada.slash(world.lounge, "policy history")
    assert "for the story" in said(history)
    offered = await world.ada.autocomplete(world.lounge, "policy rollback", "version", "1")
    assert [choice["value"] for choice in offered] == [1]


async def test_a_setting_is_changed_by_name_and_kept_within_its_bounds(world: World) -> None:
    await world.set_up()
    offered = await world.ada.autocomplete(world.lounge, "settings set", "key", "appeal")
    assert {"appeal_days", "appeal_cooldown_hours"} <= {choice["value"] for choice in offered}

    await world.ada.slash(world.lounge, "settings set", key="appeal_days", value="14")
    refused = await world.ada.slash(world.lounge, "settings set", key="appeal_days", value="1000")
    relaxed = await world.ada.slash(world.lounge, "settings set", key="self_review", value="yes")

    assert "should be less than or equal to 365" in said(refused)
    assert "one-person teams" in said(relaxed)
    settings = await world.stores.guilds.settings(world.id)
    assert (settings.appeal_days, settings.self_review) == (14, True)
    assert settings.watched == {str(world.forum.id)}
    shown = await world.ada.slash(world.lounge, "settings show")
    assert "`appeal_days` **14**" in said(shown)


async def test_the_fuse_is_shown_and_reset_by_a_moderator(world: World) -> None:
    await world.set_up(fuse_actions=1)
    thread, _ = await world.quarrel(WARNED)
    second = await world.rat.send(thread, TIMED_OUT, reply_to=thread.history()[0])

    assert (await world.cases())[-1].state is CaseState.REVIEW
    assert second.id in {message.id for message in thread.history()}
    assert any("The fuse has blown" in words(message) for message in world.log.history())
    assert "The fuse blew" in said(await world.mona.slash(world.lounge, "fuse show"))
    await world.env.advance_time(1)
    assert "is reset" in said(await world.mona.slash(world.lounge, "fuse reset"))
    await world.env.advance_time(1)
    await world.rat.send(thread, TIMED_OUT + " Truly.", reply_to=thread.history()[0])
    assert (await world.cases())[-1].state is CaseState.APPLIED


@pytest.mark.parametrize("command", ["setup", "settings show", "policy show", "policy history"])
async def test_members_do_not_see_what_is_for_admins(world: World, command: str) -> None:
    await world.set_up()

    with pytest.raises(SetupError, match="not visible"):
        await world.mona.slash(world.lounge, command)


async def test_the_code_itself_refuses_who_discord_lets_through(world: World) -> None:
    """Servers may show any command to anybody: Discord's setting is a hint, not a lock."""
    await world.set_up()
    everybody = world.guild.default_role
    for name in ("policy", "setup", "settings", "fuse", "appeals"):
        command = world.env.backend.find_command(name, None)
        world.guild.set_command_permissions(int(command["id"]), {everybody: True})

    for command, options in {
        "policy mode": {"mode": "off"},
        "policy export": {},
        "setup": {},
        "settings set": {"key": "appeal_days", "value": "1"},
        "fuse reset": {},
        "appeals list": {},
    }.items():
        refused = await world.rat.slash(world.lounge, command, **options)
        assert "Only" in said(refused), command
    assert (await held(world)).number == 1
    assert member_id(world.ada) == (await held(world)).by


async def test_no_command_that_discord_hides_lets_a_member_through(world: World) -> None:
    """Every moderators' and admins' command there is, shown to everybody by the server itself."""
    await world.set_up()
    await world.quarrel(WARNED)
    everybody = world.guild.default_role
    before = len(world.env.http_requests)
    hidden = [
        command
        for command in world.env.backend.commands[None].values()
        if command["default_member_permissions"] is not None and command["type"] == 1
    ]
    for command in hidden:
        world.guild.set_command_permissions(int(command["id"]), {everybody: True})
    values = {3: "1", 4: 1, 5: True, 6: world.salt, 7: world.forum, 8: everybody, 10: 1.0}

    tried = 0
    for path, options in ((p, o) for c in hidden for p, o in leaves(c)):
        given = {
            each["name"]: each["choices"][0]["value"]
            if each.get("choices")
            else values[each["type"]]
            if each.get("min_length", 0) <= 1
            else "word"
            for each in options
            if each.get("required")
        }
        refused = await world.rat.slash(world.lounge, path, **given)
        assert said(refused).startswith("Only "), path
        tried += 1

    assert tried >= 40
    sent = [r for r in world.env.http_requests[before:] if "/interactions/" not in r.path]
    assert sent == []


def leaves(command: dict, above: str = "") -> list[tuple[str, list[dict]]]:
    """List a command's uses as (path, options)."""
    path = f"{above} {command['name']}".strip()
    options = command.get("options") or []
    if any(each["type"] in {1, 2} for each in options):
        return [leaf for each in options for leaf in leaves(each, path)]
    return [(path, options)]


async def test_what_fails_on_our_side_is_said_in_a_sentence(world: World) -> None:
    await world.set_up()
    world.scorer.failure = "the model's process has stopped"

    refused = await world.ada.slash(world.lounge, "policy test", text=TIMED_OUT)

    assert said(refused) == "The model cannot judge just now: the model's process has stopped"
