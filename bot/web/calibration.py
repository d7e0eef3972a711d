"""The calibration: a model's own scores mapped so that thresholds tuned for Perspective still fit.

A small table of numbers for one model's weights; it never puts a comment above one that the model
puts higher. Fitted by `python bot.py calibrate`, read by `serve`. Not the fitting, which is
`bot.evaluation.calibrating`.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.domain.scores import ModelId
from bot.errors import BadInputError

SHIPPED = Path(__file__).with_name("calibration.json")
"""The bundled model's."""

FARTHEST = 14.0
"""Logits beyond are 0 or 1 to six places."""


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class Curve(_Table):
    """One attribute's mapping: straight lines between knots, over the logit of the model's score.

    `logits` ascend; `served` never descend, and are in [0, 1].
    """

    logits: tuple[float, ...] = Field(min_length=2)
    served: tuple[float, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.logits) != len(self.served):
            raise ValueError("has not as many served values as logits")
        if list(self.logits) != sorted(set(self.logits)):
            raise ValueError("has logits that do not ascend")
        if (
            list(self.served) != sorted(self.served)
            or not 0 <= self.served[0] <= self.served[-1] <= 1
        ):
            raise ValueError("has served values that descend or leave [0, 1]")
        return self

    def value(self, score: float) -> float:
        """Map a model's score in [0, 1] to what is served, in [0, 1]."""
        logits, served, at = self.logits, self.served, logit(score)
        right = bisect_right(logits, at)
        if right == 0:
            return served[0]
        if right == len(logits):
            return served[-1]
        low, high = logits[right - 1], logits[right]
        share = (at - low) / (high - low)
        return served[right - 1] + share * (served[right] - served[right - 1])


class FittedOn(_Table):
    """The rows a calibration was fitted on; `at` is the day (UTC, ISO)."""

    file: str
    sha256: str
    rows: int
    at: str


class Calibration(_Table):
    """All of a model's curves, by attribute. An attribute without a curve keeps its score."""

    format: Literal[1] = 1
    model: str
    weights_sha256: str
    fitted_on: FittedOn
    curves: Mapping[str, Curve]

    def value(self, attribute: str, score: float) -> float:
        """Map one attribute's score."""
        curve = self.curves.get(attribute)
        return score if curve is None else curve.value(score)


def logit(score: float) -> float:
    """Spread a score in [0, 1] over the numbers, so that 0.999 and 0.9999 lie apart."""
    if score <= 0:
        return -FARTHEST
    if score >= 1:
        return FARTHEST
    return min(max(math.log(score / (1 - score)), -FARTHEST), FARTHEST)


def read_calibration(file: Path) -> Calibration:
    """Read a calibration.

    Raises:
        BadInputError: the file cannot be read, or is none.
    """
    try:
        return Calibration.model_validate_json(file.read_bytes())
    except OSError as error:
        why = (error.strerror or "unreadable").lower()
        raise BadInputError(str(file), f"cannot be read ({why}), expected a calibration") from error
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in found["loc"]) or "it"
        what = f"{key} cannot be used ({found['msg']}), expected a calibration"
        raise BadInputError(str(file), f"{what} made by: python bot.py calibrate") from error


def shipped_for(model: ModelId) -> Calibration | None:
    """Give the calibration that ships, if it was fitted on this very model; else None."""
    if not SHIPPED.exists():
        return None
    shipped = read_calibration(SHIPPED)
    return shipped if shipped.weights_sha256 == model.sha256 else None
