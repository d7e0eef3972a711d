"""Writes sentences of our own from `templates.toml`: contrasts the labelled sets lack.

Grammar and fillers only; what each family is for stands in the TOML file and in the model card.
Called by `bot.training.train`.
"""

import random
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from bot.training.examples import Examples
from bot.training.sources import LABELS

SOURCE = "templates"
"""The source name of these sentences in reports."""
REPEAT = 0.7
"""How often a sentence is drawn in one pass."""


@dataclass(frozen=True, slots=True)
class Family:
    """One side of a contrast. `labels` and `weights` are in the order of `LABELS`."""

    name: str
    share: float
    templates: Sequence[str]
    labels: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The families and the fillers that their templates name."""

    families: Sequence[Family]
    fillers: Mapping[str, Sequence[str]]

    def write(self, template: str, chance: random.Random) -> str:
        """Fill a template in; `a` becomes `an` before a vowel, the first letter a capital."""

        def fill(match: re.Match[str]) -> str:
            return re.sub(_NAME, fill, chance.choice(self.fillers[match.group(1)]))

        text = re.sub(_NAME, fill, template)
        text = re.sub(r"\b([Aa]) (?=[aeiouAEIO])", r"\1n ", text)
        text = re.sub(r" {2,}", " ", text).strip()
        return text[:1].upper() + text[1:]


def load_grammar() -> Grammar:
    """Read `templates.toml` beside this module."""
    content = resources.files(__package__ or "").joinpath("templates.toml").read_text("utf-8")
    table: dict[str, Any] = tomllib.loads(content)
    return Grammar([_family(entry) for entry in table["family"]], table["fillers"])


def write_examples(
    grammar: Grammar, count: int, seed: int, normalise: Callable[[str], str]
) -> Examples:
    """Write about `count` different sentences, each family its share."""
    chance = random.Random(seed)  # noqa: S311 - reproducible on purpose, not a secret
    whole = sum(family.share for family in grammar.families)
    texts: dict[str, Family] = {}
    for family in grammar.families:
        wanted = round(count * family.share / whole)
        # A small family may have fewer sentences in it than its share asks for.
        for attempt in range(wanted * 2):
            if wanted == 0:
                break
            template = family.templates[attempt % len(family.templates)]
            text = normalise(grammar.write(template, chance)).strip()
            if text and text not in texts:
                texts[text] = family
                wanted -= 1
    families = list(texts.values())
    return Examples(
        texts=list(texts),
        sources=[SOURCE] * len(texts),
        labels=np.array([f.labels for f in families], dtype=np.float32),
        weights=np.array([f.weights for f in families], dtype=np.float32),
        repeats=np.full(len(texts), REPEAT, dtype=np.float32),
    )


_NAME = re.compile(r"\{(\w+)\}")


def _family(entry: Mapping[str, Any]) -> Family:
    named: Mapping[str, float] = entry.get("labels", {})
    unknown = frozenset(entry.get("unknown", ()))
    weight = float(entry.get("weight", 1.0))
    return Family(
        name=entry["name"],
        share=float(entry["share"]),
        templates=tuple(entry["templates"]),
        labels=tuple(float(named.get(label, entry["default"])) for label in LABELS),
        weights=tuple(0.0 if label in unknown else weight for label in LABELS),
    )
