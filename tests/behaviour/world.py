"""A server on simcord with its people, and the bot on it: what every story begins with.

The bot is the real one, with storage in memory, a scorer that reads words off a script, and
simcord's clock. Made by conftest.py; not a test.
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any

import discord
from simcord import ChannelHandle, Env, InteractionResult, MemberActor
from simcord.results import ResponseMessage

from bot.client import EvenhandBot
from bot.domain.appeal import Appeal
from bot.domain.case import Case, CaseEvent
from bot.domain.ids import GuildId, MemberId
from bot.enforcement.pace import Pace
from bot.moderation.ports import CaseFilter
from bot.policy.policy_file import load_preset
from config.guild import GuildSettings
from config.labels import Label
from config.policy import Mode, Policy
from tests.behaviour.simcord_fixes import open_post
from tests.fakes.memory_storage import MemoryStorage
from tests.fakes.scripted_scorer import ScriptedScorer

# By the preset `balanced` (harassment: insult counts whole where somebody is spoken to; flag 0.60,
# act 0.85, one point at act and two at 1.0; a warning from 1.0 point, removal from 1.75, a timeout
# of an hour from 2.5) and as a reply with "you":
SCRIPT = {
    "numbskull": {Label.INSULT: 0.70},  # flagged
    "nincompoop": {Label.INSULT: 0.86},  # acted on: 1 + 0.01/0.15 = 1.07 points, a warning
    "wretch": {Label.THREAT: 0.90},  # acted on: 2.5 + 1.5 * 0.05/0.15 = 3 points, an hour's timeout
    "vermin": {Label.THREAT: 1.0},  # acted on: 4 points, a day's timeout
}
UNHURRIED = 1_000_000.0
"""Requests a second: simcord has no limits, and its clock stands still while a story's act runs."""

FLAGGED = "You numbskull, read the rules first."
WARNED = "You nincompoop, read the rules first."
TIMED_OUT = "You wretch, I will come for you."
FOR_A_DAY = "You vermin, I will come for you."
CALM = "Has anybody seen the new ferry timetable?"


def a_bot(env_of: "list[Env]", stores: MemoryStorage, scorer: ScriptedScorer) -> EvenhandBot:
    """Make the bot. `env_of` is filled with the environment it will run in, before it starts."""

    def now() -> datetime:
        return env_of[0].now()

    async def wait(awaitable: Awaitable[Any]) -> Any:
        return await env_of[0].external_wait(awaitable, reason="work that arrives from outside")

    return EvenhandBot(
        stores=stores,
        scorer=scorer,
        default_policy=load_preset("balanced"),
        clock=now,
        wait=wait,
        pace=Pace(UNHURRIED),
    )


