"""Refuses a policy that judges by a label the loaded model does not score. Pure.

Not the check of a policy by itself (`config.policy`). Called by the commands at the start, once the
model is loaded.
"""

from collections.abc import Iterable, Iterator

from bot.errors import BadPolicyError
from config.labels import Label
from config.policy import Policy


def require_labels(policy: Policy, labels: Iterable[Label]) -> None:
    """Refuse a policy that judges by a label the loaded model does not score.

    Raises:
        BadPolicyError: names the first such key. A missing score must not read as a harmless one.
    """
    scored = list(labels)
    for where, label in _labels_used(policy):
        if label not in scored:
            what = (
                f"{where} names {label}, which the loaded model does not score,"
                f" expected only {', '.join(scored)}"
            )
            raise BadPolicyError(f"policy {policy.name}", what)


def _labels_used(policy: Policy) -> Iterator[tuple[str, Label]]:
    for category, rule in policy.categories.items():
        changes = [o.categories[category] for o in policy.overrides if category in o.categories]
        if rule.judged or any(change.judged for change in changes):
            for label in rule.labels:
                yield f"categories.{category}.labels", label
    for i, override in enumerate(policy.overrides, start=1):
        for category, change in override.categories.items():
            for label in change.labels or ():
                yield f"overrides[{i}].categories.{category}.labels", label
