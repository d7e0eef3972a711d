"""Each moderators' command, menu and button x each kind of person: who may, may; nobody else does.

Discord's own hiding is switched off here, as a server's admins can do in its settings, so what
holds is the bot's own check.
"""

from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord import InteractionResult, MemberActor

from bot.domain.case import CaseState
from bot.moderation.ports import CaseFilter
from tests.behaviour.office import join, log_of
from tests.behaviour.world import FLAGGED, TIMED_OUT, World, said

REFUSALS = (
    "Only moderators can do this here",
    "you need Discord's permission",
    "You have none of Discord's permissions",
)
MINE = ("case", "queue", "member", "warn", "timeout", "kick", "ban", "remove")

STAFF = {"owner", "administrator", "manager", "moderator", "helper", "timekeeper"}
WITH_MESSAGES = {"owner", "administrator", "moderator", "helper"}
WITH_TIMEOUTS = {"owner", "administrator", "moderator", "timekeeper"}
WITH_ALL = {"owner", "administrator", "moderator"}

PEOPLE: dict[str, Callable[["Scene"], MemberActor]] = {
    "owner": lambda s: MemberActor(s.world.env, s.world.guild, s.world.guild.owner),
    "administrator": lambda s: join(s.world, "administrator", administrator=True),
    "manager": lambda s: join(s.world, "manager", manage_guild=True),
    "moderator": lambda s: s.world.mona,
    "helper": lambda s: join(s.world, "helper", manage_messages=True),
    "timekeeper": lambda s: join(s.world, "timekeeper", moderate_members=True),
    "keeper of one channel": lambda s: s.keeper,
    "moderator in name": lambda s: join(s.world, "Moderators"),
    "member": lambda s: s.world.salt,
}

# Command: who may, and what is typed. Each step has somebody of its own to be about.
COMMANDS: dict[str, tuple[set[str], Callable[["Scene"], dict[str, Any]]]] = {
    "case show": (STAFF, lambda s: {"number": 1}),
    "case list": (STAFF, lambda s: {}),
    "case search": (STAFF, lambda s: {"words": "harbour"}),
    "case note": (STAFF, lambda s: {"number": 1, "text": "Noted."}),
    "case export": (STAFF, lambda s: {}),
    "case undo": (STAFF, lambda s: {"number": 1, "reason": "A mistake."}),
    "member show": (STAFF, lambda s: {"member": s.world.rat}),
    "queue show": (STAFF, lambda s: {}),
    "queue claim": (STAFF, lambda s: {"number": 2}),
    "queue approve": (STAFF, lambda s: {"number": 2}),
    "queue act": (WITH_ALL, lambda s: {"number": 3, "step": "ban", "reason": "Enough."}),
    "queue escalate": (STAFF, lambda s: {"number": 4, "note": "Hard."}),
    "queue next": (STAFF, lambda s: {}),
    "warn": (WITH_MESSAGES, lambda s: {"member": s.visitor(), "reason": "Stop it."}),
    "remove": (WITH_MESSAGES, lambda s: {"comment": s.spam.jump_url, "reason": "Spam."}),
    "timeout": (
        WITH_TIMEOUTS,
        lambda s: {"member": s.visitor(), "length": "1h", "reason": "Stop it."},
    ),
    "kick": (WITH_ALL, lambda s: {"member": s.visitor(), "reason": "Stop it."}),
    "ban": (WITH_ALL, lambda s: {"member": s.visitor(), "reason": "Stop it."}),
}

BUTTONS = {
    # Under case 1 in the mod-log, which was carried out, and case 2, which waits.
    (1, "Uphold"): STAFF,
    (1, "Undo"): STAFF,
    (1, "Change"): STAFF - {"manager"},  # who may order no step at all
    (1, "Note"): STAFF,
    (1, "More context"): STAFF,
    (2, "Nothing wrong"): STAFF,
    (2, "Act"): STAFF - {"manager"},
}


