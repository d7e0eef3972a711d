"""Which policy holds here: the policy with the overrides of a place and of a member's roles.

Not the finding of a comment's place (`bot.intake`). Called by the pipeline for every comment.
"""

from collections.abc import Collection

from bot.domain.comment import Place
from bot.policy.overlay import lay_over
from config.policy import Level, Policy, PolicyOverride


def effective(policy: Policy, place: Place, roles: Collection[str]) -> Policy:
    """Lay the overrides that hold here over the policy; the result has none left.

    From the widest to the most specific: server, channel category, forum, thread, role. An override
    wins for the keys it sets alone; within a level the later in the file wins. A list (the ladder,
    the exempt roles) and a category's labels are replaced whole.
    """
    holding = overrides_holding(policy, place, roles)
    if not holding:
        return policy.model_copy(update={"overrides": ()}) if policy.overrides else policy
    table = policy.model_dump(exclude={"overrides"})
    for override in holding:
        table = lay_over(table, override.changes())
    return Policy.model_validate(table)


def has_role(role: str, roles: Collection[str]) -> bool:
    """Say whether `role`, an id or a name in any case, is among a member's."""
    return role.casefold() in {held.casefold() for held in roles}


def overrides_holding(policy: Policy, place: Place, roles: Collection[str]) -> list[PolicyOverride]:
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
