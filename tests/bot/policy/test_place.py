import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment import Place
from bot.domain.ids import GuildId, PlaceId
from bot.policy.place import effective
from bot.policy.policy_file import parse_policy
from config.labels import Label
from config.policy import Category, Level, Mode, Policy, StepKind
from tests.bot.policy.policies import PLACE, a_policy, policies

LEVELS = """
[[overrides]]
role = "newcomer"
[overrides.categories.slur]
act = 0.75
[[overrides]]
thread = "t"
[overrides.categories.slur]
act = 0.74
[[overrides]]
forum = "f"
[overrides.categories.slur]
act = 0.73
[[overrides]]
category = "c"
[overrides.categories.slur]
act = 0.72
[[overrides]]
guild = "g"
[overrides.categories.slur]
act = 0.71
"""
"""Against the order of the levels, so that only the order of the levels can decide."""


def parse(text: str) -> Policy:
    return parse_policy(text, where="my.toml", name="my")


def slur_act(policy: Policy, place: Place, *roles: str) -> float:
    return effective(policy, place, roles).categories[Category.SLUR].act


def place(guild: str, category: str | None, forum: str | None, thread: str) -> Place:
    return Place(
        GuildId(guild),
        PlaceId(thread),
        None if forum is None else PlaceId(forum),
        None if category is None else PlaceId(category),
    )


@pytest.mark.parametrize(
    ("where", "roles", "act"),
    [
        (place("x", None, None, "x"), [], 0.85),
        (place("g", None, None, "x"), [], 0.71),
        (place("g", "c", None, "x"), [], 0.72),
        (place("g", "c", "f", "x"), [], 0.73),
        (place("g", "c", "f", "t"), [], 0.74),
        (place("g", "c", "f", "t"), ["newcomer"], 0.75),
        (place("x", "x", "x", "x"), ["NEWCOMER", "other"], 0.75),
        (place("t", "t", "t", "g"), ["g", "f"], 0.85),
    ],
)
def test_the_more_specific_place_wins_and_a_role_over_all(
    where: Place, roles: list[str], act: float
) -> None:
    assert slur_act(parse(LEVELS), where, *roles) == act


def test_an_override_of_an_override_wins_for_the_keys_it_sets_alone() -> None:
    policy = parse(
        '[[overrides]]\nguild = "g"\nmode = "shadow"\nstrikes.half_life_days = 5\n'
        "[overrides.categories.slur]\nact = 0.9\nflag = 0.7\n"
        '[[overrides]]\nforum = "f"\nmode = "off"\n[overrides.categories.slur]\nact = 0.95\n'
    )

    here = effective(policy, PLACE, ())

    slur = here.categories[Category.SLUR]
    assert (here.mode, slur.act, slur.flag) == (Mode.OFF, 0.95, 0.7)
    assert here.strikes.half_life_days == 5
    assert here.strikes.incident_minutes == policy.strikes.incident_minutes
    assert slur.points_at_one == policy.categories[Category.SLUR].points_at_one
    assert here.categories[Category.INCITEMENT] == policy.categories[Category.INCITEMENT]


def test_overrides_of_one_level_apply_in_the_order_of_the_file() -> None:
    text = '[[overrides]]\nrole = "{}"\n[overrides.categories.slur]\nact = {}\n'

    policy = parse(text.format("a", 0.7) + text.format("b", 0.8))
    turned = parse(text.format("b", 0.8) + text.format("a", 0.7))

    assert slur_act(policy, PLACE, "a", "b") == 0.8
    assert slur_act(turned, PLACE, "a", "b") == 0.7
    assert slur_act(policy, PLACE, "a") == 0.7


def test_ladder_labels_and_exempt_roles_are_replaced_whole() -> None:
    policy = parse(
        'exempt_roles = ["staff"]\n[[overrides]]\nforum = "f"\nexempt_roles = ["guest"]\n'
        'ladder = [{ at_points = 1, step = "kick" }]\n'
        "[overrides.categories.harassment]\nlabels = { insult = 0.5 }\n"
    )

    here = effective(policy, PLACE, ())

    assert here.exempt_roles == ("guest",)
    assert [step.step for step in here.ladder] == [StepKind.KICK]
    assert here.categories[Category.HARASSMENT].labels == {Label.INSULT: 0.5}


@given(
    policies(overridden=True),
    st.tuples(*[st.sampled_from("gcftr")] * 4),
    st.lists(st.sampled_from("gcftr")),
)
def test_every_policy_that_is_accepted_holds_good_in_every_place(
    policy: Policy, ids: tuple[str, str, str, str], roles: list[str]
) -> None:
    here = effective(policy, place(*ids), roles)

    assert here.overrides == ()
    assert effective(here, place(*ids), roles) == here
    for rule in here.categories.values():
        assert rule.flag <= rule.act
        assert rule.points_at_act <= rule.points_at_one


def test_a_place_without_overrides_has_the_policy_as_it_is() -> None:
    policy = a_policy()

    assert effective(policy, PLACE, ["anyone"]) is policy
    assert len(Level) == 5
