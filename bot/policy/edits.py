"""Edits of a policy, as chat commands make them. Pure: a policy in, a checked policy out.

Not the saving (`bot.moderation.policies`). Called by `cogs.policy` and `cogs.setup`.
"""

from collections.abc import Collection
from typing import Any, Literal, cast

from pydantic import ValidationError

from bot.errors import BadPolicyError
from bot.policy.complaints import translate
from bot.policy.overlay import Table, lay_over
from bot.policy.policy_file import load_preset
from config.policy import Category, Level, Mode, Policy, StepKind

Threshold = Literal["flag", "act"]


def with_threshold(
    policy: Policy, category: Category, which: Threshold, value: float, *, forum: str | None = None
) -> Policy:
    """Set one threshold, everywhere or in one forum.

    Raises:
        BadPolicyError: the value is out of bounds, or flag would stand above act.
    """
    return _changed(policy, {"categories": {category.value: {which: value}}}, forum)


def with_mode(policy: Policy, mode: Mode, *, forum: str | None = None) -> Policy:
    """Set the mode, everywhere (overrides keep theirs) or in one forum.

    Raises:
        BadPolicyError: never for a mode of `Mode`; it checks the whole policy anew.
    """
    return _changed(policy, {"mode": mode.value}, forum)


def with_ladder_step(
    policy: Policy, at_points: float, step: StepKind, *, minutes: int | None = None
) -> Policy:
    """Set what happens at so many points: a new step, or another in the place of the one there.

    Raises:
        BadPolicyError: a milder step would follow a harsher one, or a timeout lacks its minutes.
    """
    table = _table(policy)
    rung: Table = {"at_points": at_points, "step": step.value}
    if minutes is not None:
        rung["minutes"] = minutes
    others = [r for r in _rungs(table) if r["at_points"] != at_points]
    if step is StepKind.WARN and any(r["removes_comment"] for r in others if _is_below(r, rung)):
        rung["removes_comment"] = True  # a milder step below removes it, so this one has to
    table["ladder"] = sorted([*others, rung], key=lambda r: r["at_points"])
    return _checked(table, policy.name)


def without_ladder_step(policy: Policy, at_points: float) -> Policy:
    """Take the step at so many points out.

    Raises:
        BadPolicyError: there is none, or it is the last one left.
    """
    table = _table(policy)
    kept = [r for r in _rungs(table) if r["at_points"] != at_points]
    if len(kept) == len(policy.ladder):
        there = ", ".join(f"{rung.at_points:g}" for rung in policy.ladder)
        what = f"ladder has no step at {at_points:g} points, expected one of {there}"
        raise BadPolicyError(f"policy {policy.name}", what)
    table["ladder"] = kept
    return _checked(table, policy.name)


def with_exempt(policy: Policy, roles: Collection[str]) -> Policy:
    """Set the roles that are never acted on, each once.

    Raises:
        BadPolicyError: never for role names or ids; it checks the whole policy anew.
    """
    return _changed(policy, {"exempt_roles": list(dict.fromkeys(roles))}, None)


def with_preset(policy: Policy, preset: str) -> Policy:
    """Take a preset's values, keeping this policy's mode, exempt roles and overrides.

    Raises:
        BadPolicyError: there is no such preset, or an override does not fit it.
    """
    mine = _table(policy)
    kept = {key: mine[key] for key in ("mode", "exempt_roles", "overrides")}
    return _checked(_table(load_preset(preset)) | kept, preset)


def without_forum(policy: Policy, forum: str) -> Policy:
    """Drop what differs in one forum.

    Raises:
        BadPolicyError: nothing does.
    """
    kept = [o for o in policy.overrides if (o.level, o.target) != (Level.FORUM, forum)]
    if len(kept) == len(policy.overrides):
        what = f"has nothing of its own for forum {forum}, expected an override of that forum"
        raise BadPolicyError(f"policy {policy.name}", what)
    return policy.model_copy(update={"overrides": tuple(kept)})


def in_shadow(policy: Policy) -> Policy:
    """Keep a policy from acting anywhere: every mode that says enforce becomes shadow."""
    enforcing = {"mode": Mode.SHADOW}
    overrides = tuple(
        o.model_copy(update=enforcing) if o.mode is Mode.ENFORCE else o for o in policy.overrides
    )
    own = enforcing if policy.mode is Mode.ENFORCE else {}
    return policy.model_copy(update={**own, "overrides": overrides})


def _changed(policy: Policy, changes: Table, forum: str | None) -> Policy:
    """Lay changes over the policy itself, or over what differs in one forum."""
    table = _table(policy)
    if forum is None:
        return _checked(lay_over(table, changes), policy.name)
    overrides = cast("list[Table]", table["overrides"])
    # The last one wins among those of one forum, so that is the one to change.
    last = max((n for n, o in enumerate(overrides) if o.get("forum") == forum), default=None)
    if last is None:
        overrides.append({"forum": forum, **changes})
    else:
        overrides[last] = lay_over(overrides[last], changes)
    return _checked(table, policy.name)


def _table(policy: Policy) -> Table:
    table = policy.model_dump(mode="json", exclude_none=True, exclude={"overrides"})
    table["overrides"] = [{o.level.value: o.target} | o.changes() for o in policy.overrides]
    return table


def _rungs(table: Table) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", table["ladder"])


def _is_below(rung: Table, other: Table) -> bool:
    return bool(rung["at_points"] < other["at_points"])


def _checked(table: Table, name: str) -> Policy:
    try:
        return Policy.model_validate(table)
    except ValidationError as error:
        first, *others = [complaint.sentence for complaint in translate(error, "")]
        raise BadPolicyError(f"policy {name}", "\n".join([first, *others])) from error
