"""Says for every key of a policy which value holds in one place, and where it was set. Pure.

Not the laying over itself (`bot.policy.place`). Called by `bot.moderation.policies`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from bot.domain.comment import Place
from bot.policy.ladder import step_words
from bot.policy.overlay import flatten
from bot.policy.place import overrides_holding
from bot.policy.policy_file import DEFAULT_PRESET, load_preset, preset_names
from bot.policy.wording import points_words, threshold_words, time_words
from config.policy import LadderStep, Policy

_UNITS = {"_days": timedelta(days=1), "_minutes": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Setting:
    """One key as it holds here: "categories.slur.act", "0.85", "forum 123".

    `source` says where it was set. `overruled` lists what it won over, widest first, as (value,
    source).
    """

    key: str
    value: str
    source: str
    overruled: tuple[tuple[str, str], ...] = ()


def explain(policy: Policy, place: Place, roles: Collection[str], *, own: str) -> list[Setting]:
    """List every key with the value that holds in `place` for members with these roles.

    Keys come in the policy's order. `own` names the policy itself as a source ("this server's
    policy, version 3"); a value that is still the preset's is said to be from there.
    """
    preset = load_preset(policy.name if policy.name in preset_names() else DEFAULT_PRESET)
    shipped = dict(_keys(preset))
    settings = {
        key: Setting(key, value, f"preset {preset.name}" if shipped.get(key) == value else own)
        for key, value in _keys(policy)
    }
    for override in overrides_holding(policy, place, roles):
        source = f"{override.level} {override.target}"
        for key, raw in flatten(override.changes()):
            beaten = settings[key]
            won = (*beaten.overruled, (beaten.value, beaten.source))
            shown = _ladder_words(override.ladder or ()) if key == "ladder" else _words(key, raw)
            settings[key] = Setting(key, shown, source, won)
    return list(settings.values())


def _keys(policy: Policy) -> list[tuple[str, str]]:
    table = policy.model_dump(mode="json", exclude_none=True, exclude={"overrides", "name"})
    return [
        (key, _ladder_words(policy.ladder) if key == "ladder" else _words(key, value))
        for key, value in flatten(table)
    ]


def _words(key: str, value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if key.endswith((".flag", ".act")):
            return threshold_words(value)
        case int() | float():
            unit = next((unit for name, unit in _UNITS.items() if key.endswith(name)), None)
            return f"{value:g}" if unit is None else time_words(value * unit)
        case dict():
            weights = cast("dict[str, float]", value)
            return ", ".join(f"{label} x {weight:g}" for label, weight in weights.items())
        case list():
            return ", ".join(cast("list[str]", value)) or "none"
        case _:
            return str(value)


def _ladder_words(ladder: Collection[LadderStep]) -> str:
    return ", ".join(f"{points_words(rung.at_points)}: {step_words(rung)}" for rung in ladder)
