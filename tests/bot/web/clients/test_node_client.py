"""Google's client for Node (`discoverAPI`, as OSMod uses it), where Node and the package are there.

npm install --prefix build/node googleapis
"""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bot.web.conftest import Server

ROOT = Path(__file__).parents[4]
SCRIPT = Path(__file__).with_name("discover.cjs")
PATIENCE_S = 60


def node_environment() -> dict[str, str]:
    folders = [os.environ.get("NODE_PATH", ""), str(ROOT / "build" / "node" / "node_modules")]
    return {**os.environ, "NODE_PATH": os.pathsep.join(filter(None, folders))}


def has_package() -> bool:
    if shutil.which("node") is None:
        return False
    found = subprocess.run(
        ["node", "-e", "require.resolve('googleapis')"],
        env=node_environment(),
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    return found.returncode == 0


@pytest.mark.skipif(not has_package(), reason="needs Node and the npm package googleapis")
async def test_it_discovers_analyses_suggests_and_understands_a_refusal(server: Server) -> None:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        server.url,
        env=node_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, errors.decode()
    heard = json.loads(output)
    assert heard["analyzed"]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.9
    assert heard["suggested"]["clientToken"] == "t"
    assert heard["refusal"] == {"code": 400, "message": "Comment must be non-empty."}
    assert server.suggestions.kept[0].text == "you fool"
