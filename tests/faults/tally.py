"""What a run of the fault suite came to, over all its tests: the one line at its end.

Filled by `scene`, printed and judged by the suite's conftest.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts over many tests. `problems` says of each thing that went wrong what it was."""

    struck: Counter[str] = field(default_factory=Counter[str])
    posted: int = 0
    lost: int = 0
    doubled: int = 0
    wronged: int = 0
    problems: list[str] = field(default_factory=list[str])

    def __iadd__(self, other: "Tally") -> "Tally":
        self.struck += other.struck
        self.posted += other.posted
        self.lost += other.lost
        self.doubled += other.doubled
        self.wronged += other.wronged
        self.problems += other.problems
        return self

    @property
    def is_clean(self) -> bool:
        """Say whether nothing was lost, done twice, or done to the wrong one."""
        return self.lost == self.doubled == self.wronged == 0

    @property
    def line(self) -> str:
        """The run in one line."""
        return (
            f"faults injected {self.struck.total()} of {len(self.struck)} kinds;"
            f" comments posted {self.posted}; lost {self.lost}; doubled {self.doubled};"
            f" wrongly punished {self.wronged}"
        )
