"""The order of the stages, and what a second run, a rehearsal and held hands must not do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.action import Applied, Failed, Outcome
from bot.domain.case import Case, CaseEvent, CaseState, EventKind, HandDraft, Origin
from bot.domain.comment import Comment, Thread
from bot.domain.effect import EffectKind
from bot.domain.ids import GuildId, MemberId, RoleId
from bot.domain.judgement import Judgement
from bot.domain.reading import Reading
from bot.domain.scores import Scores
from bot.domain.verdict import Decision
from bot.errors import ScoringError
from bot.moderation.context import HEARD, Context, contexts_of
from bot.moderation.pipeline import Heard, Pipeline
from bot.moderation.ports import CaseFilter
from bot.policy.policy_file import load_preset
from config.labels import Label
from config.policy import Mode, Policy, StepKind
from tests.fakes.memory_case_log import MemoryCaseLog
from tests.fakes.threads import NOON, TaughtScorer, a_comment, a_thread

LESSONS = {
    "you utter clown": {Label.INSULT: 0.97},
    "you utter fool": {Label.INSULT: 0.97},
    "you may be a clown": {Label.INSULT: 0.70},
}
BALANCED = load_preset("balanced").model_copy(update={"mode": Mode.ENFORCE})
SHADOW = BALANCED.model_copy(update={"mode": Mode.SHADOW})
OFF = BALANCED.model_copy(update={"mode": Mode.OFF})
ANN = a_comment(1, "ann", "The bridge is old.")
INSULT = a_comment(2, "bob", "you utter clown", answers=1)
DOUBTFUL = a_comment(3, "cy", "you may be a clown", answers=2)
THREAD = a_thread(ANN, INSULT, DOUBTFUL)
GUILD = GuildId("g1")
BOB = MemberId("bob")


def a_pipeline(
    cases: MemoryCaseLog,
    policy: Policy = BALANCED,
    *,
    rehearse: bool = False,
    now: datetime = NOON,
    scorer: TaughtScorer | None = None,
) -> Pipeline:
    return Pipeline(
        scorer=scorer or TaughtScorer(LESSONS),
        cases=cases,
        policy_of=lambda _: policy,
        clock=lambda: now,
        rehearse=rehearse,
    )


def heard(comment: Comment, *, hands_off: str | None = None) -> Heard:
    """A comment that answers Ann."""
    return Heard(comment, Context((ANN,), (ANN.author,)), hands_off)


async def judge_one(pipeline: Pipeline, comment: Comment, **of_it: str) -> Judgement:
    [judgement] = await pipeline.judge([heard(comment, **of_it)])
    return judgement


async def rehearse(thread: Thread, cases: MemoryCaseLog) -> list[Judgement]:
    pipeline = a_pipeline(cases, rehearse=True)
    return [judgement async for judgement in pipeline.judge_thread(thread)]


async def settled(cases: MemoryCaseLog, judgement: Judgement, outcome: Outcome) -> Case:
    """Stand in for the carrying out."""
    assert judgement.record is not None
    return await cases.settle(judgement.record, outcome)


async def human(cases: MemoryCaseLog, case: Case, state: CaseState, kind: EventKind) -> Case:
    return await cases.decide(
        case, state, event=CaseEvent(NOON, kind, MemberId("mod"), "I looked at it")
    )


@pytest.fixture
def cases() -> MemoryCaseLog:
    return MemoryCaseLog(lambda: NOON)


async def planned(cases: MemoryCaseLog, judgement: Judgement) -> list[EffectKind]:
    assert judgement.case is not None
    return [effect.kind for effect in await cases.ledger.effects(GUILD, judgement.case)]


async def test_each_verdict_leaves_the_record_it_should(cases: MemoryCaseLog) -> None:
    contexts = contexts_of(THREAD)
    allowed, acted, flagged = await a_pipeline(cases).judge(
        [Heard(c, contexts[c]) for c in THREAD.comments]
    )
    assert (allowed.verdict.decision, allowed.case, allowed.state) == (Decision.ALLOW, None, None)
    assert (acted.verdict.decision, acted.case, acted.state) == (Decision.ACT, 1, CaseState.PENDING)
    assert (flagged.verdict.decision, flagged.case) == (Decision.FLAG, 2)
    assert (flagged.state, flagged.action) == (CaseState.REVIEW, None)


async def test_a_case_is_opened_with_what_is_to_be_done_about_it(cases: MemoryCaseLog) -> None:
    # 1.8 points reach the balanced ladder's delete at 1.75: the comment, the notice, the mod-log.
    acted = await judge_one(a_pipeline(cases), INSULT)
    assert await planned(cases, acted) == [EffectKind.DELETE, EffectKind.NOTICE, EffectKind.LOG]


async def test_a_flagged_comment_is_only_shown_to_moderators(cases: MemoryCaseLog) -> None:
    flagged = await judge_one(a_pipeline(cases), DOUBTFUL)
    assert await planned(cases, flagged) == [EffectKind.LOG]


async def test_shadow_mode_plans_nothing_but_the_mod_log(cases: MemoryCaseLog) -> None:
    shown = await judge_one(a_pipeline(cases, SHADOW), INSULT)
    assert (shown.state, shown.record and shown.record.draft.mode) == (
        CaseState.PENDING,
        Mode.SHADOW,
    )
    assert shown.action is not None
    assert await planned(cases, shown) == [EffectKind.LOG]
    assert await cases.strikes(GUILD, BOB, rehearsed=False) == []
    assert len(await cases.strikes(GUILD, BOB, rehearsed=True)) == 1


async def test_judged_again_a_comment_keeps_its_first_case(cases: MemoryCaseLog) -> None:
    first = await judge_one(a_pipeline(cases), INSULT)
    again = await judge_one(a_pipeline(cases, load_preset("lenient")), INSULT)
    assert again == replace(first, was_known=True)
    assert len(await cases.list_cases(GUILD, CaseFilter())) == 1


async def test_where_the_mode_is_off_nothing_is_scored(cases: MemoryCaseLog) -> None:
    scorer = TaughtScorer(LESSONS)
    judgement = await judge_one(a_pipeline(cases, OFF, scorer=scorer), INSULT)
    assert (judgement.verdict.decision, scorer.asked) == (Decision.ALLOW, [])
    assert await cases.list_cases(GUILD, CaseFilter()) == []


async def test_hands_off_leaves_an_action_to_a_human_and_says_why(cases: MemoryCaseLog) -> None:
    judgement = await judge_one(a_pipeline(cases), INSULT, hands_off="the comment is 3 days old")
    assert (judgement.state, judgement.action) == (CaseState.REVIEW, None)
    assert "nothing was done automatically (the comment is 3 days old)" in judgement.reason
    assert await planned(cases, judgement) == [EffectKind.LOG]
    assert await cases.strikes(GUILD, BOB, rehearsed=False) == []


async def test_hands_off_changes_nothing_for_a_comment_that_a_human_decides_anyway(
    cases: MemoryCaseLog,
) -> None:
    judgement = await judge_one(a_pipeline(cases), DOUBTFUL, hands_off="the comment is 3 days old")
    assert "3 days old" not in judgement.reason


async def test_a_timeout_runs_from_now_however_late_the_comment_is_judged(
    cases: MemoryCaseLog,
) -> None:
    # The second insult of 1.8 points reaches 3.6: a timeout. It is judged five hours after 12:20.
    await judge_one(a_pipeline(cases), INSULT)
    late = replace(INSULT, id=ANN.id, created_at=NOON + timedelta(minutes=20))
    now = NOON + timedelta(minutes=20, hours=5)
    in_time = await judge_one(a_pipeline(MemoryCaseLog(lambda: NOON)), late)
    judgement = await judge_one(a_pipeline(cases, now=now), late)
    assert judgement.action is not None
    assert in_time.action is not None
    assert judgement.action.kind is StepKind.TIMEOUT
    step = next(s for s in BALANCED.ladder if s.step is StepKind.TIMEOUT)
    assert judgement.action.until == now + timedelta(minutes=step.minutes or 0)


async def test_an_edit_that_leaves_the_words_as_they_were_earns_no_second_strike(
    cases: MemoryCaseLog,
) -> None:
    first = await judge_one(a_pipeline(cases), INSULT)
    await settled(cases, first, Applied())
    edited = replace(INSULT, text="you  **utter** clown", revision=_ms(5))
    again = await judge_one(a_pipeline(cases), edited)
    assert (again.case, again.was_known) == (first.case, True)
    assert len(await cases.strikes(GUILD, BOB, rehearsed=False)) == 1


async def test_an_edit_to_other_words_is_judged_anew(cases: MemoryCaseLog) -> None:
    first = await judge_one(a_pipeline(cases), INSULT)
    await settled(cases, first, Applied())
    again = await judge_one(
        a_pipeline(cases), replace(INSULT, text="you utter fool", revision=_ms(90))
    )
    assert (again.case, again.was_known, again.state) == (2, False, CaseState.PENDING)


@pytest.mark.parametrize("state", [CaseState.DISMISSED, CaseState.OVERTURNED])
async def test_a_humans_word_on_some_words_is_final_for_them(
    cases: MemoryCaseLog, state: CaseState
) -> None:
    first = await judge_one(a_pipeline(cases), DOUBTFUL if state is CaseState.DISMISSED else INSULT)
    assert first.record is not None
    if state is CaseState.DISMISSED:
        await human(cases, first.record, state, EventKind.DISMISSED)
    else:
        applied = await settled(cases, first, Applied())
        await human(cases, applied, state, EventKind.OVERTURNED)
    same_version = await judge_one(a_pipeline(cases), first.comment)
    same_words = await judge_one(a_pipeline(cases), replace(first.comment, revision=_ms(5)))
    other_words = await judge_one(
        a_pipeline(cases), replace(first.comment, text="you utter fool", revision=_ms(9))
    )
    assert [same_version.state, same_words.state] == [state, state]
    assert (other_words.case, other_words.state) == (2, CaseState.PENDING)


async def test_what_shadow_mode_recorded_binds_nobody_once_the_mode_is_enforce(
    cases: MemoryCaseLog,
) -> None:
    await judge_one(a_pipeline(cases, SHADOW), INSULT)
    edited = await judge_one(a_pipeline(cases), replace(INSULT, revision=_ms(5)))
    assert (edited.case, edited.state) == (2, CaseState.PENDING)


async def test_an_action_that_failed_had_no_consequence_so_an_edit_is_judged_anew(
    cases: MemoryCaseLog,
) -> None:
    first = await judge_one(a_pipeline(cases), INSULT)
    await settled(cases, first, Failed("the bot may not delete here"))
    edited = await judge_one(a_pipeline(cases), replace(INSULT, revision=_ms(5)))
    assert (edited.case, edited.state) == (2, CaseState.PENDING)


async def test_a_comment_that_was_reported_first_keeps_the_reports_case(
    cases: MemoryCaseLog,
) -> None:
    report = await cases.open(a_report(INSULT))
    judgement = await judge_one(a_pipeline(cases), INSULT)
    assert (judgement.case, judgement.was_known) == (report.number, True)
    assert judgement.verdict.decision is Decision.ACT


async def test_a_comment_that_cannot_be_scored_waits_for_a_human(cases: MemoryCaseLog) -> None:
    case = await a_pipeline(cases).set_aside(INSULT, "the model could not score this comment")
    assert (case.state, case.draft.origin, case.action, case.strike) == (
        CaseState.REVIEW,
        Origin.UNSCORED,
        None,
        None,
    )
    assert case.draft.text == "you utter clown"


async def test_a_judgement_asked_for_names_who_asked(cases: MemoryCaseLog) -> None:
    [judgement] = await a_pipeline(cases).judge(
        [heard(INSULT)], origin=Origin.MODEL, moderator=MemberId("mod")
    )
    assert judgement.record is not None
    assert judgement.record.draft.moderator == MemberId("mod")


async def test_a_judgement_names_the_policy_it_was_made_under(cases: MemoryCaseLog) -> None:
    allowed = await judge_one(a_pipeline(cases), ANN)
    acted = await judge_one(a_pipeline(cases), INSULT)
    assert acted.record is not None
    assert allowed.policy_version == acted.policy_version
    assert getattr(acted.record.draft, "policy_version", None) == acted.policy_version


async def test_an_exempt_author_is_judged_but_has_no_case(cases: MemoryCaseLog) -> None:
    staff = replace(INSULT.author, roles=frozenset({RoleId("staff")}))
    exempting = BALANCED.model_copy(update={"exempt_roles": ("staff",)})
    judgement = await judge_one(a_pipeline(cases, exempting), replace(INSULT, author=staff))
    assert judgement.verdict.decision is Decision.ACT
    assert (judgement.case, judgement.action, judgement.is_exempt) == (None, None, True)
    assert "exempt" in judgement.reason


async def test_an_immune_author_is_judged_but_has_no_case(cases: MemoryCaseLog) -> None:
    immune = replace(INSULT.author, immune="moderates this server")
    judgement = await judge_one(a_pipeline(cases), replace(INSULT, author=immune))
    assert (judgement.verdict.decision, judgement.case) == (Decision.ACT, None)
    assert "moderates this server" in judgement.reason


async def test_a_scoring_failure_opens_no_case(cases: MemoryCaseLog) -> None:
    class BrokenScorer(TaughtScorer):
        async def score(self, readings: Sequence[Reading]) -> list[Scores]:
            raise ScoringError("the model is gone")

    with pytest.raises(ScoringError):
        await judge_one(a_pipeline(cases, scorer=BrokenScorer(LESSONS)), INSULT)
    assert await cases.list_cases(GUILD, CaseFilter()) == []


async def test_a_rehearsal_settles_everything_as_shadow_whatever_the_mode(
    cases: MemoryCaseLog,
) -> None:
    judgements = await rehearse(THREAD, cases)
    assert judgements[1].state is CaseState.SHADOW
    assert judgements[1].action is not None
    assert await planned(cases, judgements[1]) == []
    assert await cases.strikes(GUILD, BOB, rehearsed=False) == []
    assert len(await cases.strikes(GUILD, BOB, rehearsed=True)) == 1


async def test_a_second_rehearsal_finds_the_same(cases: MemoryCaseLog) -> None:
    first = await rehearse(THREAD, cases)
    second = await rehearse(THREAD, cases)
    assert second == [replace(j, was_known=j.case is not None) for j in first]


async def test_a_rehearsal_leaves_a_real_pending_case_to_those_who_may_act(
    cases: MemoryCaseLog,
) -> None:
    await judge_one(a_pipeline(cases), INSULT)
    rehearsed = await rehearse(THREAD, cases)
    assert rehearsed[1].state is CaseState.PENDING


async def test_a_repeat_offender_climbs_the_ladder(cases: MemoryCaseLog) -> None:
    # An insult of 0.97 earns 1 + (0.97 - 0.85) / 0.15 = 1.8 points under the balanced preset:
    # 1.8 (delete from 1.75), 3.6 (timeout from 2.5), 5.4 (timeout from 4), hardly faded in an hour.
    thread = a_thread(
        ANN, *(a_comment(n, "bob", "you utter clown", answers=1, minute=20 * n) for n in (2, 3, 4))
    )
    judgements = await rehearse(thread, cases)
    kinds = [j.action.kind for j in judgements if j.action]
    assert kinds == [StepKind.DELETE, StepKind.TIMEOUT, StepKind.TIMEOUT]
    assert [round(j.points, 1) for j in judgements] == [0.0, 1.8, 3.6, 5.4]


async def test_comments_are_decided_in_order_of_time(cases: MemoryCaseLog) -> None:
    late_first = a_thread(
        a_comment(1, "ann", "The bridge is old.", minute=0),
        a_comment(2, "bob", "you utter clown", answers=1, minute=60),
        a_comment(3, "bob", "you utter clown", answers=1, minute=30),
    )
    judgements = await rehearse(late_first, cases)
    assert [j.comment.position for j in judgements] == [1, 3, 2]


async def test_words_quoted_from_the_comment_answered_are_not_scored(
    cases: MemoryCaseLog,
) -> None:
    scorer = TaughtScorer({})
    pipeline = a_pipeline(cases, scorer=scorer)
    quoted = a_comment(1, "bob", "They are vermin, all of them.")
    answer = a_comment(2, "ann", '"They are vermin" is how it begins.', answers=1)
    await pipeline.judge([Heard(quoted), Heard(answer, Context((quoted,)))])
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


def a_report(comment: Comment) -> HandDraft:
    return HandDraft(
        guild=comment.place.guild,
        comment=comment.id,
        member=comment.author,
        origin=Origin.REPORT,
        moderator=None,
        place=comment.place,
        text=comment.text,
        action=None,
        strike=None,
        points_before=0.0,
        points_after=0.0,
        reason="a member reported it",
        opened_at=NOON,
    )


def _ms(minutes: float) -> int:
    """The revision of an edit made so many minutes after noon."""
    return int((NOON + timedelta(minutes=minutes)).timestamp() * 1000)
