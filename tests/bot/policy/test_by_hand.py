"""What a human's step means and earns."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action import Action
from bot.domain.case import Case, CaseState, HandDraft, Origin
from bot.domain.effect import EffectKind
from bot.domain.ids import CommentId
from bot.errors import RefusedError
from bot.policy.by_hand import (
    earned_by_hand,
    gravest_first,
    is_comment,
    named_action,
    revision_by_hand,
    strike_by_hand,
)
from bot.policy.outlook import fades_below, next_step
from bot.policy.reversal import lifting_of, reversal_here
from bot.policy.strikes import points_at
from config.policy import Mode, Policy, StepKind
from tests.bot.policy.policies import (
    BALANCED,
    NOON,
    PLACE,
    a_policy,
    a_strike,
    an_author,
    policies,
    strikes,
)

RAT = an_author("Rat")


def a_case(
    number: int = 1,
    *,
    comment: str = "1",
    revision: int = 0,
    origin: Origin = Origin.REPORT,
    action: Action | None = None,
    state: CaseState = CaseState.REVIEW,
    minutes: int = 0,
) -> Case:
    at = NOON + timedelta(minutes=minutes)
    draft = HandDraft(
        PLACE.guild, CommentId(comment), RAT, origin, None, PLACE, "words", action, None,
        0, 0, "because", at, revision,
    )  # fmt: skip
    return Case(number, draft, state, action, None)


@pytest.mark.parametrize("step", StepKind)
def test_a_named_step_is_made_concrete(step: StepKind) -> None:
    minutes = 90 if step is StepKind.TIMEOUT else None
    action = named_action(step, NOON, minutes=minutes, removes_comment=True)
    until = NOON + timedelta(minutes=90) if step is StepKind.TIMEOUT else None
    assert action == Action(step, until)


def test_the_longest_timeout_is_a_minute_short_of_28_days() -> None:
    longest = named_action(StepKind.TIMEOUT, NOON, minutes=40_319, removes_comment=False)
    assert longest.until == NOON + timedelta(days=28) - timedelta(minutes=1)
    with pytest.raises(RefusedError, match="not 40,320"):
        named_action(StepKind.TIMEOUT, NOON, minutes=40_320, removes_comment=False)


@given(policies())
def test_a_step_without_a_category_earns_the_fewest_points_a_breach_can(policy: Policy) -> None:
    least = earned_by_hand(a_case().draft, policy)
    rules = list(policy.categories.values())
    assert least in {rule.points_at_act for rule in rules}
    assert all(least <= rule.points_at_act for rule in rules if rule.judged)


@given(policies(), strikes)
def test_a_strike_by_hand_keeps_to_the_rules_of_incidents(policy: Policy, had: list) -> None:
    strike = strike_by_hand(a_case().draft, had, policy, NOON)
    before = points_at(had, NOON, policy.strikes)
    after = points_at([*had, strike], NOON, policy.strikes)
    assert 0 <= strike.points <= earned_by_hand(a_case().draft, policy)
    assert after >= before


def test_what_names_an_event_is_no_comment() -> None:
    assert is_comment(CommentId("1234"))
    assert not is_comment(CommentId("command:1234"))


def test_each_further_step_on_a_comment_gets_a_revision_of_its_own() -> None:
    assert revision_by_hand([]) == 0
    assert revision_by_hand([a_case()]) == -1
    assert revision_by_hand([a_case(), a_case(revision=-1)]) == -2
    assert revision_by_hand([a_case(revision=1_772_000_000_000)]) == -1


def test_what_could_not_be_scored_waits_behind_what_was_reported() -> None:
    unscored = a_case(1, origin=Origin.UNSCORED)
    newer, older = a_case(2, minutes=5), a_case(3, minutes=1)
    assert [c.number for c in gravest_first([unscored, newer, older], BALANCED)] == [3, 2, 1]


# What taking back takes, beside other cases of the member.

HOUR, DAY = NOON + timedelta(hours=1), NOON + timedelta(days=1)


def a_timeout(number: int, until) -> Case:
    action = Action(StepKind.TIMEOUT, until)
    return a_case(number, action=action, state=CaseState.APPLIED, origin=Origin.MODERATOR)


def kinds(effects) -> list[EffectKind]:
    return [effect.kind for effect in effects]


def test_a_lone_timeout_is_lifted_whole() -> None:
    case = a_timeout(1, HOUR)
    effects = reversal_here(case, [case], {1}, "sorry", NOON)
    assert kinds(effects) == [EffectKind.LIFT_TIMEOUT, EffectKind.RETURN_TEXT, EffectKind.LOG]
    assert effects[0].until is None


def test_another_cases_timeout_is_set_back_to() -> None:
    case, other = a_timeout(1, DAY), a_timeout(2, HOUR)
    assert reversal_here(case, [case, other], {1}, "sorry", NOON)[0].until == HOUR
    assert reversal_here(case, [case, other], {1, 2}, "sorry", NOON)[0].until is None
    assert reversal_here(case, [case, other], {1}, "sorry", HOUR)[0].until is None


def test_a_rehearsed_timeout_holds_nobody() -> None:
    case = a_timeout(1, DAY)
    failed = replace(a_timeout(2, HOUR), state=CaseState.FAILED)
    assert reversal_here(case, [case, failed], {1}, "sorry", NOON)[0].until is None


def test_a_timeout_that_is_over_is_not_lifted() -> None:
    case = a_timeout(1, HOUR)
    assert kinds(reversal_here(case, [case], {1}, "sorry", HOUR)) == [
        EffectKind.RETURN_TEXT,
        EffectKind.LOG,
    ]


def test_a_ban_that_another_case_asks_for_stays() -> None:
    one, other = (a_case(n, action=Action(StepKind.BAN), state=CaseState.APPLIED) for n in (1, 2))
    assert EffectKind.UNBAN not in kinds(reversal_here(one, [one, other], {1}, "", NOON))
    assert EffectKind.UNBAN in kinds(reversal_here(one, [one, other], {1, 2}, "", NOON))


def test_lifting_alone_returns_no_words() -> None:
    case = a_timeout(1, HOUR)
    assert kinds(lifting_of(case, [case], {1}, NOON)) == [EffectKind.LIFT_TIMEOUT, EffectKind.LOG]


# What points mean.


@given(policies(), st.floats(0.51, 500))
def test_points_have_fallen_to_the_limit_when_it_says(policy: Policy, points: float) -> None:
    at = fades_below(0.5, points, NOON, policy.strikes)
    assert at is not None
    strike = replace(a_strike(points), at=NOON)
    assert points_at([strike], at, policy.strikes) == pytest.approx(0.5, rel=1e-3)


def test_few_points_have_faded_already() -> None:
    assert fades_below(0.5, 0.5, NOON, BALANCED.strikes) is None


def test_the_next_step_is_said_with_what_a_human_must_confirm() -> None:
    assert next_step(BALANCED, 0) == "A further breach leads at least to: warn."
    assert next_step(BALANCED, 8.5) == (
        "A further breach leads at least to: ban, once a human has confirmed it."
    )
    late = a_policy(ladder=[{"at_points": 5, "step": "kick"}])
    assert next_step(late, 0) == "From 5 points on: kick."
    off = BALANCED.model_copy(update={"mode": Mode.OFF})
    assert next_step(off, 0) == "Nothing is judged on this server at present."
