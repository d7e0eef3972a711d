"""What keeps words unreadable in the database: sealed on the way in, revealed on the way out.

Not which words (`bot.storage.rows` and its neighbours), nor whether a key fits a database
(`bot.storage.sealing`). Fernet, of the `cryptography` package: AES-128-CBC with HMAC-SHA-256.
"""

from collections.abc import Callable
from typing import cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import StorageError

WORDS = frozenset({"text", "name"})
"""The members of stored JSON that hold people's words and names. All else in it is plain."""


class Cipher:
    """Seals with the first of its keys and reveals with any; without keys it leaves words plain.

    Empty text stays empty, so that erased text can be told from sealed text.
    """

    def __init__(self, keys: bytes | None = None) -> None:
        """Take keys, the newest first, with commas between.

        Raises:
            StorageError: one of them is no key.
        """
        self._fernet: MultiFernet | None = None
        self._newest: Fernet | None = None
        if keys is None:
            return
        try:
            fernets = [Fernet(key.strip()) for key in keys.split(b",") if key.strip()]
        except ValueError as error:
            raise _no_key() from error
        if not fernets:
            raise _no_key()
        self._fernet, self._newest = MultiFernet(fernets), fernets[0]

    @property
    def is_plain(self) -> bool:
        """Say whether words are left as they are."""
        return self._fernet is None

    def seal(self, text: str) -> str:
        """Make text unreadable."""
        if self._fernet is None or not text:
            return text
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def reveal(self, sealed: str) -> str:
        """Undo `seal`.

        Raises:
            ValueError: the text was not sealed with any of the keys, or was changed since.
        """
        if self._fernet is None or not sealed:
            return sealed
        return _decrypt(self._fernet, sealed)

    def seals_as(self, sealed: str) -> bool:
        """Say whether the newest key sealed this; False for plain text and older keys."""
        if self._newest is None:
            return False
        try:
            _decrypt(self._newest, sealed)
        except ValueError:
            return False
        return True


def new_key() -> bytes:
    """Make a new random key."""
    return Fernet.generate_key()


def map_words(change: Callable[[str], str], value: object) -> object:
    """Copy JSON with its `WORDS` changed, at any depth."""
    match value:
        case dict():
            members = cast("dict[str, object]", value)
            return {
                name: change(member)
                if name in WORDS and isinstance(member, str)
                else map_words(change, member)
                for name, member in members.items()
            }
        case list():
            return [map_words(change, item) for item in cast("list[object]", value)]
        case _:
            return value


def _decrypt(fernet: Fernet | MultiFernet, sealed: str) -> str:
    try:
        return fernet.decrypt(sealed.encode("ascii")).decode("utf-8", "surrogatepass")
    except (InvalidToken, UnicodeError) as error:
        raise ValueError("its words cannot be revealed with the keys given") from error


def _no_key() -> StorageError:
    return StorageError(
        "a key for the database's words cannot be used, expected 32 random bytes as 44 characters"
        " of URL-safe base64 (several with commas between, the newest first)"
    )
