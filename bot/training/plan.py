"""What a run of training is to do: figures only. Made by `bot.training.train` for the loop.

Imports nothing heavy, so that the command line can show the defaults.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do. `tokens` is the whole budget, padding included.

    `hours`, where given, stretches or shrinks the budget while the run goes, so that it ends after
    that many hours of training in all; without it equal plans give equal runs.
    """

    seed: int = 7
    tokens: int = 20_000_000
    hours: float | None = None
    batch_tokens: int = 6144
    peak_rate: float = 1.5e-4
    warm_up: float = 0.06
    checkpoint_every: int = 200
    evaluate_every: int = 400
