"""Under what an evaluation was made: which rows, model and policy. Goes with its figures."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.scores import ModelId
from config.labels import Label


@dataclass(frozen=True, slots=True)
class Occasion:
    """What two evaluations must share, or differ in, to be compared.

    `rows` are those measured, of `rows_in_file`: a limit leaves rows out. `file_sha256` is the
    hex digest of the whole file.
    """

    file: str
    file_sha256: str
    rows_in_file: int
    rows: int
    model: ModelId
    model_labels: tuple[Label, ...]
    policy: str
    policy_version: str
    measured_at: datetime
