"""Looks up whether what was sent before a crash or a lost answer has happened. Repeats nothing.

What a repetition cannot make worse (deleting, editing, lifting) is not looked up but done again.
Called by the enforcer for each effect that it finds sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import discord
from discord import AuditLogAction

from bot.domain.case import Case
from bot.domain.effect import Effect, EffectKind
from bot.enforcement.answers import Answer, Done, Gone, Refused, Unclear
from bot.enforcement.deeds import Deeds, earlier_posts, holds_until
from bot.enforcement.mod_log import log_marker
from bot.enforcement.notices import marker
from bot.enforcement.requests import Requests
from bot.enforcement.watch import RestWatch

JUST_SENT = timedelta(minutes=3)
"""So long Discord knows a message by its nonce, and a step that is missing was never taken."""
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Superseded:
    """A human has undone it since: it is left so. `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Whether it happened cannot be found out. `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """It has not happened, and may be done now."""


Finding = Done | Gone | Refused | Superseded | Lost | NotDone


class Reconcile:
    """Compares what was sent with what Discord shows."""

    def __init__(self, *, deeds: Deeds, requests: Requests, watch: RestWatch) -> None:
        self._deeds = deeds
        self._requests = requests
        self._watch = watch

    async def look_up(self, case: Case, effect: Effect, effects: list[Effect]) -> Finding:
        """Say what became of an effect that was sent.

        Raises:
            UnreachableError: Discord does not answer.
        """
        guild = self._deeds.guild_of(case)
        if isinstance(guild, Gone):
            return guild
        member = int(case.draft.member.id)
        match effect.kind:
            case EffectKind.DELETE | EffectKind.LIFT_TIMEOUT | EffectKind.UNBAN:
                found = NotDone()
            case EffectKind.TIMEOUT:
                found = await self._timeout(guild, member, effect)
            case EffectKind.BAN:
                found = await self._ban(guild, member, effect)
            case EffectKind.KICK:
                found = await self._kick(guild, case, effect)
            case EffectKind.LOG:
                found = await self._log(case, effect, effects)
            case EffectKind.NOTICE | EffectKind.RETURN_TEXT | EffectKind.APPEAL_NEWS:
                found = await self._message(member, effect)
        if isinstance(found, Unclear):
            raise found.unreachable()
        return found

    async def _timeout(
        self, guild: discord.Guild, member: int, effect: Effect
    ) -> Finding | Unclear:
        found = await self._requests.find_member(guild, member)
        if not isinstance(found, discord.Member):
            return found
        if effect.until is not None and holds_until(found, effect.until):
            return Done()
        return await self._unless_reversed(guild, member, effect, AuditLogAction.member_update)

    async def _ban(self, guild: discord.Guild, member: int, effect: Effect) -> Finding | Unclear:
        found = await self._requests.find_ban(guild, member)
        if isinstance(found, discord.BanEntry):
            return Done()
        if isinstance(found, Unclear):
            return found
        return await self._unless_reversed(guild, member, effect, AuditLogAction.unban)

    async def _unless_reversed(
        self, guild: discord.Guild, member: int, effect: Effect, action: AuditLogAction
    ) -> Finding | Unclear:
        """Let a step be taken that does not hold, unless a human took it back meanwhile."""
        if not guild.me.guild_permissions.view_audit_log:
            return NotDone() if self._is_fresh(effect) else Lost(_CANNOT_TELL)
        entries = await self._requests.audit(guild, action)
        if not isinstance(entries, list):
            return entries if isinstance(entries, Unclear) else Lost(_CANNOT_TELL)
        for entry in entries:
            if (
                _is_about(entry, member, effect.planned_at)
                and entry.user_id != guild.me.id
                and (action is AuditLogAction.unban or _ends_timeout(entry))
            ):
                return Superseded("A moderator has taken it back in Discord itself.")
        return NotDone()

    async def _kick(self, guild: discord.Guild, case: Case, effect: Effect) -> Finding | Unclear:
        if guild.me.guild_permissions.view_audit_log:
            entries = await self._requests.audit(guild, AuditLogAction.kick)
            if isinstance(entries, Unclear):
                return entries
            if isinstance(entries, list) and any(_is_our_kick(e, case, effect) for e in entries):
                return Done()
        member = await self._requests.find_member(guild, int(case.draft.member.id))
        match member:
            case Gone():
                return Lost("The member is gone; whether the kick did it cannot be seen.")
            case Refused() | Unclear():
                return member
            case discord.Member(joined_at=joined):
                # Out and in again since: they are not kicked a second time.
                came_back = joined is not None and joined > effect.planned_at
                return Done() if came_back else NotDone()

    async def _log(self, case: Case, effect: Effect, effects: list[Effect]) -> Finding | Unclear:
        to = await self._deeds.log_channel(case)
        if to is None or (effect.text is None and earlier_posts(effects, effect)):
            return NotDone()  # an edit, or nowhere to look: asked again, it does no harm
        name = log_marker(case) if effect.text is None else marker(effect)
        return self._posted(await self._requests.find_post(to, name, _since(effect)), effect)

    async def _message(self, member: int, effect: Effect) -> Finding | Unclear:
        direct = await self._requests.open_direct(member)
        if not isinstance(direct, discord.DMChannel):
            return direct
        found = await self._requests.find_post(direct, marker(effect), _since(effect))
        return self._posted(found, effect)

    def _posted(self, found: Answer | None, effect: Effect) -> Finding | Unclear:
        if isinstance(found, Refused | Gone):
            # Not to be seen: as long as Discord knows the nonce, asking again doubles nothing.
            return NotDone() if self._is_fresh(effect) else Lost(found_words(found))
        return NotDone() if found is None else found

    def _is_fresh(self, effect: Effect) -> bool:
        now = self._watch.discord_now()
        return effect.sent_at is not None and now - effect.sent_at < JUST_SENT


def found_words(found: Refused | Gone) -> str:
    """Give the sentence of a refusal."""
    return found.why if isinstance(found, Refused) else found.what


_CANNOT_TELL = (
    "Whether it was done, or taken back by a moderator since, cannot be seen without the audit log."
)


def _since(effect: Effect) -> datetime:
    return effect.planned_at - CLOCKS_DIFFER


def _is_about(entry: discord.AuditLogEntry, member: int, since: datetime) -> bool:
    target = entry.target
    id_ = getattr(target, "id", None)
    return id_ == member and entry.created_at > since - timedelta(seconds=1)


def _is_our_kick(entry: discord.AuditLogEntry, case: Case, effect: Effect) -> bool:
    return (
        _is_about(entry, int(case.draft.member.id), effect.planned_at)
        and entry.user_id == entry.guild.me.id
        and (entry.reason or "").startswith(f"case #{case.number}:")
    )


def _ends_timeout(entry: discord.AuditLogEntry) -> bool:
    after: object = getattr(entry.after, "timed_out_until", ...)
    return after is None
