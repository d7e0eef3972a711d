"""A policy from elsewhere: a TOML file, or text pasted into a form. Read, then proposed.

Not the reading of TOML (`bot.policy.policy_file`). Used by /policy import.
"""

from pathlib import PurePath

import discord

from bot.errors import RefusedError
from bot.policy.policy_file import LARGEST_FILE_BYTES
from cogs.access import Asked, Form, guild_of
from cogs.proposal import Proposal, propose


class ImportForm(Form):
    """Takes a policy as pasted text."""

    def __init__(self) -> None:
        super().__init__(title="Import a policy")
        self._text = discord.ui.TextInput[ImportForm](
            custom_id="toml",
            style=discord.TextStyle.paragraph,
            max_length=4000,
            placeholder='extends = "balanced"\n[categories.harassment]\nact = 0.9',
        )
        self.add_item(
            discord.ui.Label(
                text="The policy in TOML",
                description="What is left out stays as in the preset it extends.",
                component=self._text,
            )
        )

    async def on_submit(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Propose it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _import(interaction, self._text.value, "imported")


async def import_file(interaction: Asked, file: discord.Attachment) -> None:
    """Propose the policy of a file.

    Raises:
        RefusedError: it is too large, or no text.
        BadPolicyError: it is no policy that could be used.
    """
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _import(interaction, await _text_of(file), PurePath(file.filename).stem)


async def _import(interaction: Asked, text: str, name: str) -> None:
    desk = interaction.client.desk.policies
    candidate = desk.import_toml(text, name=name)
    base = await desk.current(guild_of(interaction))
    await propose(interaction, Proposal(candidate, base, f"imported {name}"))


async def _text_of(file: discord.Attachment) -> str:
    if file.size > LARGEST_FILE_BYTES:
        raise RefusedError(
            f"The file has {file.size:,} bytes; a policy has at most {LARGEST_FILE_BYTES:,}."
        )
    try:
        return (await file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError("The file is not text in UTF-8, as TOML is.") from error