class Scene:
    """A server with one case carried out, three that wait, and Discord's hiding switched off."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._visitors = 0

    async def prepare(self) -> None:
        world = self.world
        await world.set_up()
        await world.quarrel(TIMED_OUT)
        for _ in range(3):
            thread = await world.post(world.salt)
            await self.visitor().send(thread, FLAGGED, reply_to=thread.history()[0])
        role = world.guild.create_role("keeper")
        self.keeper = world.guild.add_member(world.env.create_user("keeper"), roles=[role])
        rights = {role: discord.PermissionOverwrite(manage_messages=True)}
        self.corner = world.guild.create_text_channel("corner", overwrites=rights)
        self.spam = await self.visitor().send(self.corner, "Buy my boat!")
        for registered in world.env.backend.commands.values():
            for command in registered.values():
                everybody = {world.guild.default_role: True}
                world.guild.set_command_permissions(int(command["id"]), everybody)

    def visitor(self) -> MemberActor:
        self._visitors += 1
        name = f"visitor-{self._visitors}"
        return self.world.guild.add_member(self.world.env.create_user(name))

    async def record(self) -> list[object]:
        """Give all that a moderator can change, to see that nothing did."""
        world = self.world
        cases = await world.stores.cases.list_cases(world.id, CaseFilter(limit=200))
        lines = [await world.timeline(case.number) for case in cases]
        return [cases, lines, await world.stores.claims.held(world.id, world.now)]


@pytest.fixture
async def scene(world: World) -> Scene:
    scene = Scene(world)
    await scene.prepare()
    return scene


def is_refused(result: InteractionResult) -> bool:
    return any(sentence in said(result) for sentence in REFUSALS)


async def test_every_moderators_command_is_in_the_table(world: World) -> None:
    everything = world.bot.tree.walk_commands(type=discord.AppCommandType.chat_input)
    names = {c.qualified_name for c in everything if isinstance(c, app_commands.Command)}
    assert {name for name in names if name.split()[0] in MINE} == set(COMMANDS)


@pytest.mark.parametrize("kind", PEOPLE)
async def test_commands_obey_whom_they_should_and_nobody_else(scene: Scene, kind: str) -> None:
    asking = PEOPLE[kind](scene)
    wrongly_allowed, wrongly_refused = [], []
    for command, (allowed, typed) in COMMANDS.items():
        options = typed(scene)
        before = await scene.record()

        result = await asking.slash(scene.corner, command, **options)

        assert result.ephemeral, command
        if is_refused(result):
            assert await scene.record() == before, command
            wrongly_refused += [command] if kind in allowed else []
        else:
            wrongly_allowed += [command] if kind not in allowed else []
    assert (wrongly_allowed, wrongly_refused) == ([], [])


@pytest.mark.parametrize("kind", PEOPLE)
async def test_buttons_obey_whom_they_should_and_nobody_else(scene: Scene, kind: str) -> None:
    asking = PEOPLE[kind](scene)
    wrong = []
    for (number, label), allowed in BUTTONS.items():
        before = await scene.record()

        result = await asking.click(log_of(scene.world, number), label=label)

        assert await scene.record() == before, label  # a press alone decides nothing
        assert result.modal is not None or result.ephemeral, label
        wrong += [label] if is_refused(result) == (kind in allowed) else []
    assert wrong == []


@pytest.mark.parametrize("kind", PEOPLE)
async def test_the_menu_judges_for_moderators_alone(scene: Scene, kind: str) -> None:
    asking = PEOPLE[kind](scene)

    result = await asking.context_menu(scene.corner, "Judge this comment", scene.spam)

    assert is_refused(result) == (kind not in STAFF)
    assert result.ephemeral


@pytest.mark.parametrize("kind", PEOPLE)
async def test_case_numbers_are_offered_to_moderators_alone(scene: Scene, kind: str) -> None:
    asking = PEOPLE[kind](scene)

    offered = await asking.autocomplete(scene.corner, "case show", "number", "")

    assert len(offered) == (4 if kind in STAFF else 0)


async def test_who_is_no_moderator_any_more_decides_nothing_from_an_old_card(scene: Scene) -> None:
    world = scene.world
    card = await world.mona.slash(world.lounge, "queue next")
    [role] = world.env.backend.get_member(world.guild.id, world.mona.id).role_ids

    world.env.backend.remove_member_role(world.guild.id, world.mona.id, role)
    refused = await world.mona.click(card.response, label="Nothing wrong")

    assert "Only moderators can do this here" in said(refused)
    assert (await world.case(2)).state is CaseState.REVIEW


async def test_nobody_acts_on_those_above_themselves(scene: Scene) -> None:
    world = scene.world
    role = world.guild.create_role("old hand", position=40)  # the bot's stands at 50
    above = world.guild.add_member(world.env.create_user("old hand"), roles=[role])

    refused = await world.mona.slash(world.lounge, "kick", member=above, reason="Rivalry.")

    assert "highest role is not below yours" in said(refused)
    assert above.id in world.guild.member_ids()
    refused = await world.mona.slash(world.lounge, "warn", member=world.mona, reason="Shame.")
    assert "You cannot do this to yourself" in said(refused)
    owner = PEOPLE["owner"](scene)
    refused = await world.mona.slash(world.lounge, "ban", member=owner, reason="Mutiny.")
    assert "owner of the server" in said(refused)


async def test_a_colleagues_ban_is_lifted_only_by_who_could_lift_it_in_discord(
    scene: Scene,
) -> None:
    world = scene.world
    banned = scene.visitor()
    await world.mona.slash(world.lounge, "ban", member=banned, reason="Spam.")
    number = max(case.number for case in await world.cases())
    helper = join(world, "helper", manage_messages=True)

    refused = await helper.slash(world.lounge, "case undo", number=number, reason="A friend.")

    assert "you need Discord's permission “Ban Members”" in said(refused)
    assert world.guild.get_ban(banned) is not None
    await world.omar.slash(world.lounge, "case undo", number=number, reason="Not spam.")
    assert world.guild.get_ban(banned) is None
