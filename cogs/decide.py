"""A moderator's decision on one case, asked for by a command, the queue's card or the mod-log.

Each checks what who asks may do in Discord itself, calls one use-case and gives the sentence that
is answered. The decision is `bot.moderation`'s.
"""

from bot.errors import RefusedError
from cogs.access import Asked, actor_of, guild_of
from cogs.case_text import outcome_words
from cogs.forms import StepForm, Then
from cogs.reach import permitted_steps, require_lift, require_permission, require_rank
from config.policy import StepKind


async def approve(interaction: Asked, number: int, note: str) -> str:
    """Find nothing wrong with a comment."""
    review = interaction.client.desk.review
    await review.approve(guild_of(interaction), number, actor_of(interaction), note)
    return f"Case #{number} is dismissed: nothing to act on."


async def act(
    interaction: Asked, number: int, step: StepKind, minutes: int | None, reason: str
) -> str:
    """Take a step about a case that waits, or whose step failed."""
    review = interaction.client.desk.review
    guild, actor = guild_of(interaction), actor_of(interaction)
    require_permission(interaction, step)
    case = await review.get(guild, number, actor)
    await require_rank(interaction, int(case.draft.member.id))
    return outcome_words(
        await review.act(guild, number, actor, step, minutes=minutes, reason=reason)
    )


async def escalate(interaction: Asked, number: int, note: str) -> str:
    """Leave a case to the admins."""
    review = interaction.client.desk.review
    await review.escalate(guild_of(interaction), number, actor_of(interaction), note)
    return f"Case #{number} now waits for the admins, at the head of the queue."


async def uphold(interaction: Asked, number: int, note: str) -> str:
    """Say that what was done is right."""
    review = interaction.client.desk.review
    await review.uphold(guild_of(interaction), number, actor_of(interaction), note)
    return f"Case #{number} is marked as right. An appeal against it is for somebody else now."


async def undo(interaction: Asked, number: int, reason: str) -> str:
    """Take a case back, and say what was lifted with it."""
    desk = interaction.client.desk
    guild, actor = guild_of(interaction), actor_of(interaction)
    require_lift(interaction, await desk.review.get(guild, number, actor))
    undone = await desk.undo.undo(guild, number, actor, reason)
    said = f"Case #{number} is undone: its step is lifted and its strike no longer counts."
    if undone.lifted:
        numbers = ", ".join(f"#{case.number}" for case in undone.lifted)
        said += f" Lifted with it, because it had led to them: {numbers}."
    return said


async def change(
    interaction: Asked, number: int, step: StepKind, minutes: int | None, reason: str
) -> str:
    """Put another step in the place of what was done."""
    desk = interaction.client.desk
    guild, actor = guild_of(interaction), actor_of(interaction)
    case = await desk.review.get(guild, number, actor)
    require_lift(interaction, case)
    require_permission(interaction, step)
    await require_rank(interaction, int(case.draft.member.id))
    new = await desk.undo.change(guild, number, actor, step, minutes=minutes, reason=reason)
    return f"Case #{number} is replaced. {outcome_words(new)}"


async def note(interaction: Asked, number: int, text: str) -> str:
    """Add a note for the other moderators."""
    review = interaction.client.desk.review
    await review.note(guild_of(interaction), number, actor_of(interaction), text)
    return f"Noted in case #{number}."


def step_form(interaction: Asked, title: str, then: Then) -> StepForm:
    """Ask for a step among those that who asks may order.

    Raises:
        RefusedError: there is none.
    """
    steps = permitted_steps(interaction)
    if not steps:
        raise RefusedError("You have none of Discord's permissions for a step on this server.")
    return StepForm(title=title, steps=steps, then=then)
