"""From a model's name or path to its content: which file, which settings folder, whose hash.

Not a loader of networks. Called by `bot.scoring.scorer`.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelUnavailableError
from bot.scoring.checkpoint import SETTINGS, Checkpoint, read_checkpoint, read_folder
from bot.scoring.downloads import Tell, hub_config, published_checkpoint
from bot.scoring.published import BUNDLED, HUB_CONFIGS, MODEL_NAMES, PUBLISHED

COMPACT = Path(__file__).with_name(BUNDLED)


@dataclass(frozen=True, slots=True)
class Source:
    """A model's content, and the folder with its settings and tokenizer."""

    name: str
    checkpoint: Checkpoint
    folder: Path


def find_model(name_or_path: str, tell: Tell | None = None) -> Source:
    """Find a model by name, or by the path of a checkpoint or a model folder.

    Raises:
        ModelUnavailableError: there is no such model, or it cannot be fetched.
        ScoringError: its file cannot be used.
    """
    if name_or_path == BUNDLED:
        return Source(BUNDLED, read_folder(COMPACT), COMPACT)
    if name_or_path in PUBLISHED:
        path, prefix = published_checkpoint(name_or_path, tell)
        checkpoint = read_checkpoint(path, hash_prefix=prefix)
        return Source(name_or_path, checkpoint, _settings_folder(checkpoint, None))
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return Source(path.resolve().name, read_folder(path), path)
    if not path.exists() and os.sep not in name_or_path:
        raise ModelUnavailableError(
            f"no model is called {name_or_path!r}, expected {', '.join(MODEL_NAMES)}, "
            "or the path of a checkpoint or a model folder"
        )
    checkpoint = read_checkpoint(path)
    return Source(path.stem, checkpoint, _settings_folder(checkpoint, path))


def _settings_folder(checkpoint: Checkpoint, path: Path | None) -> Path:
    """Find a checkpoint's settings: beside it, where it says, or under a known name on the hub."""
    wanted = checkpoint.architecture.model_type
    places = [] if path is None else [path.with_suffix(""), path.parent, path.parent / wanted]
    for place in places:
        if (place / SETTINGS).is_file():
            return place
    if wanted in HUB_CONFIGS:
        return hub_config(wanted)
    raise ModelUnavailableError(
        f"{checkpoint.origin}: its settings '{wanted}' are not here, expected a folder '{wanted}' "
        f"or '{Path(checkpoint.origin).stem}' beside it with {SETTINGS} and a tokenizer"
    )
