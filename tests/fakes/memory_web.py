"""API keys and suggestions in memory. Fit the ports of `bot.web`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.api_key import ApiKey
from bot.domain.suggestion import Suggestion


@dataclass
class MemoryApiKeys:
    """Keys that a test can change at any time. `readings` counts how often they were read."""

    keys: list[ApiKey] = field(default_factory=list[ApiKey])
    readings: int = 0

    async def all(self) -> Sequence[ApiKey]:
        self.readings += 1
        return list(self.keys)


@dataclass
class MemorySuggestions:
    """What was suggested, in order."""

    kept: list[Suggestion] = field(default_factory=list[Suggestion])

    async def add(self, suggestion: Suggestion) -> None:
        self.kept.append(suggestion)
