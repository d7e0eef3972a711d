"""What is done without the bot: moderators' steps in Discord itself, and Discord's own AutoMod.

Taken from the audit log and AutoMod's events into the case log, so that a member's record is whole.
Records only; nothing is done to anybody. Needs the intents `moderation` and
`auto_moderation_execution`, and on the server View Audit Log (and Manage Server for AutoMod).
"""

import hashlib
from datetime import UTC, datetime

import discord
from discord import AuditLogAction, AutoModRuleActionType
from discord.ext import commands

from bot.client import EvenhandBot
from bot.domain.comment import Author
from bot.domain.effect import EffectKind
from bot.domain.ids import GuildId, MemberId
from bot.intake.message import author_of
from bot.intake.watch import place_of
from config.policy import StepKind

_STEPS = {AuditLogAction.kick: StepKind.KICK, AuditLogAction.ban: StepKind.BAN}
_AUTOMOD_ACTS = frozenset({AutoModRuleActionType.block_message, AutoModRuleActionType.timeout})
"""AutoMod's actions that touch somebody; an alert alone does nothing to the comment."""


class Outside(commands.Cog):
    """Keeps the case log complete when people act in Discord itself."""

    def __init__(self, bot: EvenhandBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_audit_log_entry_create(self, entry: discord.AuditLogEntry) -> None:
        """Record a kick, ban, timeout or its lifting that a person made; ours are known by id."""
        own = None if self._bot.user is None else self._bot.user.id
        if entry.user_id in {None, own} or (entry.user is not None and entry.user.bot):
            return
        step = _STEPS.get(entry.action)
        if step is not None:
            await self._record(entry, step, None)
        elif entry.action is AuditLogAction.unban:
            await self._note_reversal(entry, EffectKind.UNBAN)
        elif entry.action is AuditLogAction.member_update and _is_about_timeout(entry):
            until = entry.after.timed_out_until
            if until is not None and until > entry.created_at:
                await self._record(entry, StepKind.TIMEOUT, until)
            else:
                await self._note_reversal(entry, EffectKind.LIFT_TIMEOUT)

    @commands.Cog.listener()
    async def on_automod_action(self, execution: discord.AutoModAction) -> None:
        """Record that AutoMod blocked a comment or timed its author out, once per comment."""
        if execution.action.type not in _AUTOMOD_ACTS:
            return
        at = self._bot.clock()
        channel = execution.channel
        await self._bot.desk.by_hand.record_automod(
            GuildId(str(execution.guild_id)),
            await self._author(execution.member, execution.user_id),
            None if channel is None else place_of(channel),
            execution.content.strip() or None,
            rule=await self._rule_name(execution),
            event=_automod_event(execution, at),
            at=at,
        )

    async def _record(
        self, entry: discord.AuditLogEntry, step: StepKind, until: datetime | None
    ) -> None:
        target = _target_of(entry)
        await self._bot.desk.by_hand.record_outside(
            GuildId(str(entry.guild.id)),
            await self._author(entry.target, target),
            MemberId(str(entry.user_id)),
            step,
            until=until,
            reason=entry.reason or "",
            event=f"audit:{entry.id}",
            at=entry.created_at,
        )

    async def _note_reversal(self, entry: discord.AuditLogEntry, kind: EffectKind) -> None:
        await self._bot.desk.by_hand.note_reversal(
            GuildId(str(entry.guild.id)),
            MemberId(str(_target_of(entry))),
            MemberId(str(entry.user_id)),
            kind,
            entry.created_at,
        )

    async def _author(self, known: object, member: int) -> Author:
        """Name a member; who is gone and unknown is asked for, because cases are read by people."""
        if isinstance(known, discord.Member | discord.User):
            return author_of(known)
        try:
            return author_of(self._bot.get_user(member) or await self._bot.fetch_user(member))
        except discord.HTTPException:  # the record matters more than the name
            return Author(MemberId(str(member)), str(member))

    async def _rule_name(self, execution: discord.AutoModAction) -> str:
        try:
            rule = await execution.fetch_rule()
        except discord.HTTPException:  # deleted since, or Manage Server is missing
            return f"rule {execution.rule_id}"
        return rule.name


def _is_about_timeout(entry: discord.AuditLogEntry) -> bool:
    return hasattr(entry.after, "timed_out_until")


def _target_of(entry: discord.AuditLogEntry) -> int:
    """Name whom a step was taken against; kicks, bans and timeouts always have somebody."""
    target = entry.target
    if not isinstance(target, discord.Member | discord.User | discord.Object):
        raise TypeError(f"audit log entry {entry.id} ({entry.action.name}) has no member as target")
    return target.id


def _automod_event(execution: discord.AutoModAction, at: datetime) -> str:
    """Name one comment that AutoMod stopped.

    Blocking it and timing its author out are two events without a common id (the comment was never
    posted and has none), so the rule, the author, the words and the hour stand for it.
    """
    words = hashlib.sha256(execution.content.encode()).hexdigest()[:16]
    hour = at.astimezone(UTC).strftime("%Y%m%d%H")
    return f"automod:{execution.rule_id}:{execution.user_id}:{words}:{hour}"


async def setup(bot: EvenhandBot) -> None:
    """Load the cog."""
    await bot.add_cog(Outside(bot))
