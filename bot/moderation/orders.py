"""Orders: a human's named step becomes a case with its effects, and is carried out.

Not who may order what: `bot.moderation.by_hand`, `review` and `undo` check that and come here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain.action import Action
from bot.domain.case import Case, CaseDraft, HandDraft, Origin, Strike
from bot.domain.comment import Author, Place
from bot.domain.effect import EffectKind, PlannedEffect
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.errors import StaleCaseError
from bot.moderation.actor import Actor, mention
from bot.moderation.carry_out import CarryOut
from bot.moderation.pipeline import said_at
from bot.moderation.policies import PolicyDesk
from bot.moderation.ports import CaseLog
from bot.policy.by_hand import is_comment, revision_by_hand, strike_by_hand
from bot.policy.effects import LOGGED_ONLY, effects_of
from bot.policy.place import effective
from bot.policy.strikes import points_at
from config.policy import Policy


class Orders:
    """Opens cases for humans' steps, under the same rules for strikes as the machine's."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        policies: PolicyDesk,
        carry_out: CarryOut,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._policies = policies
        self._carry_out = carry_out
        self._clock = clock

    async def draft(
        self,
        guild: GuildId,
        member: Author,
        origin: Origin,
        moderator: MemberId | None,
        *,
        comment: CommentId,
        action: Action | None,
        reason: str,
        place: Place | None = None,
        text: str | None = None,
        revision: int = 0,
        at: datetime | None = None,
        is_done: bool = False,
        earns: bool = True,
        strike: Strike | None = None,
    ) -> HandDraft:
        """Fill in a case without scores: the member's points, and the strike if it `earns` one.

        `strike` is one that is taken over from the case that this one replaces.
        """
        policy = await self.policy_at(guild, place, member)
        at = at or self._clock()
        strikes = await self._cases.strikes(guild, member.id, rehearsed=False)
        before = points_at(strikes, at, policy.strikes)
        draft = HandDraft(
            guild=guild,
            comment=comment,
            member=member,
            origin=origin,
            moderator=moderator,
            place=place,
            text=text,
            action=action,
            strike=None,
            points_before=before,
            points_after=before,
            reason=reason,
            opened_at=at,
            revision=revision,
            is_done=is_done,
        )
        if not earns:
            return draft
        strike = strike or strike_by_hand(draft, strikes, policy, at)
        after = points_at([*strikes, strike], at, policy.strikes)
        return replace(draft, strike=strike, points_after=after)

    async def open(self, draft: HandDraft) -> Case:
        """Record a case by hand with what it takes, and carry it out.

        Raises:
            StaleCaseError: somebody else was quicker about this comment.
        """
        if draft.action is None or draft.is_done:
            effects = LOGGED_ONLY
        else:
            effects = effects_of(draft.action, has_comment=is_comment(draft.comment))
        case = await self._cases.open(draft, effects)
        if case.draft.moderator != draft.moderator:
            whose = "the bot" if case.draft.moderator is None else mention(case.draft.moderator)
            raise StaleCaseError(f"Case {case.number} by {whose} is about this already.")
        return await self._carry_out.run(case)

    async def again(
        self, case: Case, actor: Actor, action: Action, reason: str, *, strike: Strike | None = None
    ) -> HandDraft:
        """Draft a human's step on what another case is about, under a key of its own."""
        old = case.draft
        named = old.key.comment
        known = await self._cases.of_comment(case.guild, named)
        return await self.draft(
            case.guild,
            old.member,
            Origin.MODERATOR,
            actor.id,
            comment=named,
            action=action,
            reason=reason,
            place=old.place,
            text=old.text,
            revision=revision_by_hand(known),
            strike=strike,
        )

    async def strike_of(self, case: Case) -> Strike:
        """Make the strike of a recorded case that a human acts on; one it has stays as it is."""
        if case.strike is not None:
            return case.strike
        draft = case.draft
        policy = await self.policy_at(case.guild, draft.place, draft.member)
        strikes = await self._cases.strikes(case.guild, draft.member.id, rehearsed=False)
        at = said_at(draft.comment) if isinstance(draft, CaseDraft) else draft.opened_at
        return strike_by_hand(draft, strikes, policy, at)

    async def policy_at(self, guild: GuildId, place: Place | None, member: Author) -> Policy:
        """Give the policy that holds in a place for a member."""
        policy = (await self._policies.current(guild)).policy
        return effective(policy, place or Place(guild, PlaceId(guild)), member.roles)


def with_reason(action: Action, reason: str, *, has_comment: bool) -> tuple[PlannedEffect, ...]:
    """List what an order on a judged comment takes; the notice says the moderator's reason too."""
    return tuple(
        replace(effect, text=reason) if effect.kind is EffectKind.NOTICE else effect
        for effect in effects_of(action, has_comment=has_comment)
    )
