"""An option with the values of an enumeration to choose from, shown as they are written.

discord.py's own transformer shows the members' Python names in capitals.
"""

from enum import StrEnum

import discord
from discord import app_commands

from bot.domain.case import CaseState
from config.policy import Category, Mode, StepKind


class _OneOf(app_commands.Transformer):
    def __init__(self, values: type[StrEnum]) -> None:
        self._values = values

    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        return [app_commands.Choice(name=value.value, value=value.value) for value in self._values]

    async def transform(self, interaction: discord.Interaction, value: str, /) -> StrEnum:
        return self._values(value)


StepOption = app_commands.Transform[StepKind, _OneOf(StepKind)]
StateOption = app_commands.Transform[CaseState, _OneOf(CaseState)]
CategoryOption = app_commands.Transform[Category, _OneOf(Category)]
ModeOption = app_commands.Transform[Mode, _OneOf(Mode)]
