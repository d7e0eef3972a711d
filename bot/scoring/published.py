"""The models that go by a name, and what each needs. A table: it loads and fetches nothing.

Web addresses and hashes are not repeated here: `bot.scoring.downloads` takes them from Detoxify's
own table. Read by `bot.scoring.sources` and by whoever lists the names for people.
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

MODEL_NAMES = (BUNDLED, *PUBLISHED)

HUB_CONFIGS = frozenset(
    {"bert-base-uncased", "roberta-base", "xlm-roberta-base", "albert-base-v1", "albert-base-v2"}
)
"""Whose settings and tokenizer a checkpoint may ask for; no other name is ever looked up."""
