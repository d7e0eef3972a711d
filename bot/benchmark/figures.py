"""What a contest comes to: a row for each contestant, and what was measured beside. Nouns alone.

Made by `bot.benchmark.contest`, shown by `bot.benchmark.table` and `bot.benchmark.page`; its JSON
is what `bench --json` writes.
"""

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Frozen):
    """Where it was measured. `cores` are those this process may use."""

    processor: str
    cores: int
    memory_mb: int | None
    system: str
    versions: dict[str, str]


class Spread(_Frozen):
    """A median over rounds, with the lowest and the highest."""

    median: float
    low: float
    high: float


class Row(_Frozen):
    """One contestant. Latencies are those of `latency_of`; ratios are medians over rounds.

    `model` and `engine` say what ran; `startup_s` is from the start of its process to its first
    score.
    """

    name: str
    model: str
    engine: str
    comments_per_second: float
    spread: Spread
    p50_ms: float
    p95_ms: float
    p99_ms: float
    latency_of: str
    peak_rss_mb: float | None
    startup_s: float
    ratio_to_detoxify_one_by_one: float | None
    ratio_to_original_one_by_one: float | None
    share_of_floor: float | None = None


class Load(_Frozen):
    """Latencies where comments come by chance, `share` of the measured capacity."""

    share: float
    rate: float
    comments: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class RequestLoad(Load):
    """The same for requests to the server; `comments` were asked for, latencies are the answered's.

    `refused` were told at once to come again (503), `late` given up (504); `other` is to be none.
    """

    answered: int
    answered_a_second: float
    refused: int
    late: int
    other: int


class Server(_Frozen):
    """The server on Perspective's wire. `overhead_ms` is what a request takes beyond the model.

    `empty_ms` is what one takes that asks for nothing: HTTP, and the machine's way between two
    processes.
    """

    overhead_ms: Spread
    empty_ms: Spread
    load: list[RequestLoad]


class Floor(_Frozen):
    """What the processor's int8 products alone would allow."""

    model: str
    operations_a_comment: float
    tokens_a_comment: float
    peak_operations_a_second: Spread
    comments_per_second: float


class Deviation(_Frozen):
    """How far compiled scores are from eager ones. Verdicts are those on replies.

    `spared` is how many comments the first stage settled; `changed_by_sparing` how many of these
    the whole compiled model gives another verdict.
    """

    comments: int
    mean: float
    largest: float
    policy: str
    changed_verdicts: int
    spared: int
    changed_by_sparing: int


class Figures(_Frozen):
    """All of it. `alone_ms` is the median for one comment at a time, with nobody else asking."""

    machine: Machine
    comments: str
    rounds: int
    rows: list[Row]
    alone_ms: Spread
    load: list[Load]
    server: Server
    floors: list[Floor]
    deviation: Deviation
