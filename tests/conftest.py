"""Settings for every test."""

import os

from hypothesis import settings

# A busy machine is not a broken law: no deadlines. In CI the examples are the same in every run.
settings.register_profile("evenhand", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("evenhand")
