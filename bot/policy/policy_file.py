"""Reads policies from TOML: presets, and files that extend them.

Not what a policy may say (`config.policy`), nor how it is kept (`bot.policy.record`). Called by the
commands.
"""

import re
import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from bot.errors import BadPolicyError
from bot.policy.complaints import Complaint, show, suggest, translate
from bot.policy.overlay import Table, lay_over
from bot.policy.toml_lines import find_lines
from config.policy import Policy

DEFAULT_PRESET = "balanced"
"""What a policy extends when it names nothing."""
LARGEST_FILE_BYTES = 1_000_000

_STRICTEST_FIRST = ("strict", "balanced", "lenient", "log-only")
"""The order in which people are told the presets; one that is not named here comes after these."""


def preset_names() -> tuple[str, ...]:
    """List the policies that ship with Evenhand: whatever TOML stands in config/presets."""
    names = [Path(file.name).stem for file in _presets().iterdir() if file.name.endswith(".toml")]
    order = {name: n for n, name in enumerate(_STRICTEST_FIRST)}
    return tuple(sorted(names, key=lambda name: (order.get(name, len(order)), name)))


def find_policy(name_or_path: str) -> Policy:
    """Load a preset by its name, or else a file by its path.

    Raises:
        BadPolicyError: there is no such preset or file, or it cannot be used.
    """
    if name_or_path in preset_names():
        return load_preset(name_or_path)
    if "/" in name_or_path or name_or_path.endswith(".toml") or _may_be_there(name_or_path):
        return load_policy(Path(name_or_path))
    raise _no_preset(name_or_path, "expected a file or a preset")


def load_preset(name: str) -> Policy:
    """Load a policy that ships with Evenhand.

    Raises:
        BadPolicyError: there is no such preset.
    """
    if name not in preset_names():
        raise _no_preset(name, "expected a preset")
    return parse_policy(_preset_text(name), where=f"preset {name}", name=name)


def load_policy(path: Path) -> Policy:
    """Load a policy from a TOML file; what it leaves out is as in the preset it extends.

    Raises:
        BadPolicyError: it cannot be read or used; one sentence for each thing that is wrong.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise BadPolicyError(str(path), "there is no such file, expected a policy") from error
    except IsADirectoryError as error:
        raise BadPolicyError(str(path), "is a folder, expected a policy file") from error
    except OSError as error:
        what = f"cannot be read ({error.strerror}), expected a policy file"
        raise BadPolicyError(str(path), what) from error
    if len(raw) > LARGEST_FILE_BYTES:
        what = f"is larger than {LARGEST_FILE_BYTES // 1_000_000} MB, expected a policy file"
        raise BadPolicyError(str(path), what)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8, expected text saved as UTF-8"
        raise BadPolicyError(f"{path}, line {line}", what) from error
    return parse_policy(text, where=str(path), name=path.stem)


def parse_policy(text: str, *, where: str, name: str) -> Policy:
    """Read a policy from TOML. `where` names the source in errors; `name` stands in for a name.

    Raises:
        BadPolicyError: it cannot be used; one sentence for each thing that is wrong.
    """
    table = _parse(text, where)
    base = table.pop("extends", DEFAULT_PRESET)
    if base not in (presets := preset_names()):
        sentence = f"extends is {show(base)}, expected one of {', '.join(presets)}"
        near = suggest(base, presets) if isinstance(base, str) else ""
        raise _refusal(where, [Complaint(find_lines(text).get(("extends",)), sentence + near)])
    full = lay_over(_preset_table(base), {"name": name} | table)
    try:
        return Policy.model_validate(full)
    except ValidationError as error:
        raise _refusal(where, translate(error, text)) from error


def _may_be_there(path: str) -> bool:
    """Say whether a file is there, or one may not even look: reading it will tell why."""
    try:
        return Path(path).exists()
    except OSError:
        return True


def _parse(text: str, where: str) -> Table:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BadPolicyError(where, "is nested too deeply, expected a policy in TOML") from error
    except ValueError as error:
        what, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+), (column \d+)", place)
        line = int(found[1]) if found else text.count("\n") + 1 if place else None
        at = f" at {found[2]}" if found else ""
        sentence = (
            f"is not valid TOML: {what[:1].lower()}{what[1:]}{at}, expected lines like act = 0.85"
        )
        raise _refusal(where, [Complaint(line, sentence)]) from error


def _preset_table(name: str) -> Table:
    table = tomllib.loads(_preset_text(name))
    base = table.pop("extends", DEFAULT_PRESET)
    return table if name == DEFAULT_PRESET else lay_over(_preset_table(base), table)


def _preset_text(name: str) -> str:
    return _presets().joinpath(f"{name}.toml").read_text(encoding="utf-8")


def _presets() -> Traversable:
    return resources.files("config").joinpath("presets")


def _refusal(where: str, complaints: list[Complaint]) -> BadPolicyError:
    places = [where if c.line is None else f"{where}, line {c.line}" for c in complaints]
    first, *others = zip(places, (c.sentence for c in complaints), strict=True)
    return BadPolicyError(
        first[0], "".join([first[1], *(f"\n{at}: {what}" for at, what in others)])
    )


def _no_preset(name: str, expected: str) -> BadPolicyError:
    presets = preset_names()
    return BadPolicyError(
        f"policy {show(name)}",
        f"is unknown, {expected} ({', '.join(presets)}){suggest(name, presets)}",
    )
