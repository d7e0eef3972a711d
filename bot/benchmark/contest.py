"""The contest: everybody in a process of their own, turn by turn, round after round.

One works at a time, and each round has everybody's turn, so that a machine that is busier for a
minute is busier for all of them; a ratio is of one round, and its median over rounds is what
counts. Called by `bot.bench`.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from bot.benchmark.comments import BLOCK, SAMPLE, as_raid
from bot.benchmark.deviation import deviation_of
from bot.benchmark.entries import Entry, Models, entries_for
from bot.benchmark.figures import Deviation, Figures
from bot.benchmark.machine import this_machine
from bot.benchmark.plan import Plan
from bot.benchmark.process import Contestant, contestant, prepare
from bot.benchmark.tally import Beside, Requests, Tally, figures_of
from bot.errors import ModerationError
from bot.scoring.scratch import scratch_folder, sweep

PREFIX = "evenhand-bench-"
"""What the folder begins with that holds the models of a contest."""
LOADS = (0.25, 0.5, 0.75, 0.9)
"""Shares of what the bot's way of scoring manages at most, at which its latencies are measured."""
OVERLOAD = 1.5
"""The share at which the server has to turn requests away."""
OVERLOAD_COMMENTS = 1024
"""Asked for at that share: a third is too much, and more than the server lets wait (256)."""
WARM_UP, ALONE = 8, 24
APART = 96
"""Texts asked for both by a request and through the batcher, to see what the request adds."""
BURST = 256
"""Comments at once that tell how many a second are the most, before each turn at a share of it."""
IN_A_ROW = 8
"""Texts that are asked for one after the other before it is the other's turn."""
LEAST_LOAD = 48
"""Comments that come by chance in one turn, at least."""
COMPARED = 2000
"""Comments of a file that eager and compiled scores are compared on, at most."""

Tell = Callable[[str], None]


async def hold(plan: Plan, tell: Tell) -> Figures:
    """Measure everybody.

    Raises:
        ModerationError: the model cannot be had, or a contestant failed.
    """
    place = Path(tempfile.gettempdir())
    sweep(place, f"{PREFIX}*")
    with scratch_folder(place, PREFIX) as folder:
        tell("writing and compiling the models")
        models = await prepare(folder, plan.model)
        contest = _Contest(plan, models, tell)
        async with AsyncExitStack() as stack:
            await contest.gather(stack)
            for number in range(1, plan.rounds + 1):
                await contest.play_round(number)
            await contest.finish()
        tell("comparing scores with the eager model")
        compared = await _compare(plan, models)
    return figures_of(
        plan,
        contest.entries,
        contest.tallies,
        contest.beside,
        machine=this_machine(),
        deviation=compared,
    )


async def overhead(server: Contestant, client: Contestant, texts: Sequence[str]) -> float:
    """Ask for each text through the batcher and by a request; seconds between, in the middle.

    Some texts at a time each, so that nobody is measured while waking up; who is first alternates.

    Raises:
        ModerationError: no request was answered, or a contestant failed.
    """
    apart: list[float] = []
    for at in range(0, len(texts), IN_A_ROW):
        took: dict[Contestant, list[float | None]] = {}
        for who in (server, client) if at // IN_A_ROW % 2 else (client, server):
            took[who] = await who.order("alone", texts=texts[at : at + IN_A_ROW])
        for request, model in zip(took[client], took[server], strict=True):
            if request is not None and model is not None:
                apart.append(request - model)
    if not apart:
        raise ModerationError(f"the server answered none of {len(texts)} requests")
    return median(apart)


