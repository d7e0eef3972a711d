"""What a request takes beyond the model: differences text by text, and whose turn is first."""

from collections.abc import Iterable
from typing import Any

import pytest

from bot.benchmark.contest import overhead
from bot.benchmark.process import Contestant
from bot.errors import ModerationError


class Scripted(Contestant):
    """Takes as long as it is told to, and writes down that it was asked."""

    def __init__(self, name: str, took: Iterable[float | None], log: list[str]) -> None:
        self._name = name
        self._took = iter(took)
        self._log = log

    async def order(self, what: str, **details: Any) -> list[float | None]:
        self._log.append(f"{self._name} {what} {' '.join(details['texts'])}")
        return [next(self._took) for _ in details["texts"]]


async def test_the_overhead_is_the_median_of_the_differences_of_each_text() -> None:
    log: list[str] = []
    model = [1.0, 2.0, 4.0] * 3
    server = Scripted("server", model, log)
    client = Scripted(
        "client", [a + b for a, b in zip(model, [0.5, 0.25, 5.0] * 3, strict=True)], log
    )
    assert await overhead(server, client, list("abcdefghi")) == 0.5
    assert log == [
        "client alone a b c d e f g h",
        "server alone a b c d e f g h",
        "server alone i",
        "client alone i",
    ]


async def test_a_text_that_was_refused_does_not_count() -> None:
    server, client = Scripted("server", [1.0, 1.0], []), Scripted("client", [None, 1.25], [])
    assert await overhead(server, client, ["", "b"]) == 0.25


async def test_a_server_that_answers_nothing_is_said_to() -> None:
    server, client = Scripted("server", [1.0], []), Scripted("client", [None], [])
    with pytest.raises(ModerationError, match="answered none of 1 requests"):
        await overhead(server, client, [""])
