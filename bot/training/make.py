"""Makes the model: prepares the examples, trains, chooses, calibrates, writes files and card.

The composition root of training; every step is in the module of its name. Called by
`bot.training.train` once the arguments are known, as it loads torch.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from bot.policy.policy_file import DEFAULT_PRESET, load_preset
from bot.scoring.first_stage import FIRST_STAGE
from bot.text import normalise
from bot.training import card
from bot.training.examples import (
    Examples,
    key_of,
    load_examples,
    make_examples,
    read_rows,
    save_examples,
    split,
)
from bot.training.first_stage import TEXTS, fit_first_stage
from bot.training.identities import load_identities
from bot.training.loop import Progress as Position
from bot.training.loop import Training
from bot.training.measure import Separation, calibrate, separations
from bot.training.network import (
    WEIGHTS,
    base_folder,
    build_network,
    fold_in,
    load_tokenizer,
    logits_of,
    save_network,
    start_from,
)
from bot.training.plan import Plan
from bot.training.templates import load_grammar, write_examples
from bot.training.thresholds import met_thresholds
from bot.training.variants import Variants, telling_words

SENTENCES = 15_000
"""How many sentences of our own are written: about one example in fifteen."""
GLANCE = 3000
"""Held-out texts looked at while training; all of them at the end."""

console = Console(soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Order:
    """Which files to make the model from, and where to.

    `leave_out` is a file whose texts are never trained on; `run` holds the prepared examples (to be
    deleted when the code that prepares them changes) and the checkpoint, `out` the model.
    `start` are models whose average to begin with, in place of the base; `finish_now` writes the
    model from the checkpoint as it is.
    """

    examples: Path
    leave_out: Path
    run: Path
    out: Path
    start: tuple[Path, ...] = ()
    finish_now: bool = False


def make_model(order: Order, plan: Plan) -> None:
    """Train, or go on training; then calibrate, and write the model and its card.

    Raises:
        BadInputError: the labelled file or the base cannot be used.
    """
    base = base_folder()
    order.run.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(base)
    network = build_network(base, plan.seed)
    if order.start:
        start_from(network, order.start)
    mark = _fingerprint(order, plan.seed)
    training, validation = _prepared(order, plan.seed, mark)
    session = Training(
        network=network,
        tokenizer=tokenizer,
        examples=training,
        variants=_variants(training, plan.seed),
        plan=plan,
        checkpoint=order.run / f"checkpoint-{mark}.pt",
    )
    if session.resume():
        console.print(f"Going on from step {session.progress.step}.")
    if not order.finish_now:
        _train(session, _glance_at(validation), tokenizer)
    chosen, logits = _better(session, tokenizer, validation)
    calibration = calibrate(validation, logits)
    fold_in(session.network, calibration)
    save_network(session.network, base, order.out)
    console.print("Fitting the first stage.")
    stage = fit_first_stage(
        session.network,
        tokenizer,
        training.pick(np.arange(0, len(training), max(1, len(training) // TEXTS))).texts,
        validation.texts,
        _weights_sha256(order.out),
    )
    (order.out / FIRST_STAGE).write_text(stage.model_dump_json() + "\n", encoding="utf-8")
    policy = load_preset(DEFAULT_PRESET)
    facts = card.Run(
        plan=plan,
        start=[_weights_sha256(folder) for folder in order.start],
        position=session.progress,
        training=training,
        validation=validation,
        found=list(separations(validation, logits)),
        calibration=calibration,
        kept=chosen,
        spared=stage.proof,
        policy=policy.name,
        thresholds=list(met_thresholds(policy, validation, logits, calibration)),
    )
    text = card.write_card(facts, load_grammar())
    (order.out / "README.md").write_text(text, encoding="utf-8")
    console.print(f"The model is in {order.out}.")


def _fingerprint(order: Order, seed: int) -> str:
    """Tell one run's files from another's by all that decides them, code apart."""
    digest = hashlib.sha256(f"{seed} {SENTENCES}".encode())
    for path in (order.examples, order.leave_out):
        digest.update(path.read_bytes() if path.is_file() else b"none")
    for folder in order.start:
        digest.update(_weights_sha256(folder).encode())
    return digest.hexdigest()[:12]


def _weights_sha256(folder: Path) -> str:
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _prepared(order: Order, seed: int, mark: str) -> tuple[Examples, Examples]:
    cached = order.run / f"training-{mark}.parquet", order.run / f"validation-{mark}.parquet"
    if not all(path.is_file() for path in cached):
        console.print(f"Reading and normalising {order.examples}.")
        left_out: frozenset[str] = frozenset()
        if order.leave_out.is_file():
            rows = read_rows(order.leave_out)
            left_out = frozenset(key_of(normalise(row.text)) for row in rows) - {""}
        labelled = make_examples(read_rows(order.examples), normalise, left_out)
        own = write_examples(load_grammar(), SENTENCES, seed, normalise)
        known, held_out = split(labelled)
        # Sentences of our own are only trained on: figures and calibration come from people's.
        save_examples(known.joined(split(own)[0]), cached[0])
        save_examples(held_out, cached[1])
    training, validation = (load_examples(path) for path in cached)
    console.print(f"{len(training)} texts to train on, {len(validation)} held out.")
    return training, validation


def _variants(training: Examples, seed: int) -> Variants:
    known = np.flatnonzero(training.weights[:, 0] > 0)
    telling = telling_words([training.texts[i] for i in known], training.labels[known, 0])
    return Variants(load_identities(normalise), telling, seed)


def _glance_at(validation: Examples) -> Examples:
    # Every n-th: the sources stand one after another in the file.
    return validation.pick(np.arange(0, len(validation), max(1, len(validation) // GLANCE)))


def _train(session: Training, glance: Examples, tokenizer: Tokenizer) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    recent: list[float] = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("training", total=session.progress.budget)

        def report(position: Position, loss: float) -> None:
            recent.append(loss)
            bar.update(
                task,
                completed=position.tokens,
                total=position.budget,
                description=f"step {position.step} loss {loss:.3f}",
            )
            if position.step % 50 == 0:
                console.print(_line(position, float(np.mean(recent))))
                recent.clear()

        def evaluate(position: Position) -> None:
            logits = logits_of(session.network, tokenizer, glance.texts)
            found = separations(glance, logits)
            whole = {s.label: s.roc_auc for s in found if s.source == "all"}
            figures = "  ".join(f"{label} {area:.4f}" for label, area in whole.items())
            console.print(f"step {position.step} held out: {figures}")

        session.run(report=report, evaluate=evaluate)


def _line(position: Position, loss: float) -> str:
    speed = position.tokens / max(position.seconds, 1e-9)
    left = (position.budget - position.tokens) / max(speed, 1e-9)
    return (
        f"{time.strftime('%H:%M:%S')} step {position.step} pass {position.pass_number} "
        f"loss {loss:.4f} {position.tokens / 1e6:.2f} of {position.budget / 1e6:.2f} M tokens "
        f"{speed:.0f} tokens/s, {left / 60:.0f} min left"
    )


def _better(
    session: Training, tokenizer: Tokenizer, validation: Examples
) -> tuple[str, NDArray[np.float32]]:
    """Leave the better of the last weights and their average in the network; give its logits."""
    console.print(f"Measuring on {len(validation)} held-out texts.")
    network = session.network
    # A copy, as loading the average writes over the network's own.
    last = {name: value.clone() for name, value in network.state_dict().items()}
    weights = {"last": last, "average": session.average}
    logits: dict[str, NDArray[np.float32]] = {}
    means: dict[str, float] = {}
    for name, state in weights.items():
        network.load_state_dict(state)
        logits[name] = logits_of(network, tokenizer, validation.texts)
        means[name] = _mean_auc(list(separations(validation, logits[name])))
        console.print(f"{name}: mean AUC {means[name]:.4f} over the labels")
    best = max(means, key=lambda name: means[name])
    network.load_state_dict(weights[best])
    console.print(f"The {best} weights separate better and are kept.")
    return best, logits[best]


def _mean_auc(found: list[Separation]) -> float:
    return float(np.mean([s.roc_auc for s in found if s.source == "all"]))
