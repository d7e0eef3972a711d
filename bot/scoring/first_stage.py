"""The first stage: what a model's own first layers know of a text already.

After a few layers a linear estimate of the outputs is made from the mean of a text's tokens. Where
all of them are low enough, the text is certainly harmless, and the other layers are spared. This is
the noun and its file; `bot.training.first_stage` fits it, `bot.scoring.int8_graph` writes it down.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ScoringError

FIRST_STAGE = "first_stage.json"
"""Beside a model's weights; a model without it has no first stage."""


class Proof(BaseModel):
    """What was found on texts that it was not fitted to, and of which source they were.

    Of `texts`, it spared `spared` the rest of the model. `changed` of these the whole model takes
    for something that the preset `policy` would flag.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str
    texts: int
    spared: int
    changed: int


class FirstStage(BaseModel):
    """A linear estimate: weight [labels, hidden] times the mean of a text's tokens, plus bias.

    It is made after `after_layer` layers, for all labels in the model's order, in logits. A text
    none of whose estimates is above `highest`, [labels], goes no further.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights_sha256: str
    after_layer: int = Field(gt=0)
    weight: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    highest: tuple[float, ...]
    proof: Proof


def read_first_stage(folder: Path, weights_sha256: str) -> FirstStage | None:
    """Read a model's first stage; None where it has none.

    Raises:
        ScoringError: it is damaged, or belongs to other weights.
    """
    file = folder / FIRST_STAGE
    if not file.is_file():
        return None
    try:
        stage = FirstStage.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ScoringError(f"{file}: is no first stage of this version") from error
    if stage.weights_sha256 != weights_sha256:
        raise ScoringError(
            f"{file}: was fitted to other weights, expected those beside it; "
            "make it again with: python bot.py train --finish-now"
        )
    return stage
