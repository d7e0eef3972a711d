"""The command: from a tiny labelled file and base to a model with its card, and on from there."""

import argparse
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.torch import load_file

from bot.errors import BadInputError
from bot.training import make, train
from bot.training.sources import LABELS

SMALL = {"SENTENCES": 200, "GLANCE": 50}


@pytest.fixture
def command(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    monkeypatch.setattr(make, "base_folder", lambda: base)
    for name, value in SMALL.items():
        monkeypatch.setattr(make, name, value)
    columns: dict[str, list[object]] = {label: [1.0, 0.0] * 100 for label in LABELS}
    columns["text"] = [f"{'you fool' if n % 2 == 0 else 'nice friend'} {n}" for n in range(200)]
    columns["source"] = ["jigsaw_train"] * 200
    pq.write_table(pa.table(columns), tmp_path / "examples.parquet")
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return parser.parse_args(
        [
            str(tmp_path / "examples.parquet"),
            f"--leave-out={tmp_path / 'none.parquet'}",
            f"--run={tmp_path / 'run'}",
            f"--out={tmp_path / 'out'}",
            "--tokens=20000",
            "--batch-tokens=512",
        ]
    )


def test_the_command_makes_a_model_and_a_rerun_adds_nothing(
    command: argparse.Namespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.run(command) == 0
    first = load_file(command.out / "model.safetensors")
    config = json.loads((command.out / "config.json").read_text("utf-8"))
    assert list(config["id2label"].values()) == [str(label) for label in LABELS]
    written = (command.out / "README.md").read_text("utf-8")
    assert "jigsaw_train | " in written
    assert "CC BY-SA 3.0" in written
    assert "| harassment, by insult | flag 0.60 | " in written
    capsys.readouterr()

    assert train.run(command) == 0
    assert "Going on from step" in capsys.readouterr().out
    again = load_file(command.out / "model.safetensors")
    assert all((first[name] == again[name]).all() for name in first)


def test_a_run_can_start_from_models_and_is_a_run_of_its_own(
    command: argparse.Namespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.run(command) == 0
    command.start = [command.out]
    command.out = command.out.with_name("second")
    capsys.readouterr()
    assert train.run(command) == 0
    assert "Going on from step" not in capsys.readouterr().out
    assert "It began with a model" in (command.out / "README.md").read_text("utf-8")


def test_a_missing_labelled_file_is_named(command: argparse.Namespace, tmp_path: Path) -> None:
    command.examples = tmp_path / "nowhere.parquet"
    with pytest.raises(BadInputError, match="nowhere"):
        train.run(command)
    assert not command.out.exists()
