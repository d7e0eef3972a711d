"""Settings for every test, and the bundled model, loaded once: it takes seconds."""

import os

import pytest
from hypothesis import settings

from bot.scoring.scorer import DetoxifyScorer, load_scorer

# A busy machine is not a broken law: no deadlines. In CI the examples are the same in every run.
settings.register_profile("evenhand", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("evenhand")


@pytest.fixture(scope="session")
def compact() -> DetoxifyScorer:
    """The bundled model, as users run it."""
    return load_scorer()
