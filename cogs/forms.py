"""The forms moderators fill in: a reason, or a step with its length and reason.

Reads what was written and hands it on; decides nothing. Shown by the queue's card and the buttons
under a case.
"""

from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.errors import RefusedError
from bot.moderation.checks import LONGEST_REASON
from cogs.access import Asked, Form
from cogs.duration import minutes_of
from config.policy import StepKind

Then = Callable[[Asked, StepKind, int | None, str], Awaitable[None]]
"""What follows a filled-in `StepForm`: the step, minutes for a timeout alone, and the reason."""

STEP_WORDS = {
    StepKind.WARN: "Warn the member",
    StepKind.DELETE: "Remove the comment",
    StepKind.TIMEOUT: "Time the member out",
    StepKind.KICK: "Kick the member",
    StepKind.BAN: "Ban the member",
}


class ReasonForm(Form):
    """Asks for a few words and hands them on; empty where they may be left out."""

    def __init__(
        self,
        *,
        title: str,
        label: str,
        hint: str,
        then: Callable[[Asked, str], Awaitable[None]],
        required: bool = True,
        longest: int = LONGEST_REASON,
    ) -> None:
        super().__init__(title=title)
        self._then = then
        self._reason = _paragraph(required=required, longest=longest)
        self.add_item(discord.ui.Label(text=label, description=hint, component=self._reason))

    async def on_submit(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Hand on what was written."""
        await self._then(interaction, self._reason.value.strip())


class StepForm(Form):
    """Asks which step, how long where it is a timeout, and why."""

    def __init__(
        self,
        *,
        title: str,
        steps: Sequence[StepKind],
        then: Then,
    ) -> None:
        super().__init__(title=title)
        self._then = then
        self._step = discord.ui.Select[Form](
            custom_id="step",
            options=[discord.SelectOption(label=STEP_WORDS[s], value=s.value) for s in steps],
        )
        self._length = discord.ui.TextInput[Form](
            custom_id="length", required=False, max_length=20, placeholder="30m, 2h, 7d"
        )
        self._reason = _paragraph(required=True)
        self.add_item(discord.ui.Label(text="Step", component=self._step))
        self.add_item(
            discord.ui.Label(
                text="Length", description="For a timeout: up to 28 days.", component=self._length
            )
        )
        self.add_item(
            discord.ui.Label(
                text="Reason", description="The member reads it.", component=self._reason
            )
        )

    async def on_submit(self, interaction: Asked) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # only ever our own client
        """Hand on what was chosen, with the length read."""
        step = StepKind(self._step.values[0])
        minutes = length_for(step, self._length.value)
        await self._then(interaction, step, minutes, self._reason.value.strip())


def length_for(step: StepKind, written: str | None) -> int | None:
    """Read the length that goes with a step: a timeout has one, the others have none.

    Raises:
        RefusedError: a timeout without a length, or a length that cannot be read.
    """
    if step is not StepKind.TIMEOUT:
        return None
    if not written or not written.strip():
        raise RefusedError("Say how long the timeout lasts, for example 30m, 2h or 7d.")
    return minutes_of(written)


def _paragraph(*, required: bool, longest: int = LONGEST_REASON) -> discord.ui.TextInput[Form]:
    return discord.ui.TextInput[Form](
        custom_id="reason",
        style=discord.TextStyle.paragraph,
        required=required,
        max_length=longest,
    )
