"""From the files of a model to its content: the weights, the labels, the settings folder.

Not a loader of networks, and not the search for the files (`bot.scoring.location`). Called by
`bot.scoring.scorer` and `bot.scoring.compiling`.
"""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelUnavailableError
from bot.scoring.checkpoint import Checkpoint, read_checkpoint, read_folder
from bot.scoring.downloads import hub_config
from bot.scoring.location import SETTINGS, VOCABULARIES, Location
from bot.scoring.published import HUB_CONFIGS


@dataclass(frozen=True, slots=True)
class Source:
    """A model's content, and the folder with its settings and tokenizer."""

    name: str
    checkpoint: Checkpoint
    folder: Path


def read_source(location: Location) -> Source:
    """Read a model whose files are found.

    Raises:
        ModelUnavailableError: a file is missing, or is not the published one.
        ScoringError: a file cannot be used.
    """
    if location.folder is not None:
        checkpoint, folder = read_folder(location.folder), location.folder
    else:
        checkpoint = read_checkpoint(location.weights, hash_prefix=location.hash_prefix)
        folder = _settings_folder(checkpoint, location)
    if not any((folder / vocabulary).is_file() for vocabulary in VOCABULARIES):
        raise ModelUnavailableError(
            f"{folder}: the model's vocabulary is missing, expected {' or '.join(VOCABULARIES)}"
        )
    return Source(location.name, checkpoint, folder)


def _settings_folder(checkpoint: Checkpoint, location: Location) -> Path:
    """Find a checkpoint's settings: beside it, where it says, or under a known name on the hub."""
    wanted, path = checkpoint.architecture.model_type, location.weights
    beside = [path.with_suffix(""), path.parent, path.parent / wanted]
    for place in [] if location.is_published else beside:
        if (place / SETTINGS).is_file():
            return place
    if wanted in HUB_CONFIGS:
        return hub_config(wanted)
    raise ModelUnavailableError(
        f"{checkpoint.origin}: its settings '{wanted}' are not here, expected a folder '{wanted}' "
        f"or '{Path(checkpoint.origin).stem}' beside it with {SETTINGS} and a tokenizer"
    )
