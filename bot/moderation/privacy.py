"""Privacy: what is kept about a member, until when, and how it is had out or erased.

Not the erasing in the tables (`bot.storage.archive`). Called by `cogs.privacy`, and `sweep` by the
clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.appeal import AppealState
from bot.domain.case import CaseState
from bot.domain.ids import GuildId, MemberId
from bot.moderation.appeals import window
from bot.moderation.checks import WHOLE_RECORD
from bot.moderation.ports import Appeals, Archive, CaseFilter, CaseLog, Guilds, Stored
from bot.policy.wording import listed
from config.guild import GuildSettings

_UNDECIDED = frozenset({CaseState.REVIEW, CaseState.PENDING})


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept about a member: counts, and sentences that say what and until when."""

    counts: Stored
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. `kept_cases` are numbers of cases whose text is frozen evidence.

    `kept_until` is when the last of them can go; None where there is none, or where an undecided
    case or appeal must end first. `sentence` says all that to the member.
    """

    changed: int
    kept_cases: tuple[int, ...]
    kept_until: datetime | None
    sentence: str


class PrivacyDesk:
    """Shows, exports and erases what is kept about a member; cogs let members ask for their own."""

    def __init__(
        self,
        *,
        cases: CaseLog,
        appeals: Appeals,
        guilds: Guilds,
        archive: Archive,
        clock: Callable[[], datetime],
    ) -> None:
        self._cases = cases
        self._appeals = appeals
        self._guilds = guilds
        self._archive = archive
        self._clock = clock

    async def stored(self, guild: GuildId, member: MemberId) -> Kept:
        """Say what is kept about a member, and until when."""
        counts = await self._archive.stored(guild, member)
        return Kept(counts, _sentences(counts, await self._guilds.settings(guild)))

    async def export(self, guild: GuildId, member: MemberId) -> dict[str, object]:
        """Give all that is kept about a member, as JSON can hold it."""
        return await self._archive.export(guild, member)

    async def erase(self, guild: GuildId, member: MemberId) -> Erased:
        """Erase a member's words and name; the evidence of running cases stays until they end.

        A case runs while it is undecided, may be appealed against, or is under appeal.
        """
        settings, now = await self._guilds.settings(guild), self._clock()
        record = await self._cases.list_cases(guild, CaseFilter(member=member, limit=WHOLE_RECORD))
        appeals = await self._appeals.of_member(guild, member)
        appealed = {appeal.case for appeal in appeals if appeal.state is AppealState.OPEN}
        undecided = {c.number for c in record if c.state in _UNDECIDED} | appealed
        windows = {
            case.number: window(case, settings)
            for case in record
            if case.state is CaseState.APPLIED and window(case, settings) > now
        }
        kept = tuple(sorted(undecided | windows.keys()))
        changed = await self._archive.erase(guild, member, keep_cases=kept)
        until = None if undecided else max(windows.values(), default=None)
        return Erased(changed, kept, until, _erased_words(changed, kept, until))

    async def sweep(self) -> int:
        """Erase everything whose time is over, in every server; counts what changed."""
        return await self._archive.sweep(self._clock())


def _sentences(counts: Stored, settings: GuildSettings) -> tuple[str, ...]:
    words = settings.appeal_days + settings.keep_case_text_days
    judged = (
        f"Comments that were judged: {counts.journal_entries:,}. The words of those that were"
        f" allowed are kept for {settings.keep_allowed_text_hours:,} hours, their scores for"
        f" {settings.keep_scores_days:,} days."
    )
    cases = (
        f"Cases: {counts.cases:,}. The words of a case are kept for {words:,} days after it was"
        f" settled: {settings.appeal_days:,} in which you can appeal, and"
        f" {settings.keep_case_text_days:,} more."
    )
    appeals = f"Appeals: {counts.appeals:,}. What was said in them is kept as long as their case's."
    texts = (
        f"Texts stored right now: {counts.texts:,}, encrypted. After that scores and ids stay,"
        " without words: they are what your record counts by."
    )
    rights = (
        "You can have all of it as a file, and have your words and name erased at any time;"
        " the words of cases that still run stay until they have ended."
    )
    return (judged, cases, appeals, texts, rights)


def _erased_words(changed: int, kept: tuple[int, ...], until: datetime | None) -> str:
    done = f"Your words and name were erased ({changed:,} places changed)."
    if not kept:
        return f"{done} Scores and ids without words stay."
    cases = f"case {kept[0]}" if len(kept) == 1 else f"cases {listed([str(n) for n in kept])}"
    why = "is evidence that you and the moderators may still need"
    ends = (
        "until it is decided and can no longer be appealed against"
        if until is None
        else f"until {until:%Y-%m-%d %H:%M} UTC, when the last can no longer be appealed against"
    )
    return f"{done} The text of {cases} {why}: it stays {ends}. Please ask again then."