class _Contest:
    """Who takes part, and what was measured so far."""

    def __init__(self, plan: Plan, models: Models, tell: Tell) -> None:
        self.entries = entries_for(models)
        self.tallies: dict[str, Tally] = {}
        self.beside = Beside()
        self._plan = plan
        self._models = models
        self._tell = tell
        self._running: dict[str, Contestant] = {}

    async def gather(self, stack: AsyncExitStack) -> None:
        """Start everybody, one after the other, and see how quick they are."""
        for entry in self.entries:
            self._tell(f"starting: {entry.name}")
            if entry.process not in self._running:
                self._running[entry.process] = await stack.enter_async_context(
                    contestant(entry.name, entry.spec, self._models.environment)
                )
            player = self._running[entry.process]
            texts = list(self._plan.comments.blocks[0][:WARM_UP])
            warm = await player.order("play", texts=texts)
            wanted = self._plan.seconds * WARM_UP / warm["seconds"] / BLOCK
            most = len(self._plan.comments.blocks)
            self.tallies[entry.key] = Tally(
                player.startup_s, blocks=max(1, min(most, round(wanted)))
            )
        await self._gather_the_server(stack)
        spec = {
            "kind": "floor",
            "models": "\n".join(sorted({e.path for e in self.entries if e.path})),
        }
        self._running["floor"] = await stack.enter_async_context(
            contestant("the floor", spec, self._models.environment)
        )

    async def play_round(self, number: int) -> None:
        """Give everybody a turn, whoever began last time at the end."""
        turns = [
            *self.entries[number % len(self.entries) :],
            *self.entries[: number % len(self.entries)],
        ]
        for entry in turns:
            self._tell(f"round {number} of {self._plan.rounds}: {entry.name} on {entry.model}")
            await self._play(entry, number)
        self._tell(f"round {number} of {self._plan.rounds}: latencies")
        await self._ask_the_bot(number)
        self._tell(f"round {number} of {self._plan.rounds}: requests to the server")
        await self._ask_the_server(number)

    async def finish(self) -> None:
        """Ask what is asked once: memory, and how much there was to multiply."""
        for entry in self.entries:
            self.tallies[entry.key].memory_mb = await self._running[entry.process].order("memory")
        for path in {entry.path for entry in self.entries if entry.path}:
            self.beside.operations[path] = await self._running["floor"].order(
                "operations", model=path, texts=self._plan.comments.texts
            )

    async def _gather_the_server(self, stack: AsyncExitStack) -> None:
        """Start the server, and a client that shares nothing with it."""
        self._tell("starting: the server and its client")
        spec = {"kind": "server", "model": self._models.model, "engine": "compiled"}
        server = await stack.enter_async_context(
            contestant("the server", spec, self._models.environment)
        )
        client = {"kind": "client", "url": await server.order("url")}
        self._running["server"] = server
        self._running["client"] = await stack.enter_async_context(
            contestant("the client", client, self._models.environment)
        )

    async def _play(self, entry: Entry, number: int) -> None:
        tally, blocks = self.tallies[entry.key], self._plan.comments.blocks
        first = (number - 1) * tally.blocks
        texts = [text for at in range(tally.blocks) for text in blocks[(first + at) % len(blocks)]]
        if entry.is_raid:
            texts = as_raid(texts)
        before = await self._peak(entry)
        played = await self._running[entry.process].order("play", texts=texts)
        after = await self._peak(entry)
        if before is not None and after is not None:
            tally.peaks.append((before + after) / 2)
        tally.rates.append(len(texts) / played["seconds"])
        tally.calls += played["calls"]

    async def _peak(self, entry: Entry) -> float | None:
        """Measure the floor next to whoever has a share of it: other work here comes and goes."""
        if entry.path is None:
            return None
        peak: float = await self._running["floor"].order("peak", seconds=self._plan.seconds / 4)
        return peak

    async def _ask_the_bot(self, number: int) -> None:
        """Ask for comments one at a time, and then as they come by chance."""
        bot, texts = self._running["bot"], self._turned(number)
        self.beside.alone.append(await bot.order("alone", texts=texts[:ALONE]))
        for share in LOADS:
            rate = await self._capacity(bot, texts) * share
            waits = await bot.order("load", texts=self._some(texts, rate), rate=rate, seed=number)
            self.beside.waits.setdefault(share, []).extend(waits)
            self.beside.load_rates.setdefault(share, []).append(rate)

    async def _ask_the_server(self, number: int) -> None:
        """Make requests one at a time, as they come by chance, and more than can be answered."""
        server, client = self._running["server"], self._running["client"]
        texts = self._turned(number)
        self.beside.overheads.append(await overhead(server, client, texts[:APART]))
        self.beside.empty_requests.append(await client.order("empty", times=ALONE))
        for share in (*LOADS, OVERLOAD):
            rate = await self._capacity(server, texts) * share
            asked = self._some(texts, rate)
            if share == OVERLOAD:
                asked = list(islice(cycle(texts), OVERLOAD_COMMENTS))
            found = await client.order("load", texts=asked, rate=rate, seed=number)
            if not found["waits"]:
                raise ModerationError(f"the server answered none of {len(asked)} requests")
            self.beside.requests.setdefault(share, []).append(Requests(rate=rate, **found))

    async def _capacity(self, player: Contestant, texts: Sequence[str]) -> float:
        """Measure how many comments a second somebody manages now: other work comes and goes."""
        played = await player.order("play", texts=texts[:BURST])
        return min(BURST, len(texts)) / played["seconds"]

    def _turned(self, number: int) -> list[str]:
        """Give all comments, beginning elsewhere in each round."""
        texts = self._plan.comments.texts
        start = (number * 131) % len(texts)
        return [*texts[start:], *texts[:start]]

    def _some(self, texts: list[str], rate: float) -> list[str]:
        """Take as many as come in a turn."""
        return texts[: max(LEAST_LOAD, round(rate * self._plan.seconds))]


async def _compare(plan: Plan, models: Models) -> Deviation:
    """Have comments scored by the eager model, the compiled one, and that with its first stage."""
    texts = plan.comments.texts if plan.is_own_file else SAMPLE.read_text("utf-8").splitlines()
    texts = texts[:COMPARED]
    found: dict[str, list[Mapping[str, float]]] = {}
    for engine in ("eager", "compiled", "quick"):
        spec = {"kind": "bulk", "model": plan.model, "engine": engine}
        async with contestant(engine, spec, models.environment) as player:
            found[engine] = await player.order("scores", texts=texts)
    return deviation_of(found["eager"], found["compiled"], found["quick"])
