"""The deeds: what each kind of effect asks of Discord, and what is checked before it is asked.

`prepare` looks first and asks for nothing but facts; what it returns is then done, once, after the
enforcer has recorded that. No record is kept here, and nothing is looked up after a crash
(`bot.enforcement.reconcile`). Called by the enforcer.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

import discord

from bot.domain.appeal import AppealState
from bot.domain.case import Case
from bot.domain.effect import Effect, EffectKind, EffectState
from bot.enforcement.answers import UNKNOWN_MEMBER, Answer, Done, Gone, Refused, Unclear
from bot.enforcement.breakers import Breakers
from bot.enforcement.mod_log import Known, log_post
from bot.enforcement.notices import Around, Told, appeal_news, return_of_text, statement
from bot.enforcement.pace import Rank
from bot.enforcement.permissions import (
    beyond_reach,
    lacking,
    main_permission,
    untouchable,
)
from bot.enforcement.requests import Post, Requests
from bot.enforcement.shown_text import clip
from bot.enforcement.watch import RestWatch
from bot.moderation.ports import Appeals, CaseLog, Guilds, Ledger
from config.policy import StepKind

LONGEST_TIMEOUT = timedelta(days=28) - timedelta(minutes=1)
"""Discord refuses what ends more than 28 days ahead; a minute is left for clocks and the way."""
SAME_MOMENT = timedelta(minutes=2)
"""Two ends of a timeout this near are one: Discord rounds, and the longest are shortened."""
LONGEST_REASON = 512
"""Characters of a reason in the audit log, counted after URL encoding."""

Deed = Callable[[], Awaitable[Answer]]

NOT_ASKED = Refused("Discord has refused this several times here; it is not asked again.")


class Deeds:
    """Prepares and does what effects ask for."""

    def __init__(
        self,
        client: discord.Client,
        *,
        requests: Requests,
        breakers: Breakers,
        watch: RestWatch,
        cases: CaseLog,
        ledger: Ledger,
        guilds: Guilds,
        appeals: Appeals,
    ) -> None:
        self._client = client
        self._requests = requests
        self._breakers = breakers
        self._watch = watch
        self._cases = cases
        self._ledger = ledger
        self._guilds = guilds
        self._appeals = appeals

    async def prepare(self, case: Case, effect: Effect) -> Deed | Answer:
        """Check that an effect may and can be done; gives the deed, or why it is settled already.

        `Done` where it is so already, `Refused` or `Gone` where it cannot be.

        Raises:
            UnreachableError: Discord does not answer.
        """
        guild = self.guild_of(case)
        if isinstance(guild, Gone):
            return guild
        permission = main_permission(effect.kind)
        if permission is not None and self._breakers.is_open(case.guild, permission):
            return NOT_ASKED
        prepared = await self._prepare(guild, case, effect)
        if isinstance(prepared, Unclear):
            raise prepared.unreachable()
        return prepared

    def guild_of(self, case: Case) -> discord.Guild | Gone:
        """Find a case's server.

        Raises:
            UnreachableError: it cannot be known now whether the bot is there.
        """
        guild = self._client.get_guild(int(case.guild))
        if guild is None and self._client.is_ready():
            return Gone("The bot is no longer on this server.")
        if guild is None or guild.unavailable:
            raise Unclear("the server is not available").unreachable()
        return guild

    async def log_channel(self, case: Case) -> discord.PartialMessageable | None:
        """Find the channel in which moderators see cases; None where none is set."""
        channel = (await self._guilds.settings(case.guild)).log_channel
        if channel is None:
            return None
        return self._client.get_partial_messageable(int(channel), guild_id=int(case.guild))

    async def _prepare(self, guild: discord.Guild, case: Case, effect: Effect) -> Deed | Answer:
        match effect.kind:
            case EffectKind.DELETE:
                return self._deletion(guild, case)
            case EffectKind.TIMEOUT | EffectKind.KICK | EffectKind.BAN:
                return await self._sanction(guild, case, effect)
            case EffectKind.LIFT_TIMEOUT:
                return await self._lift_timeout(guild, case, effect)
            case EffectKind.UNBAN:
                refusal = lacking(effect.kind, guild, None)
                member = int(case.draft.member.id)
                return refusal or partial(
                    self._requests.unban, guild, member, audit_reason(case, "the ban is lifted")
                )
            case EffectKind.LOG:
                return await self._log(guild, case, effect)
            case EffectKind.NOTICE | EffectKind.RETURN_TEXT | EffectKind.APPEAL_NEWS:
                return await self._message(guild, case, effect)

    def _deletion(self, guild: discord.Guild, case: Case) -> Deed | Answer:
        member, place = case.draft.member, case.draft.place
        if is_automatic(case) and (member.is_bot or member.immune is not None):
            why = "is a bot" if member.is_bot else member.immune
            return Refused(f"The author {why}: nothing is done automatically.")
        if place is None:
            return Refused("No comment is behind this case.")
        channel = guild.get_channel_or_thread(int(place.thread)) or (
            None if place.forum is None else guild.get_channel(int(place.forum))
        )
        refusal = lacking(EffectKind.DELETE, guild, channel)
        reason = audit_reason(case, case.draft.reason)
        return refusal or partial(
            self._requests.delete, int(place.thread), int(case.draft.key.comment), reason
        )

    async def _sanction(self, guild: discord.Guild, case: Case, effect: Effect) -> Deed | Answer:
        refusal = lacking(effect.kind, guild, None)
        if refusal is not None:
            return refusal
        id_ = int(case.draft.member.id)
        reason = audit_reason(case, case.draft.reason)
        member = await self._requests.find_member(guild, id_)
        if isinstance(member, Gone | Refused | Unclear):
            # Who has left can be banned still, and should be; anything else needs a member.
            is_gone = isinstance(member, Gone) and member.code == UNKNOWN_MEMBER
            if not (is_gone and effect.kind is EffectKind.BAN):
                return member
        elif (refusal := untouchable(member)) is not None:
            return refusal
        elif effect.kind is EffectKind.TIMEOUT:
            return self._timeout(member, effect.until, reason)
        if effect.kind is EffectKind.KICK:
            return partial(self._requests.kick, guild, id_, reason)
        hours = 0 if case.action is None else case.action.purge_hours
        return partial(self._requests.ban, guild, id_, reason, purge_hours=hours)

    def _timeout(
        self, member: discord.Member, until: datetime | None, reason: str
    ) -> Deed | Answer:
        now = self._watch.discord_now()
        if until is None or until <= now:
            return Refused("The timeout was over before it could be set.")
        if holds_until(member, until):
            return Done(was_so=True)
        until = min(until, now + LONGEST_TIMEOUT)
        return partial(self._requests.set_timeout, member, until, reason)

    async def _lift_timeout(
        self, guild: discord.Guild, case: Case, effect: Effect
    ) -> Deed | Answer:
        """Lift a timeout that is the case's own, or shorten it to what another case asks for."""
        refusal = lacking(effect.kind, guild, None)
        if refusal is not None:
            return refusal
        member = await self._requests.find_member(guild, int(case.draft.member.id))
        if not isinstance(member, discord.Member):
            return member
        held, now = member.timed_out_until, self._watch.discord_now()
        if held is None or held <= now:
            return Done(was_so=True)
        own = None if case.action is None else case.action.until
        if effect.until is not None and abs(held - effect.until) <= SAME_MOMENT:
            return Done(was_so=True)
        if own is not None and abs(held - own) > SAME_MOMENT:
            return Done(was_so=True)  # another timeout stands, which is not this case's to lift
        reason = audit_reason(case, "the timeout is lifted")
        return beyond_reach(member) or partial(
            self._requests.set_timeout, member, effect.until, reason
        )

    async def _log(self, guild: discord.Guild, case: Case, effect: Effect) -> Deed | Answer:
        to = await self.log_channel(case)
        if to is None:
            return Refused("No mod-log channel is set.")
        channel = guild.get_channel_or_thread(to.id)
        refusal = lacking(EffectKind.LOG, guild, channel)
        if refusal is not None:
            return refusal
        effects = await self._ledger.effects(case.guild, case.number)
        known = Known(
            effects,
            await self._cases.timeline(case.guild, case.number),
            await self._appeals.of_case(case.guild, case.number),
        )
        news = None if effect.text is None else log_post(case, effect, known)
        shown = log_post(case, replace(effect, text=None), known)
        return partial(self._show, to, earlier_posts(effects, effect), shown, effect, news=news)

    async def _show(
        self,
        to: discord.PartialMessageable,
        earlier: Sequence[int],
        shown: Post,
        effect: Effect,
        *,
        news: Post | None,
    ) -> Answer:
        """Edit the case's posts in place; news, or a case without a post, are posted anew."""
        newest: Answer = Gone("Nothing is posted yet.")
        if news is not None:
            newest = await self._requests.post(to, news, effect.id, Rank.LOG)
            if not isinstance(newest, Done):
                return newest
        for message in reversed(earlier):
            answer = await self._requests.edit(to.id, message, shown)
            if isinstance(answer, Refused | Unclear):
                return answer
            newest = answer if isinstance(newest, Gone) else newest
        if isinstance(newest, Gone):
            return await self._requests.post(to, shown, effect.id, Rank.LOG)
        return newest

    async def _message(self, guild: discord.Guild, case: Case, effect: Effect) -> Deed | Answer:
        settings = await self._guilds.settings(case.guild)
        around = Around(guild.name, settings, self._watch.discord_now())
        match effect.kind:
            case EffectKind.RETURN_TEXT:
                post = return_of_text(case, effect, around)
            case EffectKind.APPEAL_NEWS:
                appeals = await self._appeals.of_case(case.guild, case.number)
                asked = appeals and appeals[-1].state is AppealState.OPEN
                asks = bool(asked and appeals[-1].awaits_member)
                post = appeal_news(case, effect, around, is_question=asks)
            case _:
                told = _told(case, await self._ledger.effects(case.guild, case.number))
                if told is None:
                    return Refused("Not sent, because nothing was done.")
                post = statement(case, effect, told, around)
        return partial(self._tell, int(case.draft.member.id), post, effect)

    async def _tell(self, member: int, post: Post, effect: Effect) -> Answer:
        direct = await self._requests.open_direct(member)
        if not isinstance(direct, discord.DMChannel):
            return direct
        return await self._requests.post(direct, post, effect.id, Rank.NOTICE)


