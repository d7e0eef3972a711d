"""The pictures in the README and the guide: what people see of one story, drawn by simcord.

`make picture` writes them; otherwise this is skipped. It needs simcord's extras `preview` and
`screenshot`, and a chromium on the PATH: playwright's own, which it would download, is not used.
"""

import os
import shutil
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import discord
import pytest
from PIL import Image, ImageOps
from simcord import ChannelHandle, InteractionResult, MemberActor
from simcord.builders import UserHandle

from config.labels import Label
from tests.behaviour.office import log_of
from tests.behaviour.world import World

DOCS = Path(__file__).parent.parent.parent / "docs"
WIDTH = 520
TALL = 1600
"""Room to draw in; the picture is cut to the message."""
MARGIN = 12

pytestmark = pytest.mark.skipif(
    os.environ.get("EVENHAND_PICTURES") != "write",
    reason="draws the pictures of the documents, on demand: make picture",
)


@pytest.fixture(autouse=True)
def drawn_as_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw with the system's chromium, and names for mentions in embeds, as Discord has them."""
    from playwright.async_api import BrowserType
    from simcord.preview import _markdown

    chromium = shutil.which("chromium")
    assert chromium, "chromium is not on the PATH; on Debian and Ubuntu: apt install chromium"
    launch = BrowserType.launch

    async def launch_ours(browser: BrowserType, **options: Any) -> Any:
        return await launch(browser, **options, executable_path=chromium)

    monkeypatch.setattr(BrowserType, "launch", launch_ours)
    for part in ("embed_description", "embed_field_value"):
        monkeypatch.setitem(_markdown._FIELD_POLICIES[part], "mentions", True)


async def test_what_people_see_is_drawn(world: World) -> None:
    world.scorer.script |= {
        "bilge": {Label.INSULT: 0.72, Label.TOXICITY: 0.70},  # flagged
        # Two days apart, of which the ladder makes a warning (1.33 points) and a timeout of an
        # hour: 1.33 * 2 ** (-2 / 30) + 1.67 = 2.94 points.
        "landlubber": {Label.INSULT: 0.90, Label.TOXICITY: 0.85},
        "barnacle": {Label.INSULT: 0.95, Label.TOXICITY: 0.93},
    }
    world.env.backend.bot_user.name = "Evenhand"
    await world.set_up()
    await after(world, timedelta(hours=17, minutes=40))

    thread = await world.post(world.rat, "Moorings", "Who ties up at the long pier?")
    await world.salt.send(
        thread, "Your pier talk is bilge, as always.", reply_to=thread.history()[0]
    )
    await after(world, timedelta(minutes=8))
    card = await world.mona.slash(world.log, "queue next")
    await draw(world, "queue", world.log, world.mona, card)

    await world.quarrel("Spoken like a true landlubber, you are no sailor.")
    await after(world, timedelta(days=2))
    await world.quarrel("You barnacle, you have never held a rope in your life.")
    await draw(world, "case", world.log, world.mona, log_of(world, 3))
    notice = world.directs(world.rat)[-1]
    await draw(world, "notice", world.rat.user.dm_channel, world.rat.user, notice)


async def after(world: World, span: timedelta) -> None:
    await world.env.advance_time(span.total_seconds())


async def draw(
    world: World,
    name: str,
    channel: ChannelHandle,
    viewer: MemberActor | UserHandle,
    message: discord.Message | InteractionResult,
) -> None:
    """Draw one message as one person sees it."""
    stage = world.env.preview(channel, viewers=[viewer], width=WIDTH, height=TALL, locale="en-GB")
    async with stage as preview:
        drawn = await preview.screenshot(target=message)
    assert drawn.complete, drawn.diagnostics
    assert drawn.output_height < TALL, "the message is longer than the room to draw it in"
    picture = Image.open(BytesIO(drawn.png))
    framed = ImageOps.expand(picture, MARGIN, fill=picture.getpixel((0, 0)))
    framed.save(DOCS / f"{name}.png", optimize=True)
