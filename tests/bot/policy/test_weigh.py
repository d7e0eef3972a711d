from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain.action import Action
from bot.domain.case import Strike
from bot.domain.verdict import Decision, Verdict
from bot.policy.weigh import Weighed, weigh
from config.policy import Category, Mode, Policy, StepKind
from tests.bot.policy.policies import (
    NOON,
    a_comment,
    a_policy,
    a_strike,
    a_verdict,
    an_author,
    policies,
    strikes,
)

INSULT = a_verdict(Category.HARASSMENT, 0.85)
THREAT = a_verdict(Category.INCITEMENT, 1.0)


def test_a_first_insult_earns_its_points_and_a_warning_and_says_why() -> None:
    weighed = weigh(INSULT, a_comment(), [], a_policy(), NOON)

    assert weighed == Weighed(
        strike=Strike(NOON, NOON, 1.0),
        action=Action(StepKind.WARN, removes_comment=False),
        points_before=0,
        points_after=1.0,
        reason="because; 1 point after this (half-life 30 days): the ladder says warn",
    )


def test_third_insult_within_a_week_becomes_a_timeout() -> None:
    # 1 point each, 3 and 6 days old: 0.5 ** (6 / 30) + 0.5 ** (3 / 30) + 1
    #   = 0.871 + 0.933 + 1 = 2.80, and the ladder says a timeout of an hour from 2.5 on
    record = [a_strike(1, minutes_ago=6 * 1440), a_strike(1, minutes_ago=3 * 1440)]

    weighed = weigh(INSULT, a_comment(), record, a_policy(), NOON)

    assert weighed.action == Action(StepKind.TIMEOUT, NOON + timedelta(hours=1))
    assert weighed.points_before == pytest.approx(0.5**0.2 + 0.5**0.1)
    assert weighed.points_after == pytest.approx(weighed.points_before + 1)
    assert weighed.reason == (
        "because; 2.8 points after this (half-life 30 days): the ladder says timeout for 1 hour"
    )


def test_the_same_three_insults_over_a_year_stay_a_warning() -> None:
    # 240 and 120 days old: 0.5 ** 8 + 0.5 ** 4 + 1 = 0.004 + 0.0625 + 1 = 1.07, below 1.75
    record = [a_strike(1, minutes_ago=240 * 1440), a_strike(1, minutes_ago=120 * 1440)]

    action = weigh(INSULT, a_comment(), record, a_policy(), NOON).action

    assert action is not None
    assert action.kind is StepKind.WARN


def test_a_threat_at_full_score_is_a_timeout_at_once() -> None:
    # incitement at 1.0 earns 4 points, and the ladder says a timeout of a day from 4 on
    assert weigh(THREAT, a_comment(), [], a_policy(), NOON).action == Action(
        StepKind.TIMEOUT, NOON + timedelta(days=1)
    )


def test_a_ban_waits_for_a_human_and_the_reason_says_so() -> None:
    weighed = weigh(THREAT, a_comment(), [a_strike(9, minutes_ago=60)], a_policy(), NOON)

    assert weighed.action == Action(
        StepKind.TIMEOUT, NOON + timedelta(days=7), capped_from=StepKind.BAN
    )
    assert weighed.reason.endswith(
        "the ladder says ban, which a human must confirm; until then timeout for 7 days"
    )


def test_several_categories_in_one_comment_earn_the_most_and_not_the_sum() -> None:
    breaches = INSULT.breaches + THREAT.breaches
    both = Verdict(Decision.ACT, {}, breaches, "because")

    weighed = weigh(both, a_comment(), [], a_policy(), NOON)

    assert weighed.strike is not None
    assert weighed.strike.points == 4  # incitement at 1.0; harassment alone would be 1


def test_a_flagged_breach_beside_an_acted_on_one_earns_nothing() -> None:
    flagged = a_verdict(Category.INCITEMENT, 0.6, Decision.FLAG)
    both = Verdict(Decision.ACT, {}, INSULT.breaches + flagged.breaches, "because")

    weighed = weigh(both, a_comment(), [], a_policy(), NOON)

    assert weighed.strike is not None
    assert weighed.strike.points == 1


def test_one_incident_is_one_strike_and_its_repeat_is_only_removed() -> None:
    record = [a_strike(1, minutes_ago=4)]

    weighed = weigh(INSULT, a_comment(), record, a_policy(), NOON)

    assert weighed.strike == Strike(NOON, NOON - timedelta(minutes=4), 0)
    assert weighed.points_after == weighed.points_before
    # four minutes have taken the point just below the first step of 1
    assert weighed.action is None
    full = weigh(INSULT, a_comment(), [a_strike(1.5, minutes_ago=4)], a_policy(), NOON)
    assert full.action == Action(StepKind.DELETE)
    assert full.reason.endswith("this incident has had its step: the comment is removed"
                                " and that is all")  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict(Decision.ALLOW, {}, (), "because"), "because"),
        (a_verdict(Category.SLUR, 0.6, Decision.FLAG), "because; a human decides"),
    ],
)
def test_what_is_allowed_or_flagged_leaves_the_record_as_it_is(
    verdict: Verdict, reason: str
) -> None:
    weighed = weigh(verdict, a_comment(), [a_strike(2)], a_policy(), NOON)

    assert weighed == Weighed(None, None, 2, 2, reason)


@pytest.mark.parametrize("verdict", [THREAT, a_verdict(Category.SLUR, 0.6, Decision.FLAG)])
def test_exempt_roles_and_bots_are_judged_and_never_acted_on(verdict: Verdict) -> None:
    policy = a_policy(exempt_roles=["Moderator"])
    staff = a_comment(author=an_author("Anneli", "moderator"))
    bot = a_comment(author=an_author("Beep", is_bot=True))

    exempt = "because; the author's role Moderator is exempt: nothing is done"
    assert weigh(verdict, staff, [], policy, NOON) == Weighed(None, None, 0, 0, exempt, True)
    never = "because; the author is a bot, which is never acted on"
    assert weigh(verdict, bot, [], policy, NOON) == Weighed(None, None, 0, 0, never, True)


@given(policies(), strikes)
def test_shadow_decides_as_enforce_does(policy: Policy, record: list[Strike]) -> None:
    shadow, enforce = (
        policy.model_copy(update={"mode": mode}) for mode in (Mode.SHADOW, Mode.ENFORCE)
    )

    assert weigh(THREAT, a_comment(), record, shadow, NOON) == weigh(
        THREAT, a_comment(), record, enforce, NOON
    )


@given(policies(), strikes)
def test_waiting_never_makes_the_action_harsher(policy: Policy, record: list[Strike]) -> None:
    """The same comment by the same member, now or a year on."""
    past = [strike for strike in record if strike.at <= NOON - timedelta(days=2)]
    later = NOON + timedelta(days=365)

    now_, then = (weigh(THREAT, a_comment(), past, policy, at) for at in (NOON, later))

    assert then.points_after <= now_.points_after
    if then.action is not None:
        assert now_.action is not None
        assert then.action.kind.rank <= now_.action.kind.rank
