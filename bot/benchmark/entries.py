"""Who takes part in the contest: a table, and the models that it speaks of.

Read by `bot.benchmark.contest`, which runs it, and `bot.benchmark.tally`, which reckons.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TWIN = "original's size"
"""What the twin of Detoxify's `original` is called: its weights are random."""


@dataclass(frozen=True, slots=True)
class Models:
    """Where the models of a contest are: ours by name or path, and as checkpoints of Detoxify's.

    `environment` is what contestants' processes need to find the compiled forms.
    """

    model: str
    checkpoint: str
    twin: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One contestant. `model` is for people; `path` is the model's whose floor it is measured by.

    Entries with the same `process` share one. `latency_of` says what its latencies are those of.
    `is_server` marks what the server does with comments.
    """

    name: str
    model: str
    engine: str
    latency_of: str
    process: str
    spec: Mapping[str, str]
    path: str | None = None
    is_reference: bool = False
    is_bot: bool = False
    is_raid: bool = False
    is_server: bool = False

    @property
    def key(self) -> str:
        """Tell it from all others."""
        return f"{self.name}, {self.model}"


def entries_for(models: Models) -> list[Entry]:
    """List who takes part, Detoxify first."""
    found: list[Entry] = []
    for model, checkpoint, path in (
        (TWIN, models.twin, models.twin),
        (models.model, models.checkpoint, models.model),
    ):
        found += [
            Entry(
                "Detoxify.predict, one by one",
                model,
                "PyTorch",
                "one comment",
                f"one by one, {model}",
                {"kind": "detoxify", "checkpoint": checkpoint, "at_once": "1"},
                is_reference=True,
            ),
            Entry(
                "Detoxify.predict, lists of 32",
                model,
                "PyTorch",
                "a list of 32",
                f"lists, {model}",
                {"kind": "detoxify", "checkpoint": checkpoint, "at_once": "32"},
            ),
            Entry(
                "Evenhand, all at once",
                model,
                "compiled",
                "all of a turn",
                f"bulk, {model}",
                {"kind": "bulk", "model": path, "engine": "compiled"},
                path=path,
            ),
        ]
    bulk = {"kind": "bulk", "model": models.model, "engine": "quick"}
    bot = {"kind": "bot", "model": models.model, "engine": "quick"}
    return [
        *found,
        Entry(
            "Evenhand, with its first stage",
            models.model,
            "quick",
            "all of a turn",
            "quick",
            bulk,
        ),
        Entry(
            "Evenhand, as a bot runs it",
            models.model,
            "quick",
            "a comment at half load",
            "bot",
            bot,
            is_bot=True,
        ),
        Entry(
            "Evenhand, in a raid",
            models.model,
            "quick",
            "a comment, all at once",
            "bot",
            bot,
            is_raid=True,
        ),
        Entry(
            "Evenhand, as it serves",
            models.model,
            "compiled",
            "a comment, all at once",
            "batched",
            {"kind": "bot", "model": models.model, "engine": "compiled"},
            path=models.model,
            is_server=True,
        ),
    ]
