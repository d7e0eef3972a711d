"""Says in plain words what a policy does. Text alone: no colours, no terminal.

Not its TOML (`bot.policy.policy_file`). Called by `python bot.py policy check`.
"""

from datetime import timedelta
from typing import cast

from bot.policy.ladder import step_words
from bot.policy.overlay import flatten
from bot.policy.wording import listed, points_words, threshold_words, time_words
from config.policy import CategoryRule, LadderStep, Mode, Policy, PolicyOverride, StepKind

_MODES = {
    Mode.OFF: "nothing is judged",
    Mode.SHADOW: "comments are judged and recorded, and nothing is done to anybody",
    Mode.ENFORCE: "comments are judged and recorded, and the ladder's steps are carried out",
}


def describe(policy: Policy) -> str:
    """Describe a policy in a page of plain text: categories, ladder, cap, overrides."""
    rows = [_HEADINGS, *(_row(name, rule) for name, rule in policy.categories.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(
        [
            f"Policy {policy.name}, mode {policy.mode}: {_MODES[policy.mode]}.",
            "",
            "A comment is flagged for a human, or acted on, when a category's score reaches:",
            *(f"  {line}" for line in table),
            *_weights(policy),
            "",
            "Once the author's points reach a step, the highest one reached is taken:",
            *(f"  {_rung(step)}" for step in policy.ladder),
            *_limits(policy),
            *_overrides(policy),
        ]
    )


_HEADINGS = ("category", "flag", "act", "points", "scored by")


def _row(name: str, rule: CategoryRule) -> tuple[str, ...]:
    labels = ", ".join(
        label if weight == 1 else f"{label} x {weight:g}" for label, weight in rule.labels.items()
    )
    if not rule.judged:
        return (name, "-", "-", "-", "not judged")
    points = f"{rule.points_at_act:g} to {rule.points_at_one:g}"
    return (name, threshold_words(rule.flag), threshold_words(rule.act), points, labels)


def _weights(policy: Policy) -> list[str]:
    return [
        f"  A score for {name} is multiplied by {rule.unaddressed_weight:g} when the comment speaks"
        " to nobody present."
        for name, rule in policy.categories.items()
        if rule.judged and rule.unaddressed_weight != 1
    ]


def _rung(step: LadderStep) -> str:
    return f"{points_words(step.at_points)}: {step_words(step)}"


def _limits(policy: Policy) -> list[str]:
    half_life = time_words(timedelta(days=policy.strikes.half_life_days))
    incident = time_words(timedelta(minutes=policy.strikes.incident_minutes))
    cap = policy.max_without_human
    lines = [f"Points halve every {half_life}; comments within {incident} are one incident."]
    if policy.strikes.incident_minutes == 0:
        lines = [f"Points halve every {half_life}; every comment is an incident of its own."]
    if cap is not StepKind.BAN:
        beyond = listed([str(kind) for kind in StepKind if kind.rank > cap.rank])
        lines.append(f"Without a human nothing harsher than {cap} happens; {beyond} wait for one.")
    if policy.exempt_roles:
        lines.append(f"Never acted on: members with the role {' or '.join(policy.exempt_roles)}.")
    return lines


def _overrides(policy: Policy) -> list[str]:
    if not policy.overrides:
        return []
    held = [f"  {o.level} {o.target}: {_change(o)}" for o in policy.overrides]
    return ["", "Other values hold here, the more specific winning:", *held]


def _change(override: PolicyOverride) -> str:
    parts: list[str] = []
    for key, value in flatten(override.changes()):
        match value:
            case list() if key == "ladder":
                shown = ", ".join(_rung(step) for step in override.ladder or ())
            case list():
                shown = ", ".join(override.exempt_roles or ()) or "none"
            case dict():
                weights = cast("dict[str, float]", value)
                shown = ", ".join(f"{label} x {weight:g}" for label, weight in weights.items())
            case float() if key.endswith((".flag", ".act")):
                shown = threshold_words(value)
            case _:
                shown = str(value).lower()
        parts.append(f"{key} is {shown}")
    return "; ".join(parts) or "nothing changes"
