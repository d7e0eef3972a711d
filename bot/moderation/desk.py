"""The desk: every use-case of one running bot, put together. What cogs are given.

Not a use-case itself. Called by composition roots and by the tests' bot.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.moderation.appeals import AppealDesk
from bot.moderation.by_hand import ByHand
from bot.moderation.carry_out import CarryOut
from bot.moderation.checks import Turns
from bot.moderation.fuse import Fuse
from bot.moderation.orders import Orders
from bot.moderation.pipeline import Pipeline
from bot.moderation.policies import PolicyDesk
from bot.moderation.ports import (
    Appeals,
    Archive,
    CaseLog,
    Claims,
    Enforcer,
    Guilds,
    Journal,
    Ledger,
    Scorer,
)
from bot.moderation.privacy import PrivacyDesk
from bot.moderation.reversal import Reversal
from bot.moderation.review import Review
from bot.moderation.setup import SetupDesk
from bot.moderation.standing import StandingDesk
from bot.moderation.undo import Undo
from config.policy import Policy


class Stores(Protocol):
    """All that is stored, as `bot.storage.storage.Storage` bundles it."""

    @property
    def cases(self) -> CaseLog: ...  # noqa: D102 - the port says it
    @property
    def ledger(self) -> Ledger: ...  # noqa: D102 - likewise
    @property
    def journal(self) -> Journal: ...  # noqa: D102 - likewise
    @property
    def appeals(self) -> Appeals: ...  # noqa: D102 - likewise
    @property
    def claims(self) -> Claims: ...  # noqa: D102 - likewise
    @property
    def guilds(self) -> Guilds: ...  # noqa: D102 - likewise
    @property
    def archive(self) -> Archive: ...  # noqa: D102 - likewise


@dataclass(frozen=True, slots=True)
class Desk:
    """All that people can ask of the bot."""

    review: Review
    undo: Undo
    by_hand: ByHand
    appeals: AppealDesk
    standing: StandingDesk
    privacy: PrivacyDesk
    policies: PolicyDesk
    setup: SetupDesk
    carry_out: CarryOut
    pipeline: Pipeline
    fuse: Fuse


def make_desk(
    stores: Stores,
    *,
    scorer: Scorer,
    enforcer: Enforcer,
    default_policy: Policy,
    clock: Callable[[], datetime],
    carry_out: CarryOut | None = None,
) -> Desk:
    """Put the use-cases together. `default_policy` is for servers without one, in shadow mode.

    `carry_out` is given by tests that have their own way of waiting; the caller closes it.
    """
    cases, ledger, appeals, guilds = stores.cases, stores.ledger, stores.appeals, stores.guilds
    carry_out = carry_out or CarryOut(cases=cases, ledger=ledger, enforcer=enforcer, clock=clock)
    turns = Turns()
    policies = PolicyDesk(
        guilds=guilds, journal=stores.journal, scorer=scorer, default=default_policy, clock=clock
    )
    orders = Orders(cases=cases, policies=policies, carry_out=carry_out, clock=clock)
    reversal = Reversal(cases=cases, appeals=appeals, carry_out=carry_out, clock=clock)
    review = Review(
        cases=cases,
        claims=stores.claims,
        ledger=ledger,
        appeals=appeals,
        policies=policies,
        orders=orders,
        carry_out=carry_out,
        turns=turns,
        clock=clock,
    )
    fuse = Fuse(cases=cases, journal=stores.journal, guilds=guilds, clock=clock)
    return Desk(
        review=review,
        undo=Undo(
            cases=cases,
            appeals=appeals,
            reversal=reversal,
            orders=orders,
            carry_out=carry_out,
            turns=turns,
            clock=clock,
        ),
        by_hand=ByHand(
            cases=cases,
            orders=orders,
            review=review,
            reversal=reversal,
            turns=turns,
            clock=clock,
        ),
        appeals=AppealDesk(
            cases=cases,
            ledger=ledger,
            appeals=appeals,
            guilds=guilds,
            reversal=reversal,
            carry_out=carry_out,
            turns=turns,
            clock=clock,
        ),
        standing=StandingDesk(cases=cases, appeals=appeals, policies=policies, clock=clock),
        privacy=PrivacyDesk(
            cases=cases, appeals=appeals, guilds=guilds, archive=stores.archive, clock=clock
        ),
        policies=policies,
        setup=SetupDesk(guilds=guilds, turns=turns, clock=clock),
        carry_out=carry_out,
        pipeline=Pipeline(
            scorer=scorer, cases=cases, policy_of=policies.policy_of, clock=clock, fuse=fuse
        ),
        fuse=fuse,
    )
