"""The discovery document: what Google's clients read to learn which methods there are.

The schemas stand in discovery.json; the address is filled in as the client wrote it. Also the
source of the OpenAPI description (`openapi`).
"""

import json
from pathlib import Path
from typing import Any, cast

DOCUMENT = Path(__file__).with_name("discovery.json")


def load_document() -> dict[str, Any]:
    """Read the document as it ships, with the address of Google's own service."""
    return cast("dict[str, Any]", json.loads(DOCUMENT.read_text(encoding="utf-8")))


def discovery(root: str) -> dict[str, Any]:
    """Give the document for a server at `root`, which ends with a slash."""
    return load_document() | {"rootUrl": root, "baseUrl": root}
