"""Standing: what is on a member's record right now, and what comes next. Changes nothing.

Called by `cogs.member` for moderators and by `cogs.record` for members themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.appeal import Appeal
from bot.domain.case import Case, EventKind
from bot.domain.ids import GuildId, MemberId
from bot.moderation.checks import WHOLE_RECORD
from bot.moderation.policies import PolicyDesk
from bot.moderation.ports import Appeals, CaseFilter, CaseLog
from bot.policy.outlook import fades_below, next_step
from bot.policy.strikes import points_at
from bot.policy.wording import reason_for_member
from config.policy import Mode

FADED = 0.5
"""Points below which a record no longer matters for what comes next."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's record. `points` are those that count now.

    `fades_at` is when they fall below half a point; None where they are below. `next_step` is a
    sentence. `cases` and `appeals` come newest first; cases in shadow mode are left out, for they
    touch nobody.
    """

    member: MemberId
    points: float
    fades_at: datetime | None
    half_life: timedelta
    cases: list[Case]
    appeals: list[Appeal]
    next_step: str


class StandingDesk:
    """Shows records. Cogs see to it that members see their own alone."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        appeals: Appeals,
        policies: PolicyDesk,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._appeals = appeals
        self._policies = policies
        self._clock = clock

    async def of(self, guild: GuildId, member: MemberId) -> Standing:
        """Give a member's record as it is now."""
        policy = (await self._policies.current(guild)).policy
        now = self._clock()
        strikes = await self._cases.strikes(guild, member, rehearsed=False)
        points = points_at(strikes, now, policy.strikes)
        record = await self._cases.list_cases(guild, CaseFilter(member=member, limit=WHOLE_RECORD))
        return Standing(
            member=member,
            points=points,
            fades_at=fades_below(FADED, points, now, policy.strikes),
            half_life=timedelta(days=policy.strikes.half_life_days),
            cases=[case for case in record if case.draft.mode is not Mode.SHADOW],
            appeals=await self._appeals.of_member(guild, member),
            next_step=next_step(policy, points),
        )

    async def why(self, case: Case) -> str:
        """Say why a case is on a member's record, with the words of who decided it where any did.

        Who reported a comment, and how, stays among moderators.
        """
        timeline = await self._cases.timeline(case.guild, case.number)
        ordered = [line.text for line in timeline if line.kind is EventKind.ORDERED and line.text]
        return "\n".join([reason_for_member(case.draft), *ordered[-1:]])
