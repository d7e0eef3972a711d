"""Folders for work in hand, which outlive nobody for long.

Each is gone when the work is done. One whose maker was killed is swept by the next who makes one:
the system lets go of a dead process's lock. Called by `bot.scoring.compiled_form` and
`bot.benchmark.contest`.
"""

import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = ".in-use"
"""Held by the folder's maker."""
LONGEST_S = 24 * 3600.0
"""How long a folder without a lock is left alone: somebody may be about to take it."""


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Generator[Path]:
    """Make a folder with a name of its own in `parent`; it is gone on leaving.

    Raises:
        OSError: it cannot be made.
    """
    with (
        tempfile.TemporaryDirectory(dir=parent, prefix=prefix, ignore_cleanup_errors=True) as name,
        FileLock(Path(name) / LOCK, thread_local=False),
    ):
        yield Path(name)


def sweep(parent: Path, pattern: str) -> None:
    """Remove those scratch folders whose makers are gone; what cannot be removed is left."""
    for folder in parent.glob(pattern):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    lock = folder / LOCK
    try:
        if not lock.exists():
            return time.time() - folder.stat().st_mtime > LONGEST_S
        with FileLock(lock, timeout=0):
            return True
    except (OSError, Timeout):  # in use, another user's, or gone meanwhile
        return False
