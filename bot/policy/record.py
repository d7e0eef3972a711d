"""What is kept of a policy: its version, and its whole text as TOML. Pure.

Not the reading of a policy (`bot.policy.policy_file`). Called by the pipeline for what a case keeps
of the policy it was judged under, and by whoever shows which policy that was.
"""

import hashlib
import json

import tomli_w

from config.policy import Policy


def policy_version(policy: Policy) -> str:
    """Name a policy by its content: equal policies have equal versions. 12 hex digits."""
    canonical = json.dumps(policy.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def to_toml(policy: Policy) -> str:
    """Write a policy whole: reading the text gives an equal policy."""
    table = policy.model_dump(mode="json", exclude_none=True, exclude={"overrides"})
    overrides = [{o.level.value: o.target} | o.changes() for o in policy.overrides]
    return tomli_w.dumps(table | ({"overrides": overrides} if overrides else {}))
