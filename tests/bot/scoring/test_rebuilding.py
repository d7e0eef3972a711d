"""A broken compiled form in the cache is made again at once; what ships is left to its owner."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import UnfitFormError
from bot.scoring import location, rebuilding, scorer
from bot.scoring.compiled_form import CACHE_VARIABLE, GRAPH, MANIFEST
from bot.scoring.compiling import Compiled, compile_model
from bot.scoring.scorer import EngineChoice, load_scorer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def made(calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiled:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return asyncio.run(compile_model(str(calm), lambda *_: None))


def truncate_manifest(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text[: len(text) // 2])


def replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


@pytest.mark.parametrize("damage", [truncate_manifest, replace_by_file])
def test_a_broken_form_is_made_again_and_used(
    calm: Path, made: Compiled, damage: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    before = (made.folder / GRAPH).read_bytes()
    damage(made.folder)

    found = load_scorer(str(calm))

    assert found.model.name == "calm int8"
    assert (made.folder / GRAPH).read_bytes() == before
    said = capfd.readouterr()
    assert said.out == ""
    first, *more = said.err.splitlines()
    assert first.startswith(f"{made.folder}")
    assert first.endswith("so it is not used; compiling the model again")
    assert "Comparing with the eager model" in "".join(more)


def test_one_that_is_asked_for_compiled_is_made_again_too(calm: Path, made: Compiled) -> None:
    (made.folder / GRAPH).unlink()
    assert load_scorer(str(calm), EngineChoice.COMPILED).model.name == "calm int8"


def test_without_the_tools_to_compile_it_is_refused(
    calm: Path, made: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made.folder / GRAPH).unlink()
    monkeypatch.setattr(rebuilding, "TOOLS", ("torch", "no_such_package_here"))
    with pytest.raises(UnfitFormError, match=r"make it again with: python bot\.py compile .*calm"):
        load_scorer(str(calm))


def test_a_model_that_cannot_be_compiled_again_is_refused(
    calm: Path, made: Compiled, capfd: pytest.CaptureFixture[str]
) -> None:
    (made.folder / GRAPH).unlink()
    shutil.rmtree(calm.with_name("settings"))  # running the form needs none; compiling does
    with pytest.raises(UnfitFormError, match="make it again with"):
        load_scorer(str(calm))
    assert "its settings 'settings' are not here" in capfd.readouterr().err


def test_the_form_that_ships_is_not_made_again_by_itself(
    bert_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "compact"
    shutil.copytree(bert_folder, bundled)
    (bundled / MANIFEST).write_text("{}")
    monkeypatch.setattr(location, "COMPACT", bundled)
    monkeypatch.setattr(scorer, "rebuild", lambda *_: pytest.fail("made again"))
    with pytest.raises(UnfitFormError, match=r"compile compact$"):
        load_scorer()
    assert (bundled / MANIFEST).read_text() == "{}"


def test_it_ends_with_whoever_wanted_it(calm: Path, made: Compiled) -> None:
    shutil.rmtree(made.folder.parent)
    with subprocess.Popen(
        [sys.executable, "-m", "bot.scoring.rebuilding", str(calm)],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as building:
        assert building.stdin is not None
        building.stdin.close()
        assert building.wait() == 1
    assert not made.folder.exists()
