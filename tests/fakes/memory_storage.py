"""Everything a running bot stores, in memory, for tests of what stands on the ports."""

from collections.abc import Callable
from datetime import datetime

from tests.fakes.memory_appeals import MemoryAppeals
from tests.fakes.memory_archive import MemoryArchive
from tests.fakes.memory_case_log import MemoryCaseLog
from tests.fakes.memory_claims import MemoryClaims
from tests.fakes.memory_guilds import MemoryGuilds
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.memory_ledger import MemoryLedger


class MemoryStorage:
    """The same attributes as `bot.storage.storage.Storage`, except for the database itself."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.ledger = MemoryLedger(clock)
        self.cases = MemoryCaseLog(clock, self.ledger)
        self.journal = MemoryJournal()
        self.appeals = MemoryAppeals()
        self.claims = MemoryClaims()
        self.guilds = MemoryGuilds()
        self.archive = MemoryArchive(
            cases=self.cases,
            journal=self.journal,
            appeals=self.appeals,
            guilds=self.guilds,
            clock=clock,
        )
