"""The order of the stages, and what a second run, a crash and shadow mode must not do."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.action import Applied, Failed, Outcome
from bot.domain.case import Case, CaseState
from bot.domain.comment import Thread
from bot.domain.ids import CommentId, GuildId, MemberId, RoleId
from bot.domain.judgement import Judgement
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.domain.verdict import Decision
from bot.errors import ScoringError
from bot.moderation.pipeline import HEARD, Pipeline, contexts_of
from bot.moderation.ports import CaseLog, Enforcer
from bot.policy.policy_file import load_preset
from config.labels import Label
from config.policy import Mode, Policy, StepKind
from tests.fakes.memory_case_log import MemoryCaseLog
from tests.fakes.threads import NOON, TaughtScorer, a_comment, a_thread

LESSONS = {
    "you utter clown": {Label.INSULT: 0.97},
    "you may be a clown": {Label.INSULT: 0.70},
}
BALANCED = load_preset("balanced")
THREAD = a_thread(
    a_comment(1, "ann", "The bridge is old."),
    a_comment(2, "bob", "you utter clown", answers=1),
    a_comment(3, "cy", "you may be a clown", answers=2),
)


class WatchedEnforcer:
    """Remembers what it was asked to do, and the state of the case at that moment."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.asked: list[tuple[CommentId, CaseState]] = []
        self._outcome = outcome or Applied()

    async def enforce(self, case: Case) -> Outcome:
        self.asked.append((case.draft.comment.id, case.state))
        return self._outcome


class CrashError(Exception):
    """The process died."""


class CrashingEnforcer:
    async def enforce(self, case: Case) -> Outcome:
        raise CrashError


async def run(
    thread: Thread, *, cases: CaseLog, enforcer: Enforcer | None, policy: Policy = BALANCED
) -> list[Judgement]:
    pipeline = Pipeline(
        scorer=TaughtScorer(LESSONS),
        cases=cases,
        enforcer=enforcer,
        policy=policy,
        clock=lambda: NOON,
    )
    return [judgement async for judgement in pipeline.judge_thread(thread)]


@pytest.fixture
def cases() -> MemoryCaseLog:
    return MemoryCaseLog(lambda: NOON)


async def test_each_verdict_leaves_the_record_it_should(cases: MemoryCaseLog) -> None:
    enforcer = WatchedEnforcer()
    allowed, acted, flagged = await run(THREAD, cases=cases, enforcer=enforcer)

    assert (allowed.verdict.decision, allowed.case, allowed.state) == (Decision.ALLOW, None, None)
    assert (acted.verdict.decision, acted.case, acted.state) == (Decision.ACT, 1, CaseState.APPLIED)
    assert (flagged.verdict.decision, flagged.case, flagged.state) == (
        Decision.FLAG,
        2,
        CaseState.REVIEW,
    )
    assert flagged.action is None


async def test_a_case_is_pending_in_the_record_before_anything_is_done(
    cases: MemoryCaseLog,
) -> None:
    enforcer = WatchedEnforcer()
    await run(THREAD, cases=cases, enforcer=enforcer)
    assert enforcer.asked == [(CommentId("c2"), CaseState.PENDING)]


async def test_a_second_run_opens_no_second_case_and_acts_on_nobody(cases: MemoryCaseLog) -> None:
    first = await run(THREAD, cases=cases, enforcer=WatchedEnforcer())
    again = WatchedEnforcer()
    second = await run(THREAD, cases=cases, enforcer=again)
    assert second == [replace(j, was_known=j.case is not None) for j in first]
    assert again.asked == []
    assert len(await cases.list_cases(GuildId("g1"))) == 2


async def test_a_second_run_under_another_policy_keeps_the_first_decision(
    cases: MemoryCaseLog,
) -> None:
    first = await run(THREAD, cases=cases, enforcer=WatchedEnforcer())
    lenient = await run(
        THREAD, cases=cases, enforcer=WatchedEnforcer(), policy=load_preset("lenient")
    )
    assert [j.verdict for j in lenient if j.case] == [j.verdict for j in first if j.case]


async def test_what_a_crash_left_pending_is_finished_once(cases: MemoryCaseLog) -> None:
    with pytest.raises(CrashError):
        await run(THREAD, cases=cases, enforcer=CrashingEnforcer())
    [left] = await cases.list_cases(GuildId("g1"))
    assert left.state is CaseState.PENDING

    enforcer = WatchedEnforcer()
    await run(THREAD, cases=cases, enforcer=enforcer)
    await run(THREAD, cases=cases, enforcer=enforcer)
    assert enforcer.asked == [(CommentId("c2"), CaseState.PENDING)]


async def test_shadow_mode_records_the_step_and_touches_nothing(cases: MemoryCaseLog) -> None:
    enforcer = WatchedEnforcer()
    shadow = BALANCED.model_copy(update={"mode": Mode.SHADOW})
    judgements = await run(THREAD, cases=cases, enforcer=enforcer, policy=shadow)
    assert enforcer.asked == []
    assert judgements[1].state is CaseState.SHADOW
    assert judgements[1].action is not None
    assert await cases.strikes(GuildId("g1"), MemberId("bob"), rehearsed=False) == []


async def test_without_an_enforcer_even_an_enforced_policy_is_only_rehearsed(
    cases: MemoryCaseLog,
) -> None:
    judgements = await run(THREAD, cases=cases, enforcer=None)
    assert judgements[1].state is CaseState.SHADOW
    assert judgements[1].action is not None
    assert await cases.strikes(GuildId("g1"), MemberId("bob"), rehearsed=False) == []
    assert len(await cases.strikes(GuildId("g1"), MemberId("bob"), rehearsed=True)) == 1


