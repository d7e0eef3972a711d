"""A policy's tables as they stand in TOML: one laid over another, or listed key by key.

Not what the keys mean (`config.policy`). Called for files that extend a preset
(`bot.policy.policy_file`), for overrides (`bot.policy.place`) and by `bot.policy.describe`.
"""

from collections.abc import Iterator
from typing import Any, cast

Table = dict[str, Any]
"""A TOML table, before it is checked."""

_WHOLE = frozenset({"labels"})
"""Tables that count as one value: half of a list of labels with their weights means nothing."""


def lay_over(base: Table, changes: Table) -> Table:
    """Lay `changes` over `base`, key by key; lists and label weights are replaced whole."""
    merged = dict(base)
    for key, value in changes.items():
        below = base.get(key)
        if key not in _WHOLE and isinstance(below, dict) and isinstance(value, dict):
            merged[key] = lay_over(cast("Table", below), cast("Table", value))
        else:
            merged[key] = value
    return merged


def flatten(table: Table, prefix: str = "") -> Iterator[tuple[str, object]]:
    """List a table's keys as in TOML ("strikes.half_life_days"); a label table is one value."""
    for key, value in table.items():
        if key not in _WHOLE and isinstance(value, dict):
            yield from flatten(cast("Table", value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