class World:
    """One server: a watched forum, an unwatched channel, a mod-log, and its people."""

    def __init__(self, env: Env, bot: EvenhandBot, stores: MemoryStorage, scorer: ScriptedScorer):
        self.env, self.bot, self.stores, self.scorer = env, bot, stores, scorer
        self.guild = env.create_guild("Harbour Town")
        self._let_the_bot_stand_high()
        everyone = discord.Permissions
        admin = self.guild.create_role("Admins", permissions=everyone(manage_guild=True))
        moderator = self.guild.create_role(
            "Moderators",
            permissions=everyone(
                manage_messages=True, moderate_members=True, kick_members=True, ban_members=True
            ),
        )
        self.forum = self.guild.create_forum_channel("harbour-talk")
        self.other_forum = self.guild.create_forum_channel("boat-market")
        self.log = self.guild.create_text_channel("mod-log")
        self.lounge = self.guild.create_text_channel("lounge")
        self.ada = self._person("ada", admin)
        self.mona = self._person("mona", moderator)
        self.omar = self._person("omar", moderator)
        self.rat = self._person("harbour-rat")
        self.salt = self._person("old-salt")

    @property
    def id(self) -> GuildId:
        return GuildId(str(self.guild.id))

    @property
    def now(self) -> datetime:
        return self.env.now()

    async def set_up(
        self, *, mode: Mode = Mode.ENFORCE, policy: Policy | None = None, **settings: Any
    ):
        """Do what /setup does: watch the forum, name the mod-log, let the policy enforce."""
        saved = GuildSettings(
            watched=frozenset({str(self.forum.id)}),
            log_channel=str(self.log.id),
            set_up_at=self.now,
            **settings,
        )
        await self.stores.guilds.save_settings(self.id, saved)
        wanted = (policy or load_preset("balanced")).model_copy(update={"mode": mode})
        await self.stores.guilds.save_policy(
            self.id, wanted, by=member_id(self.ada), note="for the story", at=self.now
        )
        await self.bot.desk.policies.refresh(self.id)
        self.bot.intake.catch_up(self.id)
        await self.env.settle(idle=0.001)

    async def restart(self) -> None:
        """End the bot's process and start a fresh one on what is stored."""
        self.bot = a_bot([self.env], self.stores, self.scorer)
        await self.env.restart_bot(self.bot)

    async def post(
        self, member: MemberActor, title: str = "Ferry", text: str = CALM
    ) -> ChannelHandle:
        """Open a forum post."""
        return await open_post(member, self.forum, title, text)

    async def quarrel(self, words: str = TIMED_OUT) -> tuple[ChannelHandle, discord.Message]:
        """Let the rat answer old salt in a fresh post with these words."""
        thread = await self.post(self.salt)
        first = thread.history()[0]
        return thread, await self.rat.send(thread, words, reply_to=first)

    async def cases(self) -> list[Case]:
        """List all cases, oldest first."""
        return (await self.stores.cases.list_cases(self.id, CaseFilter(limit=200)))[::-1]

    async def case(self, number: int = 1) -> Case:
        """Give one case."""
        found = await self.stores.cases.get(self.id, number)
        assert found is not None, f"there is no case {number}"
        return found

    async def timeline(self, number: int = 1) -> list[CaseEvent]:
        """Give a case's timeline, oldest first."""
        return await self.stores.cases.timeline(self.id, number)

    async def appeals(self, number: int = 1) -> list[Appeal]:
        """Give a case's appeals."""
        return await self.stores.appeals.of_case(self.id, number)

    def directs(self, member: MemberActor) -> list[discord.Message]:
        """Give what a member reads in direct messages, oldest first."""
        return member.user.dm_channel.history(viewer=member.user)

    def requests(self, method: str, part: str) -> list[Any]:
        """List the bot's requests of one method whose path has this part."""
        return [r for r in self.env.http_requests if r.method == method and part in r.path]

    def is_timed_out(self, member: MemberActor) -> bool:
        """Say whether a member is in a timeout right now."""
        until = self.env.backend.get_member(self.guild.id, member.id).timed_out_until
        return until is not None and discord.utils.parse_time(until) > self.now

    def close_directs(self, member: MemberActor) -> None:
        """Let a member take no direct messages."""
        channel = member.user.dm_channel
        self.env.inject_error(
            "POST",
            f"/channels/{channel.id}/messages",
            status=403,
            code=50007,
            message="Cannot send messages to this user",
            times=None,
        )

    def _let_the_bot_stand_high(self) -> None:
        """Put the bot's role above the ones to come, as servers do for a moderation bot."""
        roles = self.env.backend.get_guild(self.guild.id).roles.values()
        [own] = [role for role in roles if role.managed]
        own.position = 50

    def _person(self, name: str, *roles: Any) -> MemberActor:
        return self.guild.add_member(self.env.create_user(name), roles=list(roles))


def member_id(member: MemberActor) -> MemberId:
    """Give a member's id as the bot names it."""
    return MemberId(str(member.id))


def said(result: InteractionResult) -> str:
    """Give all words of the bot's answers to one use of a command, button or form."""
    answers = [] if result.response is None else [result.response]
    return "\n".join(words(each) for each in (*answers, *result.followups))


def words(message: ResponseMessage | discord.Message) -> str:
    """Give all words of a message: text, embeds, fields, footers."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join(part for part in parts if part)


def labels(components: Sequence[Any]) -> list[str]:
    """List the labels of all buttons, in reading order."""
    found: list[str] = []
    for part in components:
        raw = part if isinstance(part, dict) else part.to_dict()
        if raw.get("label"):
            found.append(raw["label"])
        found += labels(raw.get("components", []))
    return found