async def test_a_rehearsal_leaves_a_real_pending_case_to_those_who_may_act(
    cases: MemoryCaseLog,
) -> None:
    with pytest.raises(CrashError):
        await run(THREAD, cases=cases, enforcer=CrashingEnforcer())
    rehearsed = await run(THREAD, cases=cases, enforcer=None)
    assert rehearsed[1].state is CaseState.PENDING


async def test_an_exempt_author_is_judged_but_has_no_case(cases: MemoryCaseLog) -> None:
    staff = replace(THREAD.comments[1].author, roles=frozenset({RoleId("staff")}))
    thread = a_thread(THREAD.comments[0], replace(THREAD.comments[1], author=staff))
    exempting = BALANCED.model_copy(update={"exempt_roles": ("staff",)})
    enforcer = WatchedEnforcer()
    judgements = await run(thread, cases=cases, enforcer=enforcer, policy=exempting)
    assert judgements[1].verdict.decision is Decision.ACT
    assert (judgements[1].case, judgements[1].action, enforcer.asked) == (None, None, [])
    assert "exempt" in judgements[1].reason


async def test_mode_off_judges_nothing(cases: MemoryCaseLog) -> None:
    off = BALANCED.model_copy(update={"mode": Mode.OFF})
    judgements = await run(THREAD, cases=cases, enforcer=WatchedEnforcer(), policy=off)
    assert {j.verdict.decision for j in judgements} == {Decision.ALLOW}
    assert await cases.list_cases(GuildId("g1")) == []


async def test_a_refused_action_is_settled_as_failed_and_earns_no_points(
    cases: MemoryCaseLog,
) -> None:
    refused = WatchedEnforcer(Failed("the bot may not delete here"))
    judgements = await run(THREAD, cases=cases, enforcer=refused)
    assert judgements[1].state is CaseState.FAILED
    assert await cases.strikes(GuildId("g1"), MemberId("bob"), rehearsed=False) == []


async def test_a_scoring_failure_acts_on_nobody(cases: MemoryCaseLog) -> None:
    class BrokenScorer(TaughtScorer):
        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            raise ScoringError("the model is gone")

    enforcer = WatchedEnforcer()
    pipeline = Pipeline(
        scorer=BrokenScorer(LESSONS),
        cases=cases,
        enforcer=enforcer,
        policy=BALANCED,
        clock=lambda: NOON,
    )
    with pytest.raises(ScoringError):
        _ = [j async for j in pipeline.judge_thread(THREAD)]
    assert enforcer.asked == []
    assert await cases.list_cases(GuildId("g1")) == []


async def test_a_repeat_offender_climbs_the_ladder(cases: MemoryCaseLog) -> None:
    # An insult of 0.97 earns 1 + (0.97 - 0.85) / 0.15 = 1.8 points under the balanced preset:
    # 1.8 (delete from 1.75), 3.6 (timeout from 2.5), 5.4 (timeout from 4), hardly faded in an hour.
    thread = a_thread(
        a_comment(1, "ann", "The bridge is old."),
        *(a_comment(n, "bob", "you utter clown", answers=1, minute=20 * n) for n in (2, 3, 4)),
    )
    judgements = await run(thread, cases=cases, enforcer=WatchedEnforcer())
    kinds = [j.action.kind for j in judgements if j.action]
    assert kinds == [StepKind.DELETE, StepKind.TIMEOUT, StepKind.TIMEOUT]
    assert [round(j.points, 1) for j in judgements] == [0.0, 1.8, 3.6, 5.4]


async def test_an_edit_is_judged_anew(cases: MemoryCaseLog) -> None:
    await run(THREAD, cases=cases, enforcer=WatchedEnforcer())
    edited = a_thread(THREAD.comments[0], replace(THREAD.comments[1], revision=1))
    enforcer = WatchedEnforcer()
    await run(edited, cases=cases, enforcer=enforcer)
    assert enforcer.asked == [(CommentId("c2"), CaseState.PENDING)]


async def test_comments_are_decided_in_order_of_time(cases: MemoryCaseLog) -> None:
    late_first = a_thread(
        a_comment(1, "ann", "The bridge is old.", minute=0),
        a_comment(2, "bob", "you utter clown", answers=1, minute=60),
        a_comment(3, "bob", "you utter clown", answers=1, minute=30),
    )
    judgements = await run(late_first, cases=cases, enforcer=WatchedEnforcer())
    assert [j.comment.position for j in judgements] == [1, 3, 2]


async def test_words_quoted_from_the_comment_answered_are_not_scored() -> None:
    scorer = TaughtScorer({})
    pipeline = Pipeline(
        scorer=scorer,
        cases=MemoryCaseLog(lambda: NOON),
        enforcer=WatchedEnforcer(),
        policy=BALANCED,
        clock=lambda: NOON,
    )
    thread = a_thread(
        a_comment(1, "bob", "They are vermin, all of them."),
        a_comment(2, "ann", '"They are vermin" is how it begins.', answers=1),
    )
    _ = [j async for j in pipeline.judge_thread(thread)]
    assert "vermin" not in scorer.asked[1].plain


def test_a_deep_chain_of_replies_is_heard_up_to_a_limit() -> None:
    chain = [a_comment(1, "a", "start")]
    chain += [a_comment(n, f"m{n}", "and", answers=n - 1) for n in range(2, 200)]
    context = contexts_of(a_thread(*chain))[chain[-1]]
    assert len(context.ancestors) == HEARD
    assert context.parent == chain[-2]


def test_who_speaks_later_is_not_yet_present() -> None:
    thread = a_thread(a_comment(1, "ann", "hi"), a_comment(2, "bob", "hi"))
    contexts = contexts_of(thread)
    assert contexts[thread.comments[0]].present == ()
    assert [a.name for a in contexts[thread.comments[1]].present] == ["ann"]
