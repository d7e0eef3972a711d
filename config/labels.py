"""The toxicity labels, one meaning and one spelling each.

Every label that a Detoxify model can score; not the categories a policy speaks of
(`config.policy.Category`). Imported by everything that names a score.
"""

from enum import StrEnum


class Label(StrEnum):
    """What a model scores. The values are Detoxify's own names."""

    TOXICITY = "toxicity"
    SEVERE_TOXICITY = "severe_toxicity"
    OBSCENE = "obscene"
    THREAT = "threat"
    INSULT = "insult"
    IDENTITY_ATTACK = "identity_attack"
    SEXUAL_EXPLICIT = "sexual_explicit"


DETOXIFY_SPELLINGS = {
    "toxic": Label.TOXICITY,
    "severe_toxic": Label.SEVERE_TOXICITY,
    "identity_hate": Label.IDENTITY_ATTACK,
}
"""Older spellings inside published checkpoints (detoxify.py, `change_names`)."""
