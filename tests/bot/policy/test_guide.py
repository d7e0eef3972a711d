"""What docs/policy.md says is what the code does."""

import re
from pathlib import Path

import pytest

from bot.errors import BadPolicyError
from bot.policy.policy_file import load_preset, parse_policy, preset_names
from config.policy import Category, Mode, describe_keys

GUIDE = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in GUIDE.splitlines()
    if line.startswith("| ")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}


@pytest.mark.parametrize(("name", "key"), describe_keys().items(), ids=describe_keys())
def test_the_guide_has_every_key_as_it_is(name: str, key: object) -> None:
    # `mode` stands in the table of presets too, without backticks
    [row] = [line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |")]

    assert row == f"| `{name}` | {key.sentence} | {key.unit} | {key.expected} | {key.default} |"


def test_the_guide_has_every_preset_as_it_is() -> None:
    presets = [load_preset(name) for name in preset_names()]

    for category in Category:
        rules = [preset.categories[category] for preset in presets]
        assert ROWS[f"{category}: flag / act"] == [f"{r.flag:.2f} / {r.act:.2f}" for r in rules]
        assert ROWS[f"{category}: points"] == [
            f"{rule.points_at_act:g} to {rule.points_at_one:g}" for rule in rules
        ]
    assert ROWS["half-life, days"] == [f"{p.strikes.half_life_days:g}" for p in presets]
    assert ROWS["without a human, at most"] == [p.max_without_human for p in presets]
    assert ROWS["first step at / ban at, points"] == [
        f"{p.ladder[0].at_points:g} / {p.ladder[-1].at_points:g}" for p in presets
    ]
    weights = {preset.categories[Category.HARASSMENT].unaddressed_weight for preset in presets}
    assert weights == {0.75}


def test_the_examples_of_the_guide_are_good_policies() -> None:
    whole, override = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)

    assert parse_policy(whole, where="guide", name="guide").mode is Mode.SHADOW
    assert len(parse_policy(override, where="guide", name="guide").overrides) == 1


def test_the_mistake_that_the_guide_shows_is_answered_as_it_says() -> None:
    text = "\n" * 6 + "[categories.harassment]\natc = 0.9\n"

    with pytest.raises(BadPolicyError) as refused:
        parse_policy(text, where="my-policy.toml", name="guide")

    assert str(refused.value) in GUIDE.replace("labels,\nunaddressed", "labels, unaddressed")
