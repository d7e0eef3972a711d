"""Fits a key to a database: all its words are sealed with the newest key, or all are plain.

Not the sealing of one text (`bot.storage.cipher`). A key given for the first time seals what is
there; a new key before an old one seals it anew, so that the old one can be dropped. Called by
`bot.storage.database` when it opens.
"""

from collections.abc import Callable

from sqlalchemy import Table, bindparam, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.errors import StorageError
from bot.storage.cipher import Cipher, map_words
from bot.storage.live_tables import KeyCheckRow
from bot.storage.location import Location
from bot.storage.tables import Row
from bot.storage.web_tables import WEB_SEALED

KNOWN_WORD = "Evenhand"
"""What the check of the key holds, sealed."""
ROWS_AT_ONCE = 500

SEALED = {
    "cases": ("text", "normalised", "mentions", "parent", "scores"),
    "case_events": ("text",),
    "effects": ("text",),
    "journal": ("text",),
    "appeal_remarks": ("text",),
    **WEB_SEALED,
}
"""The columns that hold people's words: text whole, JSON in its `bot.storage.cipher.WORDS`."""


class SealedError(StorageError):
    """The words are sealed, and no key was given."""


async def key_fits(session: AsyncSession, cipher: Cipher, location: Location) -> bool:
    """Say whether all words are as the cipher would seal them; False where they must be resealed.

    Raises:
        StorageError: the words are sealed, and there is no key or another one.
    """
    check = await session.get(KeyCheckRow, 1)
    if check is None:
        return cipher.is_plain
    if cipher.is_plain:
        raise SealedError(
            f"the words in the database {location} are sealed: give the key they were sealed with"
        )
    try:
        is_ours = cipher.reveal(check.sealed) == KNOWN_WORD
    except ValueError:
        is_ours = False
    if not is_ours:
        raise StorageError(
            f"the words in the database {location} were sealed with another key: give that one,"
            " after the new one where the key is being changed"
        )
    return cipher.seals_as(check.sealed)


async def reseal(session: AsyncSession, cipher: Cipher) -> None:
    """Seal all words with the newest key, in the writing transaction at hand."""
    check = await session.get(KeyCheckRow, 1)

    def anew(text: str) -> str:
        return cipher.seal(text if check is None else cipher.reveal(text))

    for table, columns in SEALED.items():
        await _rewrite(session, Row.metadata.tables[table], columns, anew)
    await session.merge(KeyCheckRow(id=1, sealed=cipher.seal(KNOWN_WORD)))


async def _rewrite(
    session: AsyncSession, table: Table, columns: tuple[str, ...], change: Callable[[str], str]
) -> None:
    keys = tuple(column.name for column in table.primary_key)
    key_of = tuple_(*(table.c[name] for name in keys))
    connection = await session.connection()
    every_key = (await connection.execute(select(*(table.c[name] for name in keys)))).all()
    statement = (
        table.update()
        .where(*(table.c[name] == bindparam(f"old_{name}") for name in keys))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    for start in range(0, len(every_key), ROWS_AT_ONCE):
        some = [tuple(key) for key in every_key[start : start + ROWS_AT_ONCE]]
        chosen = select(*(table.c[name] for name in keys + columns)).where(key_of.in_(some))
        changes = [
            {f"old_{name}": row[name] for name in keys}
            | {f"new_{name}": _changed(row[name], change) for name in columns}
            for row in (await connection.execute(chosen)).mappings()
        ]
        await connection.execute(statement, changes)


def _changed(value: object, change: Callable[[str], str]) -> object:
    return change(value) if isinstance(value, str) else map_words(change, value)
