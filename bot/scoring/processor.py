"""What this machine's processor can do, as Linux tells it. Elsewhere nothing is known of it."""

from pathlib import Path

DOT_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})
"""Flags of x86, as Linux calls them: each adds up products of bytes without overflow."""
BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Flags, the last one ARM's: each multiplies numbers of half precision (bfloat16) by itself."""


def has_any(wanted: frozenset[str], processor: Path = Path("/proc/cpuinfo")) -> bool:
    """Say whether the processor is known to have one of these flags; unknown is no."""
    return not wanted.isdisjoint(flags(processor))


def flags(processor: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """List the processor's flags; none where they are not known."""
    try:
        lines = processor.read_text().splitlines()
    except OSError:
        return frozenset()
    tables = (line.partition(":") for line in lines)
    listed = (value for name, _, value in tables if name.strip() in {"flags", "Features"})
    return frozenset(next(listed, "").split())
