"""Reads policies from TOML and writes them back: presets, files that extend them, the record.

Not what a policy may say (`config.policy`). Called by the commands, and by the pipeline for what a
case keeps of the policy it was judged under.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, cast

import tomli_w
from pydantic import ValidationError

from bot.errors import BadPolicyError
from bot.policy.complaints import Complaint, show, suggest, translate
from bot.policy.toml_lines import find_lines
from config.labels import Label
from config.policy import Policy

PRESETS = ("strict", "balanced", "lenient", "log-only")
DEFAULT_PRESET = "balanced"
"""What a policy extends when it names nothing."""
LARGEST_FILE_BYTES = 1_000_000

Table = dict[str, Any]  # a TOML table, before it is checked


def find_policy(name_or_path: str) -> Policy:
    """Load a preset by its name, or else a file by its path.

    Raises:
        BadPolicyError: there is no such preset or file, or it cannot be used.
    """
    if name_or_path in PRESETS:
        return load_preset(name_or_path)
    if Path(name_or_path).exists() or "/" in name_or_path or name_or_path.endswith(".toml"):
        return load_policy(Path(name_or_path))
    raise _no_preset(name_or_path, "expected a file or a preset")


def load_preset(name: str) -> Policy:
    """Load a policy that ships with Evenhand.

    Raises:
        BadPolicyError: there is no such preset.
    """
    if name not in PRESETS:
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
    if base not in PRESETS:
        sentence = f"extends is {show(base)}, expected one of {', '.join(PRESETS)}"
        near = suggest(base, PRESETS) if isinstance(base, str) else ""
        raise _refusal(where, [Complaint(find_lines(text).get(("extends",)), sentence + near)])
    full = _merge(_preset_table(base), {"name": name} | table)
    try:
        return Policy.model_validate(full)
    except ValidationError as error:
        raise _refusal(where, translate(error, text)) from error


def require_labels(policy: Policy, labels: Iterable[Label]) -> None:
    """Refuse a policy that judges by a label the loaded model does not score.

    Raises:
        BadPolicyError: names the first such key. A missing score must not read as a harmless one.
    """
    scored = list(labels)
    for where, label in _labels_used(policy):
        if label not in scored:
            what = (
                f"{where} names {label}, which the loaded model does not score,"
                f" expected only {', '.join(scored)}"
            )
            raise BadPolicyError(f"policy {policy.name}", what)


def policy_version(policy: Policy) -> str:
    """Name a policy by its content: equal policies have equal versions. 12 hex digits."""
    canonical = json.dumps(policy.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def to_toml(policy: Policy) -> str:
    """Write a policy whole: reading the text gives an equal policy."""
    table = policy.model_dump(mode="json", exclude_none=True, exclude={"overrides"})
    overrides = [{o.level.value: o.target} | o.changes() for o in policy.overrides]
    return tomli_w.dumps(table | ({"overrides": overrides} if overrides else {}))


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
    return table if name == DEFAULT_PRESET else _merge(_preset_table(base), table)


def _preset_text(name: str) -> str:
    return resources.files("config").joinpath(f"presets/{name}.toml").read_text(encoding="utf-8")


def _merge(base: Table, changes: Table) -> Table:
    """Lay `changes` over `base`, key by key; lists and label weights are replaced whole."""
    merged = dict(base)
    for key, value in changes.items():
        below = base.get(key)
        if key != "labels" and isinstance(below, dict) and isinstance(value, dict):
            merged[key] = _merge(cast("Table", below), cast("Table", value))
        else:
            merged[key] = value
    return merged


def _refusal(where: str, complaints: list[Complaint]) -> BadPolicyError:
    places = [where if c.line is None else f"{where}, line {c.line}" for c in complaints]
    first, *others = zip(places, (c.sentence for c in complaints), strict=True)
    return BadPolicyError(
        first[0], "".join([first[1], *(f"\n{at}: {what}" for at, what in others)])
    )


def _no_preset(name: str, expected: str) -> BadPolicyError:
    near = suggest(name, PRESETS)
    return BadPolicyError(
        f"policy {show(name)}", f"is unknown, {expected} ({', '.join(PRESETS)}){near}"
    )


def _labels_used(policy: Policy) -> Iterator[tuple[str, Label]]:
    for category, rule in policy.categories.items():
        changes = [o.categories[category] for o in policy.overrides if category in o.categories]
        if rule.judged or any(change.judged for change in changes):
            for label in rule.labels:
                yield f"categories.{category}.labels", label
    for i, override in enumerate(policy.overrides, start=1):
        for category, change in override.categories.items():
            for label in change.labels or ():
                yield f"overrides[{i}].categories.{category}.labels", label
