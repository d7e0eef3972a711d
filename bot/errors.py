"""The error tree. Adapters translate library errors into these with `raise ... from`.

ModerationError                 the root: everything that Evenhand raises on purpose
+-- BadInputError               whoever gave the file or text: mend it and try again (exit code 2)
|   +-- BadThreadError          a saved discussion that cannot be read
|   +-- BadPolicyError          a policy that cannot be used
+-- ScoringError                the model could not score: no action follows, ever
|   +-- ModelUnavailableError   the model cannot be had here: choose another or fetch it
|   +-- UnfitFormError          its compiled form is damaged or another model's: compile it again
|   +-- ScoringBusyError        too much is waiting to be scored: ask again in a moment
|   +-- ScoringLateError        its time ran out before it was scored: nobody waits any more
+-- StorageError                the database refused: nothing was decided
+-- UnreachableError            Discord does not answer: what is planned waits, and is tried again
+-- RefusedError                what was asked cannot be done as things stand: said to who asked
|   +-- StaleCaseError          somebody was quicker: look again
"""

from datetime import timedelta


class ModerationError(Exception):
    """The root. The message is one sentence for people: what, where, what was expected."""


class BadInputError(ModerationError):
    """Input that cannot be used. `where` names the file, and the line where there is one.

    The message reads "WHERE: WHAT, expected ...". Nothing was written.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class BadThreadError(BadInputError):
    """A saved discussion that cannot be read: wrong format, broken text, impossible structure."""


class BadPolicyError(BadInputError):
    """A policy that cannot be used: names the key, the line and the allowed values."""


class ScoringError(ModerationError):
    """The model could not score. Nobody is acted on by a failure: the comment stays unjudged."""


class ModelUnavailableError(ScoringError):
    """A model cannot be had: says what was wanted, from where, and what is there instead."""


class UnfitFormError(ScoringError):
    """A model's compiled form is damaged, or does not fit together. It is never used."""


class ScoringBusyError(ScoringError):
    """So much is waiting to be scored that this was not taken on. Ask again in a moment."""


class ScoringLateError(ScoringError):
    """The time given for it ran out before it was scored."""


class StorageError(ModerationError):
    """The database refused or cannot be used as it is."""


class UnreachableError(ModerationError):
    """Discord does not answer as it should. Nothing is lost: the ledger knows what is left to do.

    `wait` is the least time before another try makes sense.
    """

    def __init__(self, sentence: str, *, wait: timedelta = timedelta()) -> None:
        super().__init__(sentence)
        self.wait = wait


class RefusedError(ModerationError):
    """What was asked for cannot be done as things stand. The sentence is for who asked."""


class StaleCaseError(RefusedError):
    """A case or appeal has moved on since it was read: show it as it is now."""