def is_automatic(case: Case) -> bool:
    """Say whether no human asked for what is done."""
    return case.draft.moderator is None and case.decided_by is None


def holds_until(member: discord.Member, until: datetime) -> bool:
    """Say whether a member is in a timeout at least that long: a longer one is left alone."""
    held = member.timed_out_until
    return held is not None and held >= until - SAME_MOMENT


def earlier_posts(effects: Sequence[Effect], effect: Effect) -> list[int]:
    """List the posts in the mod-log that show the case already, oldest first."""
    posts = [
        int(earlier.message)
        for earlier in effects
        if earlier.kind is EffectKind.LOG
        and earlier.state is EffectState.DONE
        and earlier.message is not None
        and earlier.position < effect.position
    ]
    return list(dict.fromkeys(posts))


def audit_reason(case: Case, why: str) -> str:
    """Write what the audit log shows: `case #N` is the evidence of what the bot did."""
    words = " ".join("".join(c for c in why if c.isprintable()).split())
    reason = f"case #{case.number}: {words}"
    length = len(reason)
    while len(quote(reason, safe="/ ")) > LONGEST_REASON:
        length -= 8
        reason = clip(reason, length)
    return reason


def _told(case: Case, effects: Sequence[Effect]) -> Told | None:
    """Work out what a notice may say was done; None where nothing was."""
    if case.action is None:
        return None
    newest = {effect.kind: effect for effect in effects}
    deletion = newest.get(EffectKind.DELETE)
    removed = deletion is not None and deletion.state is EffectState.DONE
    step: StepKind | None = case.action.kind
    if step is StepKind.DELETE:
        step = step if removed else None
    elif step is not StepKind.WARN:
        sanction = newest.get(SANCTIONS[step])
        refused = sanction is None or sanction.state in {
            EffectState.FAILED,
            EffectState.SUPERSEDED,
        }
        step = None if refused else step
    return Told(removed, step) if removed or step is not None else None


SANCTIONS = {
    StepKind.TIMEOUT: EffectKind.TIMEOUT,
    StepKind.KICK: EffectKind.KICK,
    StepKind.BAN: EffectKind.BAN,
}
"""The effect that is a step's own; a warning has none but being told."""
