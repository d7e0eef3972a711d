"""Edits of a policy: they change what they name, nothing else, and never yield a bad policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment import Place
from bot.domain.ids import GuildId, PlaceId
from bot.errors import BadPolicyError
from bot.policy.edits import (
    Threshold,
    in_shadow,
    with_exempt,
    with_ladder_step,
    with_mode,
    with_preset,
    with_threshold,
    without_forum,
    without_ladder_step,
)
from bot.policy.place import effective
from bot.policy.policy_file import load_preset, preset_names
from config.policy import Category, Mode, Policy, StepKind
from tests.bot.policy.policies import BALANCED, a_policy, policies

FORUM = "f"
IN_FORUM = Place(GuildId("x"), PlaceId("y"), PlaceId(FORUM))
ELSEWHERE = Place(GuildId("x"), PlaceId("y"), PlaceId("z"))
HARASSMENT = Category.HARASSMENT

thresholds = st.sampled_from(("flag", "act"))


def is_sound(policy: Policy) -> bool:
    """Whether a policy obeys every rule when it is read anew."""
    return Policy.model_validate(policy.model_dump()) == policy


@given(
    policies(overridden=True),
    st.sampled_from(Category),
    thresholds,
    st.floats(-0.5, 1.5),
    st.sampled_from([None, FORUM]),
)
def test_a_threshold_is_set_where_it_should_be_or_refused_in_words(
    policy: Policy, category: Category, which: Threshold, value: float, forum: str | None
) -> None:
    told = ""
    try:
        edited = with_threshold(policy, category, which, value, forum=forum)
    except BadPolicyError as error:
        edited, told = None, error.what
    if edited is None:
        assert "expected" in told
        return
    assert is_sound(edited)
    assert with_threshold(edited, category, which, value, forum=forum) == edited
    if forum is None:
        assert getattr(edited.categories[category], which) == value
        assert edited.overrides == policy.overrides
    else:
        held = effective(edited, IN_FORUM, ()).categories[category]
        assert getattr(held, which) == value
        assert effective(edited, ELSEWHERE, ()) == effective(policy, ELSEWHERE, ())


@given(policies(overridden=True), st.sampled_from(Mode), st.sampled_from([None, FORUM]))
def test_a_mode_can_always_be_set(policy: Policy, mode: Mode, forum: str | None) -> None:
    edited = with_mode(policy, mode, forum=forum)
    assert is_sound(edited)
    if forum is None:
        assert edited.mode is mode
        assert edited.model_copy(update={"mode": policy.mode}) == policy
    else:
        assert effective(edited, IN_FORUM, ()).mode is mode
        assert effective(edited, ELSEWHERE, ()) == effective(policy, ELSEWHERE, ())


@given(policies(overridden=True))
def test_in_shadow_nothing_acts_anywhere(policy: Policy) -> None:
    shadowed = in_shadow(policy)
    modes = {shadowed.mode, *(override.mode for override in shadowed.overrides)}
    assert Mode.ENFORCE not in modes
    assert is_sound(shadowed)
    assert in_shadow(shadowed) == shadowed


@given(
    policies(),
    st.floats(0.01, 60),
    st.sampled_from(StepKind),
    st.none() | st.integers(1, 40_319),
)
def test_a_ladder_stays_a_ladder(
    policy: Policy, at_points: float, step: StepKind, minutes: int | None
) -> None:
    told = ""
    try:
        edited = with_ladder_step(policy, at_points, step, minutes=minutes)
    except BadPolicyError as error:
        edited, told = None, error.what
    if edited is None:
        assert told.startswith("ladder")
        return
    assert is_sound(edited)
    [rung] = [rung for rung in edited.ladder if rung.at_points == at_points]
    assert (rung.step, rung.minutes) == (step, minutes)
    others = [rung for rung in policy.ladder if rung.at_points != at_points]
    assert [rung for rung in edited.ladder if rung.at_points != at_points] == others


def test_a_step_can_be_added_replaced_and_taken_out() -> None:
    # Balanced: warn 1, delete 1.75, timeouts 2.5, 4 and 6, ban 9.
    added = with_ladder_step(BALANCED, 7.5, StepKind.KICK)
    assert [rung.step for rung in added.ladder][-2:] == [StepKind.KICK, StepKind.BAN]
    replaced = with_ladder_step(added, 2.5, StepKind.TIMEOUT, minutes=30)
    assert [rung.minutes for rung in replaced.ladder if rung.at_points == 2.5] == [30]
    assert without_ladder_step(added, 7.5) == BALANCED


@pytest.mark.parametrize(
    ("at_points", "step", "minutes", "complaint"),
    [
        (8.0, StepKind.WARN, None, "nothing milder than the timeout before it"),
        (5.0, StepKind.TIMEOUT, None, "a timeout without minutes"),
        (5.0, StepKind.TIMEOUT, 60, "at least the 1440 before it"),
        (5.0, StepKind.BAN, 60, "a ban has no length"),
        (0.0, StepKind.WARN, None, "above 0 and up to 1000"),
    ],
)
def test_a_step_that_breaks_the_ladder_is_refused_in_words(
    at_points: float, step: StepKind, minutes: int | None, complaint: str
) -> None:
    with pytest.raises(BadPolicyError, match=complaint):
        with_ladder_step(BALANCED, at_points, step, minutes=minutes)


def test_a_warning_above_one_that_removes_the_comment_removes_it_too() -> None:
    strict = load_preset("strict")  # its warning at 1 removes the comment
    edited = with_ladder_step(strict, 1.5, StepKind.WARN)
    assert [rung.removes_comment for rung in edited.ladder][:2] == [True, True]


def test_a_step_that_is_not_there_cannot_be_taken_out_nor_the_last() -> None:
    with pytest.raises(BadPolicyError, match=r"no step at 3 points, expected one of 1, 1\.75"):
        without_ladder_step(BALANCED, 3)
    only = a_policy(ladder=[{"at_points": 1, "step": "warn"}])
    with pytest.raises(BadPolicyError, match="ladder is empty"):
        without_ladder_step(only, 1)


def test_exempt_roles_are_kept_once_each_in_their_order() -> None:
    assert with_exempt(BALANCED, ["Elder", "7", "Elder"]).exempt_roles == ("Elder", "7")


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_keeps_the_mode_the_exemptions_and_the_forums(preset: str) -> None:
    mine = with_exempt(with_mode(BALANCED, Mode.OFF, forum=FORUM), ["Elder"])
    taken = with_preset(with_mode(mine, Mode.SHADOW), preset)
    shipped = load_preset(preset)
    assert (taken.name, taken.mode, taken.exempt_roles) == (preset, Mode.SHADOW, ("Elder",))
    assert (taken.ladder, taken.categories) == (shipped.ladder, shipped.categories)
    assert effective(taken, IN_FORUM, ()).mode is Mode.OFF


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadPolicyError, match="did you mean strict"):
        with_preset(BALANCED, "strickt")


def test_a_forums_own_values_can_be_dropped_and_only_if_there_are_any() -> None:
    edited = with_threshold(BALANCED, HARASSMENT, "act", 0.9, forum=FORUM)
    assert without_forum(edited, FORUM) == BALANCED
    with pytest.raises(BadPolicyError, match="nothing of its own for forum f"):
        without_forum(BALANCED, FORUM)


def test_a_second_edit_of_a_forum_joins_the_first() -> None:
    once = with_threshold(BALANCED, HARASSMENT, "act", 0.9, forum=FORUM)
    twice = with_mode(once, Mode.SHADOW, forum=FORUM)
    [override] = twice.overrides
    assert (override.mode, override.categories[HARASSMENT].act) == (Mode.SHADOW, 0.9)


def test_flag_above_act_is_refused() -> None:
    with pytest.raises(BadPolicyError, match=r"flag is 0\.9, expected at most act, here 0\.85"):
        with_threshold(BALANCED, HARASSMENT, "flag", 0.9)
