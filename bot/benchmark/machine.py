"""Which machine this is, as far as a figure depends on it. Called by `bot.benchmark.contest`."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from bot.benchmark.figures import Machine
from bot.scoring.processor import DOT_PRODUCTS, flags

LIBRARIES = ("detoxify", "numpy", "onnxruntime", "tokenizers", "torch", "transformers")


def this_machine(processor: Path = Path("/proc/cpuinfo")) -> Machine:
    """Describe the machine that this process runs on."""
    is_linux = sys.platform == "linux"
    cores = len(os.sched_getaffinity(0)) if is_linux else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if is_linux else None
    return Machine(
        processor=_model_name(processor) or platform.processor() or platform.machine(),
        cores=cores,
        memory_mb=None if memory is None else round(memory / 1e6),
        system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        versions={name: version(name) for name in LIBRARIES},
    )


def _model_name(processor: Path) -> str:
    """Read the processor's name, and which quick products of bytes it has."""
    if not processor.exists():
        return ""
    lines = [line.partition(":") for line in processor.read_text().splitlines()]
    table = {name.strip(): value.strip() for name, _, value in lines}
    quick = DOT_PRODUCTS & flags(processor)
    name = table.get("model name", "")
    return f"{name} ({', '.join(sorted(quick))})" if name and quick else name
