"""The loop: what is unknown teaches nothing, and a broken-off run ends where a whole one does."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.training.examples import Examples
from bot.training.identities import Identities
from bot.training.loop import Progress, Training, masked_loss, rate_at
from bot.training.network import build_network, load_tokenizer
from bot.training.plan import Plan
from bot.training.variants import Variants

PLAN = Plan(seed=3, tokens=5000, batch_tokens=64, peak_rate=1e-3, checkpoint_every=1000)


def some_examples() -> Examples:
    texts = ["you are a fool", "you are a friend", "the day", "a bad rotten day", "nice"] * 8
    labels = np.array([[1, 0, 0, 0, 1, 0], [0] * 6, [0] * 6, [0] * 6, [0] * 6] * 8)
    return Examples(
        texts,
        ["x"] * len(texts),
        labels.astype(np.float32),
        np.ones((len(texts), 6), dtype=np.float32),
        np.full(len(texts), 1.5, dtype=np.float32),
    )


def training_in(folder: Path, base: Path, plan: Plan = PLAN) -> Training:
    no_identities = Identities({"plural": ("x",)}, ("x",), {"y": ("z",)}, ("grinning face",))
    return Training(
        network=build_network(base, plan.seed),
        tokenizer=load_tokenizer(base),
        examples=some_examples(),
        variants=Variants(no_identities, frozenset({"fool"}), plan.seed),
        plan=plan,
        checkpoint=folder / "checkpoint.pt",
    )


def ignore(position: Progress, loss: float = 0.0) -> None:
    """Hear a report and do nothing."""


def test_unknown_labels_neither_cost_nor_teach() -> None:
    logits = torch.tensor([[0.0, 50.0]], requires_grad=True)
    weights = torch.tensor([[1.0, 0.0]])
    loss = masked_loss(logits, torch.tensor([[1.0, 0.0]]), weights)
    loss.backward()
    # ln 2 for the known label at logit 0; the unknown one, though far off, adds nothing.
    assert loss.item() == pytest.approx(0.6931, abs=1e-4)
    assert logits.grad is not None
    assert logits.grad.tolist() == [[pytest.approx(-0.5), 0.0]]


def test_nothing_known_costs_nothing() -> None:
    assert masked_loss(torch.ones(2, 6), torch.ones(2, 6), torch.zeros(2, 6)).item() == 0.0


def test_soft_labels_are_aimed_at() -> None:
    logit = torch.logit(torch.tensor([[0.3]])).requires_grad_()
    masked_loss(logit, torch.tensor([[0.3]]), torch.ones(1, 1)).backward()
    assert logit.grad is not None
    assert logit.grad.item() == pytest.approx(0.0, abs=1e-6)


def test_the_rate_rises_then_falls() -> None:
    assert rate_at(0.05, 0.1) == pytest.approx(0.5)
    assert rate_at(0.1, 0.1) == pytest.approx(1.0)
    assert rate_at(0.55, 0.1) == pytest.approx(0.5)
    assert rate_at(1.0, 0.1) == 0.01


def test_a_run_taken_up_again_ends_where_an_unbroken_one_does(base: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = training_in(tmp_path / "whole", base)
    whole.run(report=ignore, evaluate=ignore)

    class BrokenOffError(Exception):
        pass

    def break_off(position: Progress, loss: float) -> None:
        if position.step == 21:
            raise BrokenOffError

    (tmp_path / "broken").mkdir()
    plan = Plan(seed=3, tokens=5000, batch_tokens=64, peak_rate=1e-3, checkpoint_every=10)
    first = training_in(tmp_path / "broken", base, plan)
    with pytest.raises(BrokenOffError):
        first.run(report=break_off, evaluate=ignore)
    second = training_in(tmp_path / "broken", base, plan)
    assert second.resume()
    assert second.progress.step == 20
    second.run(report=ignore, evaluate=ignore)

    assert second.progress.step == whole.progress.step
    assert second.progress.tokens == whole.progress.tokens
    for name, value in whole.network.state_dict().items():
        torch.testing.assert_close(second.network.state_dict()[name], value)
    for name, value in whole.average.items():
        torch.testing.assert_close(second.average[name], value)


def test_without_a_checkpoint_there_is_nothing_to_take_up(base: Path, tmp_path: Path) -> None:
    assert not training_in(tmp_path, base).resume()


def test_hours_fit_the_budget_to_the_speed(base: Path, tmp_path: Path) -> None:
    # Every reading of the clock is 40 s after the last: a step takes 40 s, 15 steps 600 s.
    plan = Plan(seed=3, tokens=10**9, hours=600 / 3600, batch_tokens=64)
    session = training_in(tmp_path, base, plan)
    ticks = count(step=40)
    session.run(report=ignore, evaluate=ignore, clock=lambda: float(next(ticks)))
    # Batches differ in size, so the last step may fall just before or behind the end.
    assert 560 <= session.progress.seconds <= 640


def test_training_lowers_the_loss(base: Path, tmp_path: Path) -> None:
    losses: list[float] = []
    session = training_in(
        tmp_path, base, Plan(seed=3, tokens=6000, batch_tokens=64, peak_rate=3e-3)
    )
    session.run(report=lambda _, loss: losses.append(loss), evaluate=ignore)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])
