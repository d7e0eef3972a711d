"""The error tree. Adapters translate library errors into these with `raise ... from`.

ModerationError                 the root: everything that Evenhand raises on purpose
+-- BadInputError               whoever gave the file or text: mend it and try again (exit code 2)
|   +-- BadThreadError          a saved discussion that cannot be read
|   +-- BadPolicyError          a policy that cannot be used
+-- ScoringError                the model could not score: no action follows, ever
|   +-- ModelUnavailableError   the model cannot be had here: choose another or fetch it
+-- StorageError                the database refused: nothing was decided
"""


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


class StorageError(ModerationError):
    """The database refused or cannot be used as it is."""
