"""What an overturned case takes along, held to its laws over whole records of a member."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action import Action
from bot.domain.case import Case, CaseDraft, CaseState, HandDraft, Origin, Strike
from bot.domain.comment import Comment
from bot.domain.ids import CommentId
from bot.domain.verdict import Decision
from bot.policy.caused import caused_by, is_harsher
from bot.policy.policy_file import load_preset, preset_names
from bot.policy.record import policy_version, to_toml
from bot.policy.weigh import weigh
from config.policy import Category, Mode, Policy, StepKind
from tests.bot.policy.policies import (
    BALANCED,
    NOON,
    PLACE,
    a_policy,
    a_verdict,
    an_author,
    policies,
    scores,
)

RAT = an_author("Rat")
PRESETS = preset_names()

# What somebody said: minutes after what they said before, the category, how far its score lies from
# the act threshold (0) to the top (1).
Said = tuple[float, Category, float]
sayings = st.lists(
    st.tuples(st.integers(0, 60 * 24 * 3), st.sampled_from(Category), st.floats(0, 1)),
    min_size=2,
    max_size=7,
)
uncapped = st.sampled_from(
    [load_preset(name).model_copy(update={"max_without_human": StepKind.BAN}) for name in PRESETS]
)
any_policy = policies() | uncapped


def judged(policy: Policy, *said: Said) -> list[Case]:
    """Weigh one comment after the other, as the pipeline does; actions are carried out."""
    record: list[Case] = []
    at = NOON
    for minutes, category, severity in said:
        at += timedelta(minutes=minutes)
        act = policy.categories[category].act
        score = min(1.0, act + severity * (1 - act))
        comment = Comment(CommentId(str(len(record))), PLACE, RAT, "words", at, 1)
        verdict = a_verdict(category, score, Decision.ACT)
        strikes = [case.strike for case in record if case.strike is not None]
        weighed = weigh(verdict, comment, strikes, policy, at)
        draft = CaseDraft(
            comment=comment,
            parent=None,
            normalised="words",
            scores=scores(),
            verdict=verdict,
            action=weighed.action,
            mode=Mode.ENFORCE,
            policy_version=policy_version(policy),
            policy_toml=to_toml(policy),
            strike=weighed.strike,
            points_before=weighed.points_before,
            points_after=weighed.points_after,
            reason=weighed.reason,
            opened_at=at,
        )
        state = CaseState.REVIEW if weighed.action is None else CaseState.APPLIED
        record.append(Case(len(record) + 1, draft, state, weighed.action, weighed.strike))
    return record


def by_hand(number: int, at: datetime, action: Action, points: float) -> Case:
    draft = HandDraft(
        PLACE.guild, CommentId(f"command:{number}"), RAT, Origin.MODERATOR, None, None, None,
        action, Strike(at, at, points), 0, points, "enough", at,
    )  # fmt: skip
    return Case(number, draft, CaseState.APPLIED, action, draft.strike)


def numbers(cases: tuple[Case, ...]) -> list[int]:
    return [case.number for case in cases]


THREAT: Said = (0, Category.INCITEMENT, 0.0)  # 2.5 points: a timeout of an hour
LATER_SLUR: Said = (60, Category.SLUR, 0.0)  # 2 points: alone a delete, after the threat a day


def test_a_step_that_only_the_void_strike_had_reached_is_caused_by_it() -> None:
    record = judged(BALANCED, THREAT, LATER_SLUR)
    assert numbers(caused_by(record[0], record, NOON + timedelta(hours=2))) == [2]


def test_a_longer_timeout_than_the_ladder_would_give_is_caused_by_it() -> None:
    # Two threats, an hour apart: 5 points and a day; the second alone: 2.5 and an hour.
    record = judged(BALANCED, THREAT, (60, Category.INCITEMENT, 0.0))
    assert numbers(caused_by(record[0], record, NOON + timedelta(hours=1, minutes=1))) == [2]


def test_what_comes_before_is_never_caused_by_what_comes_after() -> None:
    record = judged(BALANCED, THREAT, LATER_SLUR)
    assert caused_by(record[1], record, NOON) == ()


def test_a_repeat_that_deserved_the_step_by_itself_keeps_it() -> None:
    # Within an incident the second threat adds nothing and is only removed; without the first it
    # would have had the timeout itself, so nothing is lifted.
    record = judged(BALANCED, THREAT, (5, Category.INCITEMENT, 0.0))
    assert [case.strike.points for case in record if case.strike] == [2.5, 0]
    assert caused_by(record[0], record, NOON) == ()


def test_a_timeout_that_is_over_is_left_alone() -> None:
    record = judged(BALANCED, THREAT, LATER_SLUR)
    assert caused_by(record[0], record, NOON + timedelta(days=1, hours=1)) == ()


def test_what_a_human_chose_is_left_alone() -> None:
    [first, second] = judged(BALANCED, THREAT, LATER_SLUR)
    named = replace(second, action=Action(StepKind.BAN))
    hand = by_hand(3, NOON + timedelta(hours=3), Action(StepKind.BAN), 1)
    assert caused_by(first, [first, named, hand], NOON + timedelta(hours=4)) == ()


def test_a_humans_strike_still_counts_when_the_ladder_is_climbed_anew() -> None:
    # 1 point by hand and 2 for the slur make 3: an hour. With the threat: 5.5, a day.
    first, second = judged(BALANCED, THREAT, LATER_SLUR)
    hand = by_hand(3, NOON + timedelta(minutes=30), Action(StepKind.WARN), 1)
    assert numbers(caused_by(first, [first, second, hand], NOON + timedelta(hours=2))) == [2]
    mild = a_policy(ladder=[{"at_points": 2.5, "step": "timeout", "minutes": 60}])
    first, second = judged(mild, THREAT, LATER_SLUR)
    assert caused_by(first, [first, second, hand], NOON + timedelta(hours=1, minutes=30)) == ()


def test_rehearsals_and_void_cases_neither_cause_nor_are_caused() -> None:
    first, second = judged(BALANCED, THREAT, LATER_SLUR)
    shadow = replace(second, draft=replace(second.draft, mode=Mode.SHADOW))
    void = replace(second, state=CaseState.FAILED)
    for other in (shadow, void):
        assert caused_by(first, [first, other], NOON + timedelta(hours=2)) == ()


@given(any_policy, sayings, st.data())
def test_only_later_sanctions_still_in_force_are_ever_lifted(
    policy: Policy, said: list[Said], data: st.DataObject
) -> None:
    record = judged(policy, *said)
    void = data.draw(st.sampled_from(record))
    now = record[-1].draft.opened_at
    for case in caused_by(void, record, now):
        assert case.number > void.number
        assert case.state is CaseState.APPLIED
        assert case.action is not None
        assert case.action.kind.rank >= StepKind.TIMEOUT.rank
        assert case.action.until is None or case.action.until > now


@given(any_policy, sayings)
def test_what_stays_is_no_harsher_than_a_record_that_never_had_the_first_case(
    policy: Policy, said: list[Said]
) -> None:
    # The heart of the promise: the member ends up as if it had never happened.
    record = judged(policy, *said)
    first, second = said[0], said[1]
    clean = judged(policy, (first[0] + second[0], *second[1:]), *said[2:])
    now = record[-1].draft.opened_at
    lifted = numbers(caused_by(record[0], record, now))
    for case, otherwise in zip(record[1:], clean, strict=True):
        assert otherwise.draft.opened_at == case.draft.opened_at
        is_sanction = case.action is not None and case.action.kind.rank >= StepKind.TIMEOUT.rank
        is_running = case.action is not None and (
            case.action.until is None or case.action.until > now
        )
        if is_sanction and is_running:
            assert (case.number in lifted) is is_harsher(case.action, otherwise.action)


@given(any_policy, sayings, st.data())
def test_a_case_without_a_strike_causes_nothing(
    policy: Policy, said: list[Said], data: st.DataObject
) -> None:
    record = judged(policy, *said)
    n = data.draw(st.integers(0, len(record) - 1))
    record[n] = replace(record[n], strike=None)
    assert caused_by(record[n], record, NOON) == ()


@given(any_policy, sayings, st.data())
def test_the_order_of_the_record_makes_no_difference(
    policy: Policy, said: list[Said], data: st.DataObject
) -> None:
    record = judged(policy, *said)
    void = data.draw(st.sampled_from(record))
    shuffled = data.draw(st.permutations(record))
    assert caused_by(void, record, NOON) == caused_by(void, shuffled, NOON)


@given(st.sampled_from(StepKind), st.sampled_from(StepKind), st.integers(1, 99), st.integers(1, 99))
def test_harsher_is_never_mutual_and_nothing_is_the_mildest(
    one: StepKind, other: StepKind, first: int, second: int
) -> None:
    a, b = (
        Action(kind, NOON + timedelta(minutes=span) if kind is StepKind.TIMEOUT else None)
        for kind, span in ((one, first), (other, second))
    )
    assert not (is_harsher(a, b) and is_harsher(b, a))
    assert is_harsher(a, None)
    assert not is_harsher(None, a)
    assert not is_harsher(a, a)
