from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action import Action
from bot.policy.ladder import Climb, climb, step_at, step_words
from config.policy import LadderStep, Policy, StepKind
from tests.bot.policy.policies import NOON, a_policy, policies

LADDER = [
    {"at_points": 1, "step": "warn"},
    {"at_points": 2, "step": "delete"},
    {"at_points": 3, "step": "timeout", "minutes": 60},
    {"at_points": 5, "step": "timeout", "minutes": 40319},
    {"at_points": 8, "step": "kick"},
    {"at_points": 9, "step": "ban"},
]
HOUR = NOON + timedelta(hours=1)
LONGEST = NOON + timedelta(days=28) - timedelta(minutes=1)


def reach(points: float, cap: str = "ban", ladder: list[Any] = LADDER) -> Climb:
    policy = a_policy(ladder=ladder, max_without_human=cap)
    return climb(policy, 0, points, NOON, is_repeat=False)


@pytest.mark.parametrize(
    ("points", "action", "why"),
    [
        (0.99, None, "below the ladder's first step at 1 point: a human decides"),
        (1, Action(StepKind.WARN, removes_comment=False), "the ladder says warn"),
        (2.9, Action(StepKind.DELETE), "the ladder says delete"),
        (3, Action(StepKind.TIMEOUT, HOUR), "the ladder says timeout for 1 hour"),
        (
            5,
            Action(StepKind.TIMEOUT, LONGEST),
            "the ladder says timeout for 27 days 23 hours 59 minutes",
        ),
        (8, Action(StepKind.KICK), "the ladder says kick"),
        (99, Action(StepKind.BAN), "the ladder says ban"),
    ],
)
def test_the_highest_step_reached_is_taken(points: float, action: Action | None, why: str) -> None:
    assert reach(points) == Climb(action, why)


@pytest.mark.parametrize(
    ("cap", "action", "until_then"),
    [
        (
            "timeout",
            Action(StepKind.TIMEOUT, LONGEST, capped_from=StepKind.BAN),
            "; until then timeout for 27 days 23 hours 59 minutes",
        ),
        ("delete", Action(StepKind.DELETE, capped_from=StepKind.BAN), "; until then delete"),
        (
            "warn",
            Action(StepKind.WARN, removes_comment=False, capped_from=StepKind.BAN),
            "; until then warn",
        ),
    ],
)
def test_beyond_the_cap_the_harshest_permitted_step_is_taken_and_a_human_asked(
    cap: str, action: Action, until_then: str
) -> None:
    assert reach(9, cap) == Climb(
        action, f"the ladder says ban, which a human must confirm{until_then}"
    )


def test_where_no_permitted_step_was_reached_the_comment_goes_if_it_may() -> None:
    ladder = [{"at_points": 1, "step": "ban"}]

    assert reach(1, "timeout", ladder) == Climb(
        Action(StepKind.DELETE, capped_from=StepKind.BAN),
        "the ladder says ban, which a human must confirm; until then the comment is removed",
    )
    nothing = Climb(None, "the ladder says ban, which a human must confirm")
    assert reach(1, "warn", ladder) == nothing
    keeps = [{"at_points": 1, "step": "ban", "removes_comment": False}]
    assert reach(1, "timeout", keeps).action is None


def test_a_cap_of_warn_removes_nothing_even_if_the_warning_would() -> None:
    ladder = [{"at_points": 1, "step": "warn", "removes_comment": True}]

    assert reach(1, "warn", ladder).action == Action(StepKind.WARN, removes_comment=False)
    assert reach(1, "delete", ladder).action == Action(StepKind.WARN, removes_comment=True)


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        (3, 3, Action(StepKind.DELETE)),
        (3.0, 4.9, Action(StepKind.DELETE)),  # worse, but no further step
        (3, 5, Action(StepKind.TIMEOUT, LONGEST)),
        (1, 1, Action(StepKind.DELETE)),
        (0.5, 0.5, None),  # the incident has had no step yet
        (0.5, 1.5, Action(StepKind.WARN, removes_comment=False)),
    ],
)
def test_a_repeat_within_an_incident_is_removed_and_goes_further_only_for_a_further_step(
    before: float, after: float, action: Action | None
) -> None:
    policy = a_policy(ladder=LADDER, max_without_human="ban")

    assert climb(policy, before, after, NOON, is_repeat=True).action == action


