"""The file with the key that seals words: found beside the database, or made there once.

Not the sealing (`bot.storage.cipher`). Called by `bot.opening` where the environment gives no key.
"""

import os
from pathlib import Path

from bot.errors import StorageError
from bot.storage.cipher import Cipher, new_key
from bot.storage.location import locate

SERVER_KEY = Path("evenhand.key")
"""Where the key is for a database on a server: in the folder the bot is started in."""


def key_file_of(place: str) -> Path:
    """Say where the key of a database is kept.

    Raises:
        StorageError: the place names no database.
    """
    file = locate(place).file
    return SERVER_KEY if file is None else file.with_name(f"{file.name}.key")


def read_key(path: Path) -> bytes | None:
    """Read the key; None where there is no file.

    Raises:
        StorageError: the file cannot be read, or holds no key.
    """
    try:
        key = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    if not key:
        raise StorageError(f"{path} is empty, expected the key that seals the database's words")
    try:
        Cipher(key)
    except StorageError as error:
        raise StorageError(f"{path}: {error}") from error
    return key


def make_key(path: Path) -> bytes:
    """Make the key, readable by its owner alone; who comes second gets the first one's.

    Only for words that no key has sealed yet: `bot.opening` sees to that.

    Raises:
        StorageError: the file can be neither made nor read.
    """
    key = new_key()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key(path) or make_key(path)
    except OSError as error:
        raise _unusable(path, error) from error
    with os.fdopen(handle, "wb") as file:
        file.write(key + b"\n")
        file.flush()
        os.fsync(file.fileno())  # a key that is lost to a power cut loses what it sealed
    return key


def _unusable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be used ({error.strerror}), expected the key that seals the database's"
        " words, or a folder to make it in"
    )
