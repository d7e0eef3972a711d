"""Scratch folders: gone when the work is done, and swept when whoever made them was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.scoring.scratch import LONGEST_S, scratch_folder, sweep

ROOT = Path(__file__).parents[3]
MAKE = """
import sys
from pathlib import Path
from bot.scoring.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1]), "work-") as folder:
    (folder / "big").write_text("x")
    print("made", flush=True)
    sys.stdin.read()
"""


def maker(place: Path) -> subprocess.Popen[str]:
    made = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(place)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "made\n"
    return made


def test_it_is_gone_on_leaving(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, "work-") as folder:
        (folder / "a").touch()
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a kill as Unix has it")
def test_that_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    with maker(tmp_path) as dead, maker(tmp_path) as living:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        assert len(list(tmp_path.iterdir())) == 2
        sweep(tmp_path, "work-*")
        [left] = tmp_path.iterdir()
        assert (left / "big").read_text() == "x"
        living.communicate()
    assert list(tmp_path.iterdir()) == []


def test_one_without_a_lock_is_left_for_a_day(tmp_path: Path) -> None:
    fresh, old, other = (tmp_path / name for name in ("work-fresh", "work-old", "other"))
    for folder in (fresh, old, other):
        folder.mkdir()
        made = folder.stat().st_mtime
        if folder is not fresh:
            os.utime(folder, (made, made - LONGEST_S - 60))
    sweep(tmp_path, "work-*")
    assert sorted(tmp_path.iterdir()) == [other, fresh]
