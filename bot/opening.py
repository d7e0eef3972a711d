"""Opens the database that the settings name, with the key that seals its words.

Shared by the verbs that look into a bot's database without being the bot (`serve`, `key`,
`advise`).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.errors import StorageError
from bot.storage.database import Database, open_database
from bot.storage.key_file import key_file_of, make_key, read_key
from bot.storage.sealing import SealedError
from config.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """Open the database beside whoever else uses it; closed on leaving.

    Raises:
        StorageError: it, or its key, cannot be used.
    """
    async with open_database(settings.database, key=await words_key(settings)) as database:
        yield database


async def words_key(settings: Settings) -> bytes:
    """Find the key that seals words: the settings' own, else the file beside the database.

    Without either one is made there, unless words are sealed already: then the file is lost, and no
    other key will do.

    Raises:
        StorageError: the file is lost, or can be neither read nor made.
    """
    if settings.text_keys is not None:
        return settings.text_keys.get_secret_value().encode()
    path = key_file_of(settings.database)
    key = read_key(path)
    if key is not None:
        return key
    try:
        async with open_database(settings.database):
            return make_key(path)
    except SealedError as error:
        raise StorageError(f"{error}; its file {path} is missing") from error
