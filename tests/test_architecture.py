"""What the import contracts cannot say: what an import costs, and how files are named."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "detoxify", "matplotlib", "discord", "sqlalchemy", "onnxruntime"}


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "bot.cli" in loaded
    assert not HEAVY & set(loaded)


def test_the_script_defines_nothing_that_anybody_could_want_from_the_package() -> None:
    script = ast.parse((ROOT / "bot.py").read_text())
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign
    assert not [node for node in ast.walk(script) if isinstance(node, definitions)]
    assert [node.module for node in ast.walk(script) if isinstance(node, ast.ImportFrom)] == [
        "bot.cli"
    ]


def test_no_package_marker_under_tests_shadows_the_real_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    vague = {"utils", "helpers", "common", "manager", "handler", "data", "info"}
    modules = [p for top in ("bot", "cogs", "config") for p in (ROOT / top).rglob("*.py")]
    assert modules
    assert not [p for p in modules if p.stem in vague]
