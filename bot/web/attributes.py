"""Which of Perspective's attributes are served: those a Detoxify label honestly stands for.

A table, not a model: what the loaded model lacks is not served either. Read by `analysis`, by the
evaluation of agreement and by the threshold advice.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from config.labels import Label

LABEL_OF: Mapping[str, Label] = MappingProxyType(
    {
        "TOXICITY": Label.TOXICITY,
        "SEVERE_TOXICITY": Label.SEVERE_TOXICITY,
        "IDENTITY_ATTACK": Label.IDENTITY_ATTACK,
        "INSULT": Label.INSULT,
        "THREAT": Label.THREAT,
        "PROFANITY": Label.OBSCENE,
        "OBSCENE": Label.OBSCENE,
        "SEXUALLY_EXPLICIT": Label.SEXUAL_EXPLICIT,
    }
)
"""Attribute -> label. PROFANITY and OBSCENE are two names for what one label learned."""

_EXPERIMENTAL = "_EXPERIMENTAL"

NOT_SERVED = frozenset(
    {
        *(f"{name}{_EXPERIMENTAL}" for name in LABEL_OF if name != "OBSCENE"),
        "FLIRTATION",
        "AFFINITY_EXPERIMENTAL",
        "COMPASSION_EXPERIMENTAL",
        "CURIOSITY_EXPERIMENTAL",
        "NUANCE_EXPERIMENTAL",
        "PERSONAL_STORY_EXPERIMENTAL",
        "REASONING_EXPERIMENTAL",
        "RESPECT_EXPERIMENTAL",
        "ATTACK_ON_AUTHOR",
        "ATTACK_ON_COMMENTER",
        "INCOHERENT",
        "INFLAMMATORY",
        "LIKELY_TO_REJECT",
        "SPAM",
        "UNSUBSTANTIAL",
    }
)
"""Perspective had these; no label of a Detoxify model means them."""

PERSPECTIVES = frozenset(LABEL_OF) | NOT_SERVED
"""All that Perspective had."""


@cache
def served_by(labels: tuple[Label, ...]) -> Mapping[str, Label]:
    """Say which attributes a model with these labels gives, and from which label."""
    return MappingProxyType({name: label for name, label in LABEL_OF.items() if label in labels})
