"""Models for the contest: our model as a checkpoint of Detoxify's, and a twin of `original`.

The twin has the size of `original` and weights drawn at random, so that nothing need be fetched:
what a model has learned does not change what it costs. Run as a process of its own, because it
needs PyTorch, by `bot.benchmark.process`, and ends with it; it prints one JSON object, or a
sentence and exits 1.
"""

import asyncio
import json
import shutil
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import ModerationError
from bot.scoring.compiled_form import find_form
from bot.scoring.location import SETTINGS, VOCABULARIES, locate
from bot.scoring.own_process import end_with_input

TWIN = "original"
LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")


def main(folder: Path, model: str) -> None:
    """Write and compile what is needed into `folder`; the model cache is the environment's.

    If the contest dies first, so does this process.
    """
    end_with_input()  # before PyTorch is loaded, which takes seconds
    from bot.scoring.compiling import LIMITS, Limits, compile_model

    ours = _copy_ours(folder, model)
    twin = _write_twin(folder, ours)
    # Random weights spread no scores, and what the twin costs does not hang on likeness.
    for path, limits in ((model, LIMITS), (str(twin), Limits(1.0, 1.0, sys.maxsize))):
        if find_form(locate(path)) is None:
            asyncio.run(compile_model(path, _tell_nobody, limits))
    json.dump({"checkpoint": str(ours), "twin": str(twin)}, sys.stdout)


def _tell_nobody(_what: str, _done: int, _of: int) -> None:
    """Take no notice: standard output is for the answer."""


def _copy_ours(folder: Path, model: str) -> Path:
    from bot.scoring.sources import read_source

    source = read_source(locate(model))
    settings = folder / "ours"
    settings.mkdir(parents=True)
    for name in (SETTINGS, *VOCABULARIES, "tokenizer_config.json", "special_tokens_map.json"):
        if (source.folder / name).is_file():
            shutil.copy(source.folder / name, settings / name)
    kind = source.checkpoint.architecture
    return _write_checkpoint(
        settings,
        source.checkpoint.weights,
        source.checkpoint.classes,
        kind.model_name,
        kind.tokenizer_name,
    )


def _write_twin(folder: Path, ours: Path) -> Path:
    import torch
    import transformers

    settings = folder / TWIN
    shutil.copytree(ours.with_suffix(""), settings)
    vocabulary = json.loads((settings / "tokenizer.json").read_bytes())["model"]["vocab"]
    names: dict[int, str] = dict(enumerate(LABELS))
    config: Any = transformers.BertConfig(
        vocab_size=len(vocabulary), id2label=names, label2id={n: at for at, n in names.items()}
    )
    config.architectures = ["BertForSequenceClassification"]
    config.save_pretrained(settings)
    torch.manual_seed(20)  # pyright: ignore[reportUnknownMemberType]
    weights: Mapping[str, Any] = transformers.BertForSequenceClassification(config).state_dict()
    return _write_checkpoint(
        settings, weights, LABELS, "BertForSequenceClassification", "BertTokenizer"
    )


def _write_checkpoint(
    settings: Path, weights: Mapping[str, Any], classes: Sequence[str], network: str, tokenizer: str
) -> Path:
    """Write a checkpoint beside its settings, in the format that Detoxify publishes."""
    import torch

    arch = {
        "num_classes": len(classes),
        "model_type": str(settings),
        "model_name": network,
        "tokenizer_name": tokenizer,
    }
    content = {
        "config": {"arch": {"args": arch}, "dataset": {"args": {"classes": list(classes)}}},
        "state_dict": OrderedDict(weights),
    }
    path = settings.with_suffix(".ckpt")
    torch.save(content, path)
    return path


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except ModerationError as error:
        sys.exit(str(error))
