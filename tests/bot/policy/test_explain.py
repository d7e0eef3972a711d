"""Which setting wins here and why: the explanation agrees with what holds."""

from hypothesis import given

from bot.domain.comment import Place
from bot.domain.ids import GuildId, PlaceId
from bot.policy.edits import with_mode, with_threshold
from bot.policy.explain import explain
from bot.policy.place import effective
from config.policy import Category, Mode, Policy
from tests.bot.policy.policies import BALANCED, a_policy, policies

HERE = Place(GuildId("g"), PlaceId("t"), PlaceId("f"), PlaceId("c"))
OWN = "this server's policy, version 3"


@given(policies(overridden=True))
def test_every_value_is_the_one_that_holds(policy: Policy) -> None:
    told = {s.key: s.value for s in explain(policy, HERE, ["r"], own=OWN)}
    alone = {s.key: s.value for s in explain(effective(policy, HERE, ["r"]), HERE, [], own=OWN)}
    assert told == alone


@given(policies(overridden=True))
def test_what_won_over_nothing_was_set_by_the_policy_or_its_preset(policy: Policy) -> None:
    for setting in explain(policy, HERE, [], own=OWN):
        is_base = setting.source == OWN or setting.source.startswith("preset ")
        assert is_base is (setting.overruled == ())


def test_the_more_specific_wins_and_what_it_beat_is_listed() -> None:
    policy = with_threshold(BALANCED, Category.SLUR, "act", 0.8)
    policy = with_threshold(policy, Category.SLUR, "act", 0.75, forum="f")
    policy = a_policy(
        categories=policy.model_dump()["categories"],
        overrides=[
            *policy.model_dump()["overrides"],
            {"thread": "t", "categories": {"slur": {"act": 0.7}}},
        ],
    )
    settings = {s.key: s for s in explain(policy, HERE, [], own=OWN)}
    act = settings["categories.slur.act"]
    assert (act.value, act.source) == ("0.70", "thread t")
    assert act.overruled == (("0.80", OWN), ("0.75", "forum f"))
    assert settings["categories.slur.flag"].source == "preset balanced"


def test_values_are_said_as_people_say_them() -> None:
    said = {s.key: s.value for s in explain(BALANCED, HERE, [], own=OWN)}
    assert said["strikes.half_life_days"] == "30 days"
    assert said["strikes.incident_minutes"] == "10 minutes"
    assert said["exempt_roles"] == "none"
    assert said["categories.slur.judged"] == "yes"
    assert said["categories.slur.labels"] == "identity_attack x 1"
    assert said["ladder"].startswith("1 point: warn, 1.75 points: delete, 2.5 points: timeout for")


def test_a_place_without_overrides_is_untouched_by_those_of_others() -> None:
    policy = with_mode(BALANCED, Mode.SHADOW, forum="elsewhere")
    [mode] = [s for s in explain(policy, HERE, [], own=OWN) if s.key == "mode"]
    assert (mode.value, mode.source) == (str(BALANCED.mode), "preset balanced")
