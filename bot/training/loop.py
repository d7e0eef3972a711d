"""The training loop: masked loss, schedule by tokens, running average, checkpoints, resuming.

Knows neither files of examples nor the shipped form; it takes examples and leaves a checkpoint.
Called by `bot.training.train`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertForSequenceClassification

from bot.training.batches import batches_of_pass
from bot.training.examples import Examples
from bot.training.network import (
    RatersHead,
    encode,
    quick_products,
    raters_index,
    token_lengths,
)
from bot.training.plan import Plan
from bot.training.sources import raters_of
from bot.training.variants import Variants

HEAD_RATE = 3.0
"""How much faster the fresh head learns than the pretrained rest."""
WEIGHT_DECAY = 0.01
CLIP = 1.0
AVERAGE_EVERY = 10
AVERAGE_KEEP = 0.98
"""Every ten steps the average keeps this share: it looks back over about 500 steps."""


@dataclass(slots=True)
class Progress:
    """How far a run is. `batch` counts within the pass; `seconds` are of training only."""

    pass_number: int = 0
    batch: int = 0
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    budget: int = 0


def masked_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Average the binary cross-entropy over what is known, by weight; 0 where nothing is known.

    All three are float [texts, labels]; weight 0 means unknown, labels may be soft.
    """
    each = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (each * weights).sum() / weights.sum().clamp_min(1e-6)


def rate_at(progress: float, warm_up: float) -> float:
    """Give the share of the peak rate at `progress` in [0, 1]: up in a line, down in a line."""
    if progress < warm_up:
        return max(progress, 1e-3) / warm_up
    return max(0.01, (1.0 - progress) / (1.0 - warm_up))


class Training:
    """One run of training: steps until its budget is spent, and can be left and taken up again."""

    def __init__(
        self,
        *,
        network: BertForSequenceClassification,
        tokenizer: Tokenizer,
        examples: Examples,
        variants: Variants,
        plan: Plan,
        checkpoint: Path,
    ) -> None:
        self.network = network
        self.progress = Progress(budget=plan.tokens)
        self.average = {k: v.detach().clone() for k, v in network.state_dict().items()}
        self._tokenizer = tokenizer
        self._examples = examples
        self._variants = variants
        self._plan = plan
        self._checkpoint = checkpoint
        self._raters = raters_index([raters_of(source) for source in examples.sources])
        self._lengths: NDArray[np.int64] = token_lengths(tokenizer, examples.texts)
        self._optimizer = _optimizer_for(network, plan.peak_rate)

    def run(
        self,
        *,
        report: Callable[[Progress, float], None],
        evaluate: Callable[[Progress], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Train until the budget is spent, from the checkpoint on where there is one.

        `report` is told progress and loss after each step; `evaluate` is called now and then.
        """
        self.network.train()
        while True:
            batches = batches_of_pass(
                self._examples.repeats,
                self._lengths,
                seed=self._plan.seed,
                pass_number=self.progress.pass_number,
                max_tokens=self._plan.batch_tokens,
            )
            while self.progress.batch < len(batches):
                if self.progress.tokens >= self.progress.budget:
                    self.save()
                    return
                begun = clock()
                loss = self._step(batches[self.progress.batch])
                self.progress.batch += 1
                self.progress.step += 1
                self.progress.seconds += clock() - begun
                self._replan()
                report(self.progress, loss)
                if self.progress.step % self._plan.checkpoint_every == 0:
                    self.save()
                if self.progress.step % self._plan.evaluate_every == 0:
                    evaluate(self.progress)
            self.progress.pass_number += 1
            self.progress.batch = 0

    def texts_of(self, batch: list[int]) -> list[str]:
        """Draw the variants of a batch at the run's present place."""
        first = self.progress.batch * 1_000_000
        return [
            self._variants.vary(
                self._examples.texts[index],
                pass_number=self.progress.pass_number,
                place=first + offset,
            )
            for offset, index in enumerate(batch)
        ]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        content = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self._optimizer.state_dict(),
            "progress": {
                name: getattr(self.progress, name) for name in Progress.__dataclass_fields__
            },
            "chance": torch.get_rng_state(),
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(content, partial)
        partial.replace(self._checkpoint)

    def resume(self) -> bool:
        """Take up the checkpoint, if there is one; a plan with another budget is followed."""
        if not self._checkpoint.is_file():
            return False
        content = cast(
            "dict[str, Any]", torch.load(self._checkpoint, weights_only=True, map_location="cpu")
        )
        self.network.load_state_dict(content["network"])
        self.average = content["average"]
        self._optimizer.load_state_dict(content["optimizer"])
        self.progress = Progress(**content["progress"])
        self.progress.budget = self._plan.tokens
        self._replan()
        torch.set_rng_state(content["chance"])
        return True

    def _step(self, batch: list[int]) -> float:
        ids, mask = encode(self._tokenizer, self.texts_of(batch))
        labels = torch.as_tensor(self._examples.labels[batch])
        weights = torch.as_tensor(self._examples.weights[batch])
        share = rate_at(min(1.0, self.progress.tokens / self.progress.budget), self._plan.warm_up)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * share
        with quick_products():
            pooled = self.network.bert(input_ids=ids, attention_mask=mask).pooler_output
            head = cast("RatersHead", self.network.classifier)
            logits = head.by_raters(pooled, self._raters[batch])
        loss = masked_loss(logits.float(), labels, weights)
        loss.backward()  # pyright: ignore[reportUnknownMemberType] - torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self._optimizer.step()  # pyright: ignore[reportUnknownMemberType] - likewise
        self._optimizer.zero_grad(set_to_none=True)
        self.progress.tokens += ids.numel()
        if self.progress.step % AVERAGE_EVERY == 0:
            self._take_average()
        return float(loss.detach())

    def _take_average(self) -> None:
        # Early on the average looks back no further than the run is old.
        taken = self.progress.step // AVERAGE_EVERY
        keep = min(AVERAGE_KEEP, (1 + taken) / (10 + taken))
        state = cast("dict[str, Tensor]", self.network.state_dict())
        for name, value in self.average.items():
            if value.is_floating_point():
                value.lerp_(state[name].detach(), 1.0 - keep)

    def _replan(self) -> None:
        hours = self._plan.hours
        if hours is None or self.progress.seconds < SETTLED_S:
            return
        self.progress.budget = max(
            self.progress.tokens,
            int(self.progress.tokens / self.progress.seconds * hours * 3600),
        )


SETTLED_S = 60.0
"""Seconds of training before its speed is believed."""


def _optimizer_for(network: BertForSequenceClassification, peak: float) -> torch.optim.AdamW:
    head = list(network.classifier.parameters())
    plain = [
        p for n, p in network.bert.named_parameters() if n.endswith("bias") or "LayerNorm" in n
    ]
    chosen = {id(p) for p in (*head, *plain)}
    rest = [p for p in network.parameters() if id(p) not in chosen]
    groups = [
        {"params": rest, "peak": peak, "weight_decay": WEIGHT_DECAY},
        {"params": plain, "peak": peak, "weight_decay": 0.0},
        {"params": head, "peak": peak * HEAD_RATE, "weight_decay": WEIGHT_DECAY},
    ]
    return torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98), fused=True)
