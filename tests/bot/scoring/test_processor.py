"""What is known of a processor, from what Linux says of it."""

from pathlib import Path

import pytest

from bot.scoring.processor import BFLOAT16, DOT_PRODUCTS, flags, has_any


def cpuinfo(folder: Path, line: str) -> Path:
    path = folder / "cpuinfo"
    path.write_text(f"processor\t: 0\n{line}\nbugs\t\t: avx_vnni avx512_bf16\n")
    return path


@pytest.mark.parametrize(
    ("line", "multiplies_bytes", "multiplies_halves"),
    [
        ("flags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni", True, False),
        ("flags\t\t: fpu sse4_2 avx2 avx_vnni", True, False),
        ("flags\t\t: fpu avx512_vnni avx512_bf16", True, True),
        ("flags\t\t: fpu sse4_2 avx2 avx512f", False, False),
        ("Features\t: fp asimd asimddp bf16", False, True),
        ("", False, False),
    ],
)
def test_products_are_known_by_the_processors_flags(
    tmp_path: Path, line: str, multiplies_bytes: bool, multiplies_halves: bool
) -> None:
    path = cpuinfo(tmp_path, line)
    assert has_any(DOT_PRODUCTS, path) is multiplies_bytes
    assert has_any(BFLOAT16, path) is multiplies_halves


def test_where_nobody_tells_nothing_is_known(tmp_path: Path) -> None:
    assert flags(tmp_path / "cpuinfo") == frozenset()
