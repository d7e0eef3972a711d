"""The models that go by a name, and what each needs. A table: it loads and fetches nothing.

Read by `bot.scoring.location`, `bot.scoring.sources` and by whoever lists the names for people.
"""

from collections.abc import Mapping
from types import MappingProxyType

BUNDLED = "compact"
"""The model that ships inside the package: no download, and the default."""

PUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "original": "BERT base, six labels, English, 0.4 GB",
        "unbiased": "RoBERTa base, seven labels, English, 0.5 GB",
        "multilingual": "XLM-R base, seven labels, seven languages, 1.1 GB",
        "original-small": "ALBERT base, six labels, English, 50 MB",
        "unbiased-small": "ALBERT base, seven labels, English, 50 MB",
    }
)
"""Detoxify's published models, fetched when first asked for. Name -> one clause for people."""

_RELEASES = "https://github.com/unitaryai/detoxify/releases/download"

CHECKPOINTS: Mapping[str, str] = MappingProxyType(
    {
        "original": f"{_RELEASES}/v0.1-alpha/toxic_original-c1212f89.ckpt",
        "unbiased": f"{_RELEASES}/v0.3-alpha/toxic_debiased-c7548aa0.ckpt",
        "multilingual": f"{_RELEASES}/v0.4-alpha/multilingual_debiased-0b549669.ckpt",
        "original-small": f"{_RELEASES}/v0.1.2/original-albert-0e1d6498.ckpt",
        "unbiased-small": f"{_RELEASES}/v0.1.2/unbiased-albert-c8519128.ckpt",
    }
)
"""Where they are fetched from: Detoxify's own table (0.5.2), which cannot be read without PyTorch.

A file's sha256 begins with the last part of its name.
"""

MODEL_NAMES = (BUNDLED, *PUBLISHED)

HUB_CONFIGS = frozenset(
    {"bert-base-uncased", "roberta-base", "xlm-roberta-base", "albert-base-v1", "albert-base-v2"}
)
"""Whose settings and tokenizer a checkpoint may ask for; no other name is ever looked up."""