def test_a_repeat_says_why_nothing_more_follows() -> None:
    removed = climb(a_policy(ladder=LADDER), 3, 3, NOON, is_repeat=True)
    kept = climb(a_policy(ladder=LADDER, max_without_human="warn"), 3, 3, NOON, is_repeat=True)

    assert removed.why == "this incident has had its step: the comment is removed and that is all"
    assert kept == Climb(
        None, "this incident has had its step: a human decides whether the comment stays"
    )


def test_a_repeat_that_reaches_a_step_beyond_the_cap_is_removed_and_a_human_asked() -> None:
    ladder = [{"at_points": 1, "step": "warn"}, {"at_points": 2, "step": "ban"}]
    policy = a_policy(ladder=ladder, max_without_human="delete")

    assert climb(policy, 1, 2, NOON, is_repeat=True) == Climb(
        Action(StepKind.DELETE, capped_from=StepKind.BAN),
        "this incident has had its step: the comment is removed, and a human must confirm ban",
    )
    assert climb(policy, 1, 2, NOON, is_repeat=False) == Climb(
        Action(StepKind.WARN, removes_comment=True, capped_from=StepKind.BAN),
        "the ladder says ban, which a human must confirm; until then warn and the comment is"
        " removed",
    )


def test_a_repeat_never_gets_a_second_warning_instead_of_being_removed() -> None:
    ladder = [{"at_points": 1, "step": "warn"}, {"at_points": 2, "step": "warn"}]

    assert climb(a_policy(ladder=ladder), 1, 2, NOON, is_repeat=True).action == Action(
        StepKind.DELETE
    )


def test_steps_are_said_as_people_say_them() -> None:
    def said(step: str, **more: Any) -> str:
        return step_words(LadderStep.model_validate({"at_points": 1, "step": step} | more))

    assert said("warn") == "warn"
    assert said("warn", removes_comment=True) == "warn and remove the comment"
    assert said("delete") == "delete"
    assert said("timeout", minutes=90) == "timeout for 1 hour 30 minutes"
    assert said("timeout", minutes=1) == "timeout for 1 minute"
    assert said("timeout", minutes=7 * 1440) == "timeout for 7 days"
    assert said("timeout", minutes=14 * 1440) == "timeout for 14 days"
    assert said("ban", removes_comment=False) == "ban, the comment stays"


def harshness(action: Action | None) -> tuple[int, float, bool]:
    """Order actions: what is done, then for how long, then whether the comment goes."""
    if action is None:
        return (-1, 0, False)
    lasts = 0 if action.until is None else (action.until - NOON).total_seconds()
    return (action.kind.rank, lasts, action.removes_comment)


totals = st.floats(0, 60)


@given(policies(), totals, st.lists(totals, min_size=2, max_size=5), st.booleans())
def test_more_points_never_mean_a_milder_action(
    policy: Policy, before: float, afters: list[float], is_repeat: bool
) -> None:
    rising = sorted(max(before, after) for after in afters)
    actions = [climb(policy, before, after, NOON, is_repeat=is_repeat).action for after in rising]

    for milder, harsher in pairwise(actions):
        assert harshness(milder)[:2] <= harshness(harsher)[:2]
        assert not (milder and milder.removes_comment) or (harsher and harsher.removes_comment)


@given(policies(), totals, totals, st.booleans())
def test_nothing_beyond_the_cap_or_discords_28_days_is_ever_done_unasked(
    policy: Policy, before: float, added: float, is_repeat: bool
) -> None:
    action = climb(policy, before, before + added, NOON, is_repeat=is_repeat).action

    if action is not None:
        assert action.kind.rank <= policy.max_without_human.rank
        assert not action.removes_comment or policy.max_without_human.rank >= StepKind.DELETE.rank
        assert (action.until is not None) is (action.kind is StepKind.TIMEOUT)
        assert action.until is None or NOON < action.until < NOON + timedelta(days=28)
        if action.capped_from is not None:
            asked = step_at(policy, before + added)
            assert asked is not None
            assert action.capped_from is asked.step
            assert action.capped_from.rank > policy.max_without_human.rank
