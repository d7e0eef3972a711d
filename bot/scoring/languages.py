"""Which languages a model was made for. A table: it asks no model.

Read by whoever must refuse a text in another language (`bot.serve`).
"""

from collections.abc import Mapping
from types import MappingProxyType

SEVEN = ("en", "fr", "es", "it", "pt", "tr", "ru")
"""What Detoxify's multilingual model was trained and tested on."""

_LANGUAGES: Mapping[str, tuple[str, ...]] = MappingProxyType({"multilingual": SEVEN})


def languages_of(name: str) -> tuple[str, ...]:
    """Say which languages a model reads, the best first; English where nothing else is known.

    `name` is the model's own (`ModelId.name`), compiled or not.
    """
    return _LANGUAGES.get(name.partition(" int8")[0], ("en",))
