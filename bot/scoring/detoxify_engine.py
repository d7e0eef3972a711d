"""The eager engine: a Detoxify model run by PyTorch on the processor, window by window.

The network is built by Detoxify's own code, so it is what `Detoxify(...)` would have made; what is
not Detoxify's is that no code in the file is run, that missing weights are refused and that a long
text is read to its end. Built and called by `bot.scoring.scorer`, in its one thread.
"""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from detoxify.detoxify import (
    get_model_and_tokenizer,  # pyright: ignore[reportUnknownVariableType] (has no types)
)
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from bot.errors import ScoringError
from bot.scoring.checkpoint import Checkpoint
from bot.scoring.location import SETTINGS
from bot.scoring.windows import Window, make_cutter
from config.labels import DETOXIFY_SPELLINGS, Label

FEWEST_TOKENS = 3
"""The marks at both ends of a text, and a token of it."""

IDLE = ("position_ids", ".pooler.")
"""Parts of older files that the network does without: a constant, and a layer RoBERTa skips."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a model is made of: its network, its tokenizer, and what each output column means.

    `capacity` is the most tokens the network reads at once.
    """

    network: Any
    tokenizer: Tokenizer
    columns: Mapping[Label, int]
    pad_id: int
    unknown_id: int
    capacity: int


class DetoxifyEngine:
    """Scores windows with one network. Not safe to be called from two threads at once."""

    def __init__(self, checkpoint: Checkpoint, folder: Path) -> None:
        """Build the network from a checkpoint and the folder with its settings and tokenizer.

        Raises:
            ScoringError: weights, settings and tokenizer do not make one working model.
        """
        columns = _columns(checkpoint)
        network, tokenizer = _build(checkpoint, folder)
        _require_fitting_weights(network, checkpoint)
        config = network.config
        if len(tokenizer) > config.vocab_size:
            raise ScoringError(
                f"{folder}: its tokenizer knows {len(tokenizer)} tokens, "
                f"but the model {checkpoint.origin} has {config.vocab_size}"
            )
        self.parts = Parts(
            network,
            tokenizer.backend_tokenizer,
            columns,
            pad_id=_token_id(tokenizer, "pad", folder),
            unknown_id=_token_id(tokenizer, "unk", folder),
            capacity=_capacity(tokenizer.model_max_length, config, folder),
        )
        self._cutter = make_cutter(
            self.parts.tokenizer,
            capacity=self.parts.capacity,
            unknown_id=self.parts.unknown_id,
        )

    @property
    def labels(self) -> tuple[Label, ...]:
        """Say which labels the model has, in its own order."""
        return tuple(self.parts.columns)

    def cut(self, texts: Sequence[str]) -> list[list[Window]]:
        """Cut each text into windows the model can read, in order."""
        return self._cutter.cut(texts)

    def score(self, windows: Sequence[Window]) -> list[list[float]]:
        """Score windows as one batch: a row each, a value in [0, 1] for each of `labels`.

        Raises:
            ScoringError: the model gave something that is no number.
        """
        ids, mask = self._padded(windows)
        with torch.inference_mode():
            logits = self.parts.network(input_ids=ids, attention_mask=mask)[0]
            values = torch.sigmoid(logits)[:, list(self.parts.columns.values())]
        if not bool(torch.isfinite(values).all()):
            raise ScoringError("the model gave a score that is no number: its weights are damaged")
        return cast("list[list[float]]", values.tolist())  # pyright: ignore[reportUnknownMemberType]

    def _padded(self, windows: Sequence[Window]) -> tuple[torch.Tensor, torch.Tensor]:
        lengths = torch.tensor([len(window.ids) for window in windows])
        longest = int(lengths.max())
        ids = [
            [*window.ids, *[self.parts.pad_id] * (longest - len(window.ids))] for window in windows
        ]
        mask = torch.arange(longest)[None, :] < lengths[:, None]
        return torch.tensor(ids), mask.long()


def _columns(checkpoint: Checkpoint) -> dict[Label, int]:
    """Say which output column holds which label; outputs that are no label of ours are left out."""
    columns: dict[Label, int] = {}
    for at, name in enumerate(checkpoint.classes):
        label = DETOXIFY_SPELLINGS.get(name, name)
        if label not in set(Label):
            continue
        if label in columns:
            raise ScoringError(f"{checkpoint.origin}: names the label {label} twice")
        columns[Label(label)] = at
    if not columns:
        raise ScoringError(
            f"{checkpoint.origin}: has no label of Detoxify's, only {', '.join(checkpoint.classes)}"
        )
    return columns


def _build(checkpoint: Checkpoint, folder: Path) -> tuple[Any, Any]:
    """Let Detoxify's own code build the network and its tokenizer, from local files alone."""
    architecture = checkpoint.architecture
    try:
        settings: Mapping[str, object] = json.loads((folder / SETTINGS).read_bytes())
        # A folder made for this model counts its labels itself, and is then all that is read. The
        # settings of a bare language model need Detoxify's other way, which adds the count.
        is_whole = (
            len(cast("dict[str, str]", settings.get("id2label", {}))) == architecture.num_classes
        )
        with _quiet():
            network, tokenizer = get_model_and_tokenizer(
                str(folder),
                architecture.model_name,
                architecture.tokenizer_name,
                architecture.num_classes,
                dict(checkpoint.weights),
                huggingface_config_path=str(folder) if is_whole else None,
            )
    except Exception as error:  # tokenizers raises bare Exception for a broken tokenizer file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ScoringError(
            f"{folder}: its settings and tokenizer do not fit the weights of "
            f"{checkpoint.origin} ({reason})"
        ) from error
    return network.float().eval(), tokenizer


def _require_fitting_weights(network: torch.nn.Module, checkpoint: Checkpoint) -> None:
    """Refuse what transformers would fill in at random or leave out without a word."""
    wanted, there = network.state_dict().keys(), checkpoint.weights.keys()
    missing = sorted(wanted - there)
    foreign = sorted(name for name in there - wanted if not any(part in name for part in IDLE))
    if missing or foreign:
        what = f"lacks the weights {missing[0]}" if missing else f"has weights {foreign[0]}"
        raise ScoringError(
            f"{checkpoint.origin}: {what}, which its settings do not fit "
            f"({len(missing)} missing, {len(foreign)} too many)"
        )


def _token_id(tokenizer: Any, name: str, folder: Path) -> int:
    found = getattr(tokenizer, f"{name}_token_id")
    if found is None:
        raise ScoringError(f"{folder}: its tokenizer has no {name}_token, expected one")
    return int(found)


def _capacity(longest: object, config: Any, folder: Path) -> int:
    """Say how many tokens can be read at once: as the tokenizer and the network say."""
    if not isinstance(longest, int | float) or longest < FEWEST_TOKENS:
        raise ScoringError(
            f"{folder}: its tokenizer's model_max_length is {longest!r}, "
            f"expected a number from {FEWEST_TOKENS} on"
        )
    return min(int(longest), _positions(config))


def _positions(config: Any) -> int:
    """Say how many tokens the network has positions for; RoBERTa's count starts after padding."""
    reserved = config.pad_token_id + 1 if "roberta" in config.model_type else 0
    return int(config.max_position_embeddings) - reserved


@contextmanager
def _quiet() -> Generator[None]:
    """Keep transformers' progress bars and load reports off the terminal; errors are raised."""
    verbosity = transformers_logging.get_verbosity()
    had_bar = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if had_bar:
            transformers_logging.enable_progress_bar()
