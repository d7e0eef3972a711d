"""A contest that is stopped or killed leaves no process and no folder behind."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.benchmark.contest import PREFIX
from bot.scoring.scratch import sweep

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="asks Linux for an end")

ROOT = Path(__file__).parents[3]
PREPARING = """
import asyncio, signal, sys
from pathlib import Path
from bot.benchmark.contest import PREFIX
from bot.benchmark.process import prepare
from bot.scoring.scratch import scratch_folder

begin = asyncio.create_subprocess_exec

async def begin_and_tell(*command, **how):
    process = await begin(*command, **how)
    print(process.pid, flush=True)
    return process

async def main():
    with scratch_folder(Path(sys.argv[1]), PREFIX) as folder:
        await prepare(folder, "compact")

asyncio.create_subprocess_exec = begin_and_tell
signal.signal(signal.SIGTERM, signal.default_int_handler)
asyncio.run(main())
"""
PATIENCE_S = 60


def ends(process: int) -> bool:
    """Wait until another process's child has ended."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], PATIENCE_S)[0])
    finally:
        os.close(handle)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_who_prepares_the_models_ends_with_the_contest(tmp_path: Path, name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PREPARING, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as contest:
        assert contest.stdout is not None
        child = int(contest.stdout.readline())
        contest.send_signal(signal.Signals[name])
    assert ends(child)
    sweep(tmp_path, f"{PREFIX}*")  # as the next contest does
    assert list(tmp_path.iterdir()) == []
