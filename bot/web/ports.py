"""What the server needs of the world. Adapters fit these by shape; composition roots wire them."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.api_key import ApiKey
from bot.domain.suggestion import Suggestion


class Suggestions(Protocol):
    """Where suggested scores are kept. Fitted by `bot.storage.suggestions.SqlSuggestions`."""

    async def add(self, suggestion: Suggestion) -> None:
        """Record a suggestion.

        Raises:
            StorageError: it could not be recorded.
        """
        ...


class ApiKeys(Protocol):
    """Which keys there are. Fitted by `bot.storage.api_keys.SqlApiKeys`."""

    async def all(self) -> Sequence[ApiKey]:
        """List every key, revoked ones too.

        Raises:
            StorageError: they could not be read.
        """
        ...
