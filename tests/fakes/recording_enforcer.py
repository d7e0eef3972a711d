"""An enforcer that keeps a small server in its head, for tests of the use-cases.

It does what the planned effects say, in their order, settles them as Discord would allow, and keeps
who is timed out, banned, told what. Not a fake of Discord: nothing can go wrong but what `refusal`
says.
"""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.action import Applied, Failed, Outcome
from bot.domain.case import Case
from bot.domain.effect import Effect, EffectKind, EffectState
from bot.domain.ids import CommentId, MemberId
from bot.moderation.ports import Ledger

FIRST = frozenset(
    {EffectKind.DELETE, EffectKind.NOTICE, EffectKind.TIMEOUT, EffectKind.KICK, EffectKind.BAN}
)
"""What belongs to the action itself; everything else follows once the case is settled."""


@dataclass
class RecordingEnforcer:
    """Fits the port `Enforcer`."""

    ledger: Ledger
    refusal: str | None = None
    timeouts: dict[MemberId, datetime] = field(default_factory=dict[MemberId, datetime])
    banned: set[MemberId] = field(default_factory=set[MemberId])
    deleted: list[CommentId] = field(default_factory=list[CommentId])
    told: list[tuple[MemberId, EffectKind, str | None]] = field(
        default_factory=list[tuple[MemberId, EffectKind, str | None]]
    )
    logged: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])
    done: list[tuple[int, EffectKind]] = field(default_factory=list[tuple[int, EffectKind]])

    async def enforce(self, case: Case) -> Outcome:
        for effect in await self._planned(case):
            if effect.kind not in FIRST:
                continue
            if self.refusal is not None:
                await self.ledger.settle(effect, EffectState.FAILED, error=self.refusal)
            else:
                await self._do(case, effect)
        return Applied() if self.refusal is None else Failed(self.refusal)

    async def follow_up(self, case: Case) -> None:
        for effect in await self._planned(case):
            await self._do(case, effect)

    async def _planned(self, case: Case) -> list[Effect]:
        effects = await self.ledger.effects(case.guild, case.number)
        return [effect for effect in effects if effect.state is EffectState.PLANNED]

    async def _do(self, case: Case, effect: Effect) -> None:
        sent = await self.ledger.mark_sent(effect)
        member = case.draft.member.id
        match effect.kind:
            case EffectKind.DELETE:
                self.deleted.append(case.draft.key.comment)
            case EffectKind.TIMEOUT:
                assert effect.until is not None
                self.timeouts[member] = effect.until
            case EffectKind.LIFT_TIMEOUT if effect.until is not None:
                self.timeouts[member] = effect.until
            case EffectKind.LIFT_TIMEOUT:
                self.timeouts.pop(member, None)
            case EffectKind.BAN:
                self.banned.add(member)
            case EffectKind.UNBAN:
                self.banned.discard(member)
            case EffectKind.LOG:
                self.logged.append((case.number, effect.text))
            case EffectKind.KICK:
                pass
            case EffectKind.NOTICE | EffectKind.RETURN_TEXT | EffectKind.APPEAL_NEWS:
                self.told.append((member, effect.kind, effect.text))
        self.done.append((case.number, effect.kind))
        await self.ledger.settle(sent, EffectState.DONE)
