"""ONNX Runtime, kept from telling anybody anything.

Since 1.32 its own builds note what runs where, in files under the user's home, for its makers to
fetch. That is switched off before it is loaded; import it from here alone.
"""

import os
from typing import Any, cast

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

RUNTIME = cast("Any", onnxruntime)
"""Its classes are compiled and have no types."""
