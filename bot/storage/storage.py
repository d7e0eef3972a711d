"""Everything a running bot stores, opened together over one database.

Not the ports (`bot.moderation.ports`), which its parts fit, nor the database (`open_database`, for
verbs that need the cases alone). Opened by composition roots.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.storage.appeals import SqlAppeals
from bot.storage.archive import SqlArchive
from bot.storage.case_log import SqlCaseLog
from bot.storage.claims import SqlClaims
from bot.storage.database import Database, open_database
from bot.storage.guilds import SqlGuilds
from bot.storage.journal import SqlJournal
from bot.storage.ledger import SqlLedger


@dataclass(frozen=True, slots=True)
class Storage:
    """The adapters of an open database, one for each port."""

    cases: SqlCaseLog
    ledger: SqlLedger
    journal: SqlJournal
    appeals: SqlAppeals
    claims: SqlClaims
    guilds: SqlGuilds
    archive: SqlArchive
    database: Database


@asynccontextmanager
async def open_storage(
    place: str, *, key: bytes | None, clock: Callable[[], datetime], alone: bool = True
) -> AsyncGenerator[Storage]:
    """Open all that a running bot stores, by path or URL; closed on leaving.

    `key` seals people's words (several with commas between, the newest first; None leaves them
    plain). `alone` is for the running bot; a verb that only looks on opens it with False.

    Raises:
        StorageError: it cannot be used, or another bot is running on it; the sentence says which.
    """
    async with open_database(place, key=key, alone=alone) as database:
        yield Storage(
            cases=SqlCaseLog(database, clock),
            ledger=SqlLedger(database, clock),
            journal=SqlJournal(database),
            appeals=SqlAppeals(database),
            claims=SqlClaims(database),
            guilds=SqlGuilds(database),
            archive=SqlArchive(database, clock),
            database=database,
        )
