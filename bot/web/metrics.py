"""The server's counters, as Prometheus reads them. No comment, key or address is ever a label.

Kept apart from the library's global registry, so that two servers in one process do not mix.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

BUCKETS_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1.5, 3, 10)
"""Seconds. Coral gives up at 0.8."""

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """What is counted. `method` is the wire's name of what was asked: analyze, suggestscore, ..."""

    def __init__(self, waiting: Callable[[], float]) -> None:
        """Begin to count; `waiting` says how many texts wait to be scored.

        `at_work` is told by whoever answers.
        """
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "evenhand_web_answers", "Answers given.", ("method", "code"), registry=self.registry
        )
        self.seconds = Histogram(
            "evenhand_web_answer_seconds",
            "Seconds from a whole request to its answer.",
            ("method",),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.failures = Counter(
            "evenhand_web_failures",
            "Requests that failed for a reason of our own.",
            ("kind",),
            registry=self.registry,
        )
        self.at_work = Gauge(
            "evenhand_web_at_work", "Requests being answered.", registry=self.registry
        )
        Gauge(
            "evenhand_scoring_waiting", "Texts that wait to be scored.", registry=self.registry
        ).set_function(waiting)

    def answered(self, method: str, code: int, seconds: float) -> None:
        """Count an answer, which took so many seconds from the whole request on."""
        self.answers.labels(method, code).inc()
        self.seconds.labels(method).observe(seconds)

    def written(self) -> bytes:
        """Give all of it in Prometheus' text format."""
        return generate_latest(self.registry)
