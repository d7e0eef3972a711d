"""The tests' side of a bot in a process of its own: start it, watch it, kill it, start it again.

Processes are forked from a server that has the bot's modules imported already, so that a start
takes a fraction of a second. Not what happens in the process (`bot_process`).
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.fakes.discord.server import TOKEN, FakeDiscord
from tests.faults.scene import KEY

_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(["tests.faults.bot_process"])


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is told at its start.

    `fuse` is the file that names the point to die at; a point that is reached is written to the
    pipe. `output` takes all that the process prints.
    """

    api_url: str
    gateway_url: str
    fuse: Path
    output: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class BotProcess:
    """A bot that may be started again and again. `steps` are the points all its lives reached."""

    def __init__(self, discord: FakeDiscord, database: Path, name: str = "first") -> None:
        self._discord = discord
        self._fuse = database.with_name(f"{name}.fuse")
        self._output = database.with_name(f"{name}.out")
        self._environment = {
            "DISCORD_TOKEN": TOKEN,
            "EVENHAND_DATABASE": str(database),
            "EVENHAND_TEXT_KEYS": KEY.decode(),
        }
        self._process: ForkServerProcess | None = None
        self._ears: Connection | None = None
        self.steps: list[str] = []
        self.exit_code: int | None = None
        self.starts = 0

    @property
    def printed(self) -> str:
        """All that was printed, in every life."""
        return self._output.read_text() if self._output.exists() else ""

    def start(self) -> None:
        """Begin a life."""
        self.starts += 1
        self.exit_code = None
        self._ears, mouth = _nursery.Pipe(duplex=False)
        job = Job(
            self._discord.api_url,
            self._discord.gateway_url,
            self._fuse,
            self._output,
            self._environment,
        )
        self._process = _nursery.Process(target=_enter, args=(job, mouth), daemon=True)
        self._process.start()
        mouth.close()
        asyncio.get_running_loop().add_reader(self._ears.fileno(), self._listen)

    def arm(self, point: str) -> None:
        """Let the process die the next time it reaches a point, in this life or the next."""
        self._fuse.write_text(f"die {point}")

    def hold_at(self, point: str) -> None:
        """Let the process wait wherever it reaches a point, until it is disarmed."""
        self._fuse.write_text(f"wait {point}")

    def disarm(self) -> None:
        """Let it go on."""
        self._fuse.unlink(missing_ok=True)

    def terminate(self) -> None:
        """Ask it to stop, as a service does."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word."""
        self._send(signal.SIGKILL)

    def check_alive(self) -> None:
        """Fail with the last that was printed, where a life has ended."""
        assert self.exit_code is None, "\n".join(self.printed.splitlines()[-12:])

    async def reached(self, point: str, times: int = 1) -> None:
        """Wait until a point was reached so many times, over all lives."""
        await self._discord.state.until(lambda: self.steps.count(point) >= times)

    async def ended(self, *, within_s: float = 20.0) -> int:
        """Wait for the end of this life; gives its exit code, or minus the signal's number."""
        await self._discord.state.until(lambda: self.exit_code is not None, within_s=within_s)
        return self.exit_code or 0

    async def aclose(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self.exit_code is None:
            self.kill()
            await self.ended()

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _listen(self) -> None:
        """Take what the process says; its end closes the pipe, however it ends."""
        if self._ears is None or self._process is None:
            return
        try:
            while self._ears.poll():
                self.steps.append(self._ears.recv())
        except (EOFError, ConnectionResetError):
            asyncio.get_running_loop().remove_reader(self._ears.fileno())
            self._ears.close()
            self._process.join()
            self.exit_code = self._process.exitcode
        self._discord.state.changed()


def _enter(job: Job, mouth: Connection) -> None:
    from tests.faults import bot_process

    bot_process.main(job, mouth)
