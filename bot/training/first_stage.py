"""Fits the first stage: from the first layers' tokens to what the whole network will say.

What it may spare is decided on texts that neither it nor the network learned from. The noun is
`bot.scoring.first_stage`'s. Called by `bot.training.make`.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertForSequenceClassification

from bot.policy.policy_file import load_preset
from bot.scoring.first_stage import FirstStage, Proof
from bot.training.batches import batch_by_length
from bot.training.network import SCORING_TOKENS, encode, quick_products, token_lengths
from bot.training.sources import LABELS
from config.policy import Policy

TEXTS = 40_000
"""How many texts the estimate is fitted to."""
CHANGED = 1 / 2000
"""Of the texts that are spared the rest, at most this share may change sides: half of what is
promised, because other forums differ."""
POLICY = "strict"
"""The preset with the lowest thresholds: what holds for it holds for the others."""
FAR = (-5.0, 3.0)
"""Logits beyond these are fitted as these: how far off a far one is does not matter."""
NEVER = 99.0
"""A logit that none is above: for labels that no threshold is about."""
PULL = 3.0
"""Ridge: how strongly weights are pulled to 0."""

Array = NDArray[np.float32]


def fit_first_stage(
    network: BertForSequenceClassification,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    held_out: Sequence[str],
    weights_sha256: str,
) -> FirstStage:
    """Fit the estimate to `texts`, and what it may spare to `held_out`. Network as it ships."""
    means, logits = _states(network, tokenizer, texts)
    inputs = _with_one(means)
    pull = PULL * np.eye(inputs.shape[1], dtype=np.float32)
    fitted = np.linalg.solve(inputs.T @ inputs + pull, inputs.T @ logits.clip(*FAR))
    thresholds = lowest_thresholds(load_preset(POLICY))
    means, logits = _states(network, tokenizer, held_out)
    estimates = _with_one(means) @ fitted
    is_flagged: NDArray[np.bool_] = np.any(logits >= thresholds, axis=1)
    risks = (estimates - thresholds).max(axis=1)
    margin = max(-NEVER, highest_risk(risks, is_flagged, CHANGED))
    spared = risks <= margin
    return FirstStage(
        weights_sha256=weights_sha256,
        after_layer=_half_way(network),
        weight=_rounded(fitted[:-1].T),
        bias=_rounded(fitted[-1:])[0],
        highest=_rounded(np.minimum(thresholds + margin, NEVER)[None])[0],
        proof=Proof(
            policy=POLICY,
            texts=len(held_out),
            spared=int(spared.sum()),
            changed=int((spared & is_flagged).sum()),
        ),
    )


def lowest_thresholds(policy: Policy) -> Array:
    """Give the logit from which a label alone can have a text flagged: float32 [labels].

    A label that none is about, or whose weight keeps it below the threshold, has infinity.
    """
    lowest = dict.fromkeys(LABELS, 1.0)
    for rules in policy.categories.values():
        for label, weight in rules.labels.items():
            if weight > 0 and label in lowest:
                lowest[label] = min(lowest[label], rules.flag / weight)
    values = np.array([lowest[label] for label in LABELS])
    with np.errstate(divide="ignore"):
        return np.log(values / (1.0 - values)).astype(np.float32)


def highest_risk(risks: Array, is_flagged: NDArray[np.bool_], share: float) -> float:
    """Find the highest risk up to which at most `share` of the texts are flagged all the same.

    Minus infinity where there is none.
    """
    order = np.argsort(risks, kind="stable")
    flagged = np.cumsum(is_flagged[order])
    fits = np.flatnonzero(flagged <= share * np.arange(1, len(order) + 1))
    return float(risks[order[fits[-1]]]) if len(fits) else -np.inf


@torch.no_grad()
def _states(
    network: BertForSequenceClassification, tokenizer: Tokenizer, texts: Sequence[str]
) -> tuple[Array, Array]:
    """Give the mean of each text's tokens, [texts, hidden], and its logits, [texts, labels]."""
    network.eval()
    lengths = token_lengths(tokenizer, texts)
    means = np.zeros((len(texts), network.config.hidden_size), dtype=np.float32)
    logits = np.zeros((len(texts), len(LABELS)), dtype=np.float32)
    for batch in batch_by_length(np.argsort(lengths, kind="stable"), lengths, SCORING_TOKENS):
        ids, mask = encode(tokenizer, [texts[i] for i in batch])
        with quick_products():
            output = network(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        hidden = cast("Tensor", output.hidden_states[_half_way(network)]).float()
        is_token = mask[:, :, None].float()
        means[batch] = ((hidden * is_token).sum(1) / is_token.sum(1)).numpy()
        logits[batch] = output.logits.float().numpy()
    return means, logits


def _half_way(network: BertForSequenceClassification) -> int:
    """Say after which layer it is estimated.

    After two of six no limit spares much: a few texts look harmless there beyond doubt, and are not
    (docs/models.md).
    """
    return network.config.num_hidden_layers // 2


def _with_one(means: Array) -> Array:
    return np.concatenate([means, np.ones((len(means), 1), np.float32)], axis=1)


def _rounded(table: Array) -> tuple[tuple[float, ...], ...]:
    """Keep five figures: more were never known, and the file stays readable."""
    return tuple(tuple(float(f"{value:.5g}") for value in row) for row in table)
