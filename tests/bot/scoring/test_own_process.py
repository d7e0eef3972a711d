"""Our own processes: a busy process ends with whoever holds the other end of its input."""

import select
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BUSY = """
from threading import Event
from bot.scoring.own_process import end_with_input
end_with_input()
print("busy", flush=True)
Event().wait()
"""


@pytest.mark.skipif(not hasattr(select, "poll"), reason="Windows cannot tell")
def test_a_busy_process_ends_when_its_input_is_closed_and_reads_nothing_of_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as busy:
        assert busy.stdin is not None
        assert busy.stdout is not None
        assert busy.stdout.readline() == b"busy\n"
        busy.stdin.write(b"not read\n")
        busy.stdin.close()
        assert busy.wait() == 1
