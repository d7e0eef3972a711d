"""Opens the database that the settings name, with the key that seals its words.

Shared by the verbs that look into a bot's database without being the bot (`serve`, `key`,
`advise`).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.storage.database import Database, open_database
from bot.storage.key_file import key_file_of, read_or_make_key
from config.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """Open the database beside whoever else uses it; closed on leaving.

    Raises:
        StorageError: it, or its key, cannot be used.
    """
    async with open_database(settings.database, key=words_key(settings)) as database:
        yield database


def words_key(settings: Settings) -> bytes:
    """Find the key that seals words: the settings' own, else the file beside the database.

    Raises:
        StorageError: the file can be neither read nor made.
    """
    if settings.text_keys is not None:
        return settings.text_keys.get_secret_value().encode()
    return read_or_make_key(key_file_of(settings.database))
