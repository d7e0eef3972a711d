"""Which policy holds here: the policy with the overrides of a place and of a member's roles.

Not the finding of a comment's place (`bot.intake`). Called by the pipeline for every comment, and
by whoever wants to know why a setting is as it is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from bot.domain.comment import Place
from config.policy import Level, Policy, PolicyOverride


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the policy that holds here, and who set it.

    `key` is written as in TOML ("categories.slur.act"); `source` is for people.
    """

    key: str
    value: object
    source: str


def effective(policy: Policy, place: Place, roles: Collection[str]) -> Policy:
    """Lay the overrides that hold here over the policy; the result has none left.

    From the widest to the most specific: server, channel category, forum, thread, role. An override
    wins for the keys it sets alone; within a level the later in the file wins. A list (the ladder,
    the exempt roles) and a category's labels are replaced whole.
    """
    holding = _holding(policy, place, roles)
    if not holding:
        return policy.model_copy(update={"overrides": ()}) if policy.overrides else policy
    table = policy.model_dump(exclude={"overrides"})
    for override in holding:
        _lay_over(table, override.changes())
    return Policy.model_validate(table)


def explain(policy: Policy, place: Place, roles: Collection[str]) -> list[Setting]:
    """List every key that holds here, its value, and the override or the policy that set it."""
    sources = {
        key: (value, f"policy {policy.name}")
        for key, value in flatten(policy.model_dump(mode="json", exclude={"overrides", "name"}))
    }
    for override in _holding(policy, place, roles):
        number = policy.overrides.index(override) + 1
        source = f"override {number}, for {override.level} {override.target}"
        sources |= {key: (value, source) for key, value in flatten(override.changes())}
    return [Setting(key, value, source) for key, (value, source) in sources.items()]


def has_role(role: str, roles: Collection[str]) -> bool:
    """Say whether `role`, an id or a name in any case, is among a member's."""
    return role.casefold() in {held.casefold() for held in roles}


def flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """List a policy's keys as in TOML ("strikes.half_life_days"); a label table is one value."""
    for key, value in table.items():
        if isinstance(value, dict) and key != "labels":
            yield from flatten(cast("dict[str, Any]", value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _holding(policy: Policy, place: Place, roles: Collection[str]) -> list[PolicyOverride]:
    """List the overrides that hold, the one that wins last."""
    here = {
        Level.GUILD: place.guild,
        Level.CATEGORY: place.category,
        Level.FORUM: place.forum,
        Level.THREAD: place.thread,
    }
    holding = [
        override
        for override in policy.overrides
        if (
            has_role(override.target, roles)
            if override.level is Level.ROLE
            else here[override.level] == override.target
        )
    ]
    return sorted(holding, key=lambda override: override.level.rank)


def _lay_over(table: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and key != "labels":
            _lay_over(table[key], cast("dict[str, Any]", value))
        else:
            table[key] = value
