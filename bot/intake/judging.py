"""Judging for good: comments in, and none is let go before it is judged and in the journal.

What fails is tried again: the database until it answers, the model until it answers; a comment that
the model alone fails on goes to a human. Knows nothing of Discord. Called by the live intake.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from bot.domain.case import Case, CaseKey
from bot.domain.comment import Comment
from bot.domain.journal import Entry
from bot.domain.judgement import Judgement
from bot.domain.reading import Reading
from bot.domain.verdict import Decision
from bot.errors import ScoringError, StorageError
from bot.moderation.context import Context, said_at
from bot.moderation.pipeline import Heard, Pipeline
from bot.moderation.ports import Guilds, Journal, Scorer
from bot.policy.record import policy_version
from bot.policy.wording import time_words
from config.guild import GuildSettings
from config.policy import Mode

ALONE = 3
"""Failures of a comment by itself, while the model answers otherwise, before a human gets it."""
LONGEST_PAUSE_S = 60.0
_PROBE = Reading("Good morning.", "Good morning.")
"""What a model that works can score."""

T = TypeVar("T")
_log = structlog.stdlib.get_logger(__name__)


class Judging:
    """Takes comments through the pipeline into the journal, whatever fails on the way.

    `carry_out` takes each case that was opened. `counts` tells what was met: judged, known,
    unscored, scoring_failures, storage_failures.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        scorer: Scorer,
        journal: Journal,
        guilds: Guilds,
        carry_out: Callable[[Case], None],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._pipeline = pipeline
        self._scorer = scorer
        self._journal = journal
        self._guilds = guilds
        self._carry_out = carry_out
        self._clock = clock
        self._sleep = sleep
        self.counts: Counter[str] = Counter()

    async def judge(
        self, comments: Sequence[tuple[Comment, Context]], *, scorer: Scorer | None = None
    ) -> None:
        """Judge comments in this order. Returns when each version is in the journal.

        `scorer` is another lane to the same model, for comments that are less urgent.

        What the journal knows is left out, and so is what stands where the mode is off. May wait
        for long; a cancelled call has lost nothing, for whoever gives the comments again.
        """
        if comments and (fresh := await self.keep_trying(lambda: self._fresh(comments))):
            await self._see_through(fresh, scorer or self._scorer)

    async def keep_trying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Do something with the database until it succeeds, with ever longer pauses."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(StorageError),
            wait=wait_exponential(max=LONGEST_PAUSE_S),
            sleep=self._sleep,
            before_sleep=self._note_storage_failure,
        )

        async def once() -> T:  # tenacity awaits coroutine functions alone
            return await attempt()

        return await retrying(once)

    async def _fresh(self, comments: Sequence[tuple[Comment, Context]]) -> list[Heard]:
        keyed = {_key(comment): (comment, context) for comment, context in comments}
        known = await self._journal.known(keyed.keys())
        self.counts["known"] += len(known)
        settings = {
            guild: await self._guilds.settings(guild) for guild in {key.guild for key in keyed}
        }
        now = self._clock()
        return [
            Heard(comment, context, _stale(comment, settings[key.guild], now))
            for key, (comment, context) in keyed.items()
            if key not in known and self._pipeline.policy_for(comment).mode is not Mode.OFF
        ]

    async def _see_through(self, group: Sequence[Heard], scorer: Scorer) -> None:
        """Judge a group; where the model fails, halve it until the comment to blame is alone."""
        why = ""
        for _ in range(ALONE):
            try:
                judged = await self.keep_trying(lambda: self._pipeline.judge(group, scorer=scorer))
            except ScoringError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - one comment's fault must not stop the rest
                _log.exception("judging_failed", comments=len(group))
                why = f"{type(error).__name__} in the bot itself"
            else:
                await self._record(group, judged)
                return
            await self._until_the_model_answers(why)
            if len(group) > 1:
                middle = len(group) // 2
                await self._see_through(group[:middle], scorer)
                await self._see_through(group[middle:], scorer)
                return
        await self._set_aside(group[0].comment, why)

    async def _record(self, group: Sequence[Heard], judged: Sequence[Judgement]) -> None:
        now = self._clock()
        pairs = zip(group, judged, strict=True)
        entries = [_entry(heard.comment, each, now) for heard, each in pairs]
        await self.keep_trying(lambda: self._journal.record(entries))
        self.counts["judged"] += len(judged)
        for each in judged:
            if each.record is not None:
                self._carry_out(each.record)
                _log.info(
                    "case_opened" if not each.was_known else "case_known",
                    guild=each.record.guild,
                    case=each.record.number,
                    comment=each.comment.id,
                    state=each.record.state,
                )

    async def _set_aside(self, comment: Comment, why: str) -> None:
        """Give a human what the model fails on; the journal has no scores for it then."""
        sentence = f"the model could not score this comment ({why})"
        case = await self.keep_trying(lambda: self._pipeline.set_aside(comment, sentence))
        entry = Entry(
            key=_key(comment),
            place=comment.place,
            author=comment.author,
            text=comment.text,
            created_at=comment.created_at,
            judged_at=self._clock(),
            values={},
            model=self._scorer.model,
            decision=Decision.FLAG,
            policy_version=policy_version(self._pipeline.policy_for(comment)),
            addressee=None,
            case=case.number,
        )
        await self.keep_trying(lambda: self._journal.record([entry]))
        self.counts["unscored"] += 1
        _log.error("comment_unscored", guild=case.guild, case=case.number, comment=comment.id)
        self._carry_out(case)

    async def _until_the_model_answers(self, why: str) -> None:
        """Wait until the model scores a plain greeting, so that no comment is blamed for it."""
        self.counts["scoring_failures"] += 1
        _log.warning("scoring_failed", why=why)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(ScoringError),
            wait=wait_exponential(max=LONGEST_PAUSE_S),
            sleep=self._sleep,
        )
        await retrying(self._scorer.score, [_PROBE])

    def _note_storage_failure(self, state: RetryCallState) -> None:
        self.counts["storage_failures"] += 1
        error = None if state.outcome is None else state.outcome.exception()
        _log.error("storage_failed", tries=state.attempt_number, why=str(error))


def _key(comment: Comment) -> CaseKey:
    return CaseKey(comment.place.guild, comment.id, comment.revision)


def _stale(comment: Comment, settings: GuildSettings, now: datetime) -> str | None:
    """Say that a version is too old for the bot to act on alone, where it is."""
    age = now - said_at(comment)
    if age <= timedelta(hours=settings.stale_hours):
        return None
    whole_hours = timedelta(hours=age // timedelta(hours=1))
    return f"it was written {time_words(whole_hours)} before the bot saw it"


def _entry(comment: Comment, judgement: Judgement, now: datetime) -> Entry:
    """Make the journal's line. The case may be that of another version with the same words."""
    return Entry(
        key=_key(comment),
        place=comment.place,
        author=comment.author,
        text=comment.text,
        created_at=comment.created_at,
        judged_at=now,
        values={label: score.value for label, score in judgement.scores.by_label.items()},
        model=judgement.scores.model,
        decision=judgement.verdict.decision,
        policy_version=judgement.policy_version,
        addressee=judgement.verdict.addressee,
        case=judgement.case,
    )
