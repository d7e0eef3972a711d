"""API keys in a database. Fits `bot.web.ports.ApiKeys`; knows hashes, never a key's text.

Used by `bot.api_keys`, which makes and revokes them, and by the server, which reads them.
"""

from datetime import datetime

from sqlmodel import col, select

from bot.domain.api_key import ApiKey
from bot.errors import RefusedError
from bot.storage.database import Database
from bot.storage.web_tables import ApiKeyRow


class SqlApiKeys:
    """The keys in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[ApiKey]:
        """List every key by name, revoked ones too."""
        async with self._database.read() as session:
            rows = await session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.name)))
            return [_to_key(row) for row in rows]

    async def add(self, key: ApiKey) -> None:
        """Record a new key.

        Raises:
            RefusedError: there is a key of that name already, or there was.
        """
        async with self._database.write() as session:
            if await session.get(ApiKeyRow, key.name) is not None:
                raise RefusedError(f"there is a key named {key.name} already: choose another name")
            session.add(
                ApiKeyRow(
                    name=key.name,
                    sha256=key.sha256,
                    per_minute=key.per_minute,
                    made_at=key.made_at,
                    revoked_at=key.revoked_at,
                )
            )

    async def revoke(self, name: str, at: datetime) -> None:
        """Revoke a key for good.

        Raises:
            RefusedError: there is none of that name, or it is revoked already.
        """
        async with self._database.write() as session:
            row = await session.get(ApiKeyRow, name)
            if row is None:
                raise RefusedError(f"there is no key named {name}: see python bot.py key list")
            if row.revoked_at is not None:
                raise RefusedError(f"the key {name} was revoked already, on {row.revoked_at:%F}")
            row.revoked_at = at


def _to_key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(row.name, row.sha256, row.per_minute, row.made_at, row.revoked_at)
