"""Words that members and moderators read, in one place: plain, warm, and exact.

Pure. Whole messages are put together in `notices` and `mod_log`.
"""

from bot.domain.case import CaseState, Origin
from bot.domain.effect import EffectKind, EffectState
from config.labels import Label
from config.policy import Category, StepKind

CATEGORIES = {
    Category.SLUR: "slurs (words that put people down for who they are)",
    Category.HARASSMENT: "harassment (attacking or insulting somebody)",
    Category.INCITEMENT: "incitement (threatening people or calling for harm)",
}

LABELS = {
    Label.TOXICITY: "rude or hateful",
    Label.SEVERE_TOXICITY: "very hateful",
    Label.OBSCENE: "obscene",
    Label.THREAT: "a threat",
    Label.INSULT: "an insult",
    Label.IDENTITY_ATTACK: "an attack on who somebody is",
    Label.SEXUAL_EXPLICIT: "sexually explicit",
}
"""How a comment reads to the model: "it reads as an insult"."""

STATES = {
    CaseState.REVIEW: "waits for a moderator",
    CaseState.PENDING: "being carried out",
    CaseState.APPLIED: "carried out",
    CaseState.FAILED: "could not be carried out",
    CaseState.SHADOW: "shadow: nothing was done",
    CaseState.DISMISSED: "dismissed: nothing wrong",
    CaseState.OVERTURNED: "overturned",
}

ORIGINS = {
    Origin.MODEL: "found by the model",
    Origin.REPORT: "reported by a member",
    Origin.MODERATOR: "by a moderator",
    Origin.OUTSIDE: "done by a moderator in Discord itself",
    Origin.AUTOMOD: "stopped by Discord's AutoMod",
    Origin.UNSCORED: "the model could not score it",
}

STEPS = {
    StepKind.WARN: "warning",
    StepKind.DELETE: "comment removed",
    StepKind.TIMEOUT: "timeout",
    StepKind.KICK: "kick",
    StepKind.BAN: "ban",
}

NOTICE_TITLES = {
    StepKind.WARN: "A warning from {server}",
    StepKind.DELETE: "Your comment on {server} was removed",
    StepKind.TIMEOUT: "You are in a timeout on {server}",
    StepKind.KICK: "You are being removed from {server}",
    StepKind.BAN: "You are being banned from {server}",
}

NOTICE_STEPS = {
    StepKind.WARN: "Nothing else was done.",
    StepKind.DELETE: "Nothing else was done.",
    StepKind.TIMEOUT: "You can read, but you cannot write, react or speak until {until}.",
    StepKind.KICK: "You can come back with a new invitation.",
    StepKind.BAN: "The ban has no end of its own. Moderators can lift it.",
}

NOT_DONE = {
    EffectKind.DELETE: "The comment could not be removed.",
    EffectKind.LIFT_TIMEOUT: "The timeout could not be lifted.",
    EffectKind.UNBAN: "The ban could not be lifted.",
}
"""What the timeline says of an effect that failed although the case's own step is decided."""

TOLD = {
    EffectKind.NOTICE: "the reasons for the step",
    EffectKind.RETURN_TEXT: "that the case was taken back",
    EffectKind.APPEAL_NEWS: "the news of the appeal",
}
"""What a message tells the member."""

DELIVERIES = {
    EffectState.PLANNED: "not sent yet",
    EffectState.SENT: "being sent",
    EffectState.DONE: "delivered",
    EffectState.FAILED: "not delivered",
    EffectState.UNKNOWN: "nobody can tell whether it arrived",
    EffectState.SUPERSEDED: "not needed any more",
}

ERASED = "(The words are no longer kept.)"
NO_REASON = "(no reason given)"
NO_WORDS = "(No words: an attachment or something else.)"
