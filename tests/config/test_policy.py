import re
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from config.policy import (
    CategoryChange,
    CategoryRule,
    LadderStep,
    Level,
    Policy,
    PolicyOverride,
    StepKind,
    StrikeChange,
    StrikeRules,
    describe_keys,
)

MODELS = (Policy, CategoryRule, StrikeRules, LadderStep, PolicyOverride)


def test_every_key_has_a_sentence_a_unit_its_allowed_values_and_a_default() -> None:
    described = describe_keys()

    assert set(described) == {key for model in MODELS for key in model.model_fields}
    for name, key in described.items():
        assert re.fullmatch(r"\S.{8,}\.", key.sentence), name
        assert key.unit, name
        assert key.expected, name
        assert key.default, name


def wrong_keys(model: type[BaseModel], table: dict[str, object]) -> set[object]:
    """Name the keys of a table that a model refuses for their value."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(table | {"no such key": 1})
    not_the_value = {"missing", "default_factory_not_called", "extra_forbidden"}
    return {e["loc"][0] for e in refused.value.errors() if e["type"] not in not_the_value}


def test_a_number_is_allowed_in_the_range_that_its_key_promises_and_refused_outside() -> None:
    checked = 0
    for name, key in describe_keys().items():
        span = re.search(r"number (from|above) ([\d.]+) (?:and up )?to ([\d.]+)", key.expected)
        if span is None:
            continue
        checked += 1
        number = int if "whole" in key.expected else float
        low, high = number(span[2]), number(span[3])
        little = 1 if number is int else 0.001
        model = next(model for model in MODELS if name in model.model_fields)
        outside = [low - little, high + little, float("nan"), "1", True]
        (outside if span[1] == "above" else []).append(low)
        for value in outside:
            assert wrong_keys(model, {name: value}) == {name}, value
        for value in [low + little, high, *([] if span[1] == "above" else [low])]:
            assert wrong_keys(model, {name: value}) == set(), value
    assert checked == 9


@pytest.mark.parametrize(
    ("change", "rule"), [(CategoryChange, CategoryRule), (StrikeChange, StrikeRules)]
)
def test_an_override_can_change_every_key_within_the_same_bounds(
    change: type[CategoryChange | StrikeChange], rule: type[CategoryRule | StrikeRules]
) -> None:
    assert list(change.model_fields) == list(rule.model_fields)
    for name, field in change.model_fields.items():
        described, _ = get_args(field.annotation)
        [meta] = [each for each in described.__metadata__ if hasattr(each, "description")]
        assert meta.description == rule.model_fields[name].description


def test_steps_and_levels_are_ranked_mildest_and_widest_first() -> None:
    by_rank = sorted(StepKind, key=lambda kind: kind.rank)
    assert by_rank == ["warn", "delete", "timeout", "kick", "ban"]
    assert [kind.rank for kind in by_rank] == [0, 1, 2, 3, 4]
    levels = sorted(Level, key=lambda level: level.rank)
    assert levels == ["guild", "category", "forum", "thread", "role"]


def test_a_step_removes_the_comment_unless_told_otherwise_but_a_warning_does_not() -> None:
    assert not LadderStep(at_points=1, step=StepKind.WARN).removes_comment
    assert LadderStep(at_points=1, step=StepKind.WARN, removes_comment=True).removes_comment
    assert LadderStep(at_points=1, step=StepKind.KICK).removes_comment
    assert not LadderStep(at_points=1, step=StepKind.KICK, removes_comment=False).removes_comment


def test_points_rise_in_a_straight_line_from_the_act_threshold_to_one() -> None:
    rule = CategoryRule.model_validate(
        {
            "judged": True,
            "labels": {"insult": 1.0},
            "unaddressed_weight": 1.0,
            "flag": 0.5,
            "act": 0.8,
            "points_at_act": 1.0,
            "points_at_one": 3.0,
        }
    )

    assert rule.points_at(0.79) == 0
    assert rule.points_at(0.8) == 1
    # 0.9 is half way from 0.8 to 1: 1 + 0.5 * (3 - 1) = 2
    assert rule.points_at(0.9) == pytest.approx(2)
    assert rule.points_at(1.0) == 3
    # an act threshold of 1 leaves no line to rise on
    assert rule.model_copy(update={"act": 1.0}).points_at(1.0) == 3
