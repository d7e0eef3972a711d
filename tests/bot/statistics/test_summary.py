from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.judgement import Judgement
from bot.domain.verdict import Decision
from bot.statistics.summary import decision_in, is_judged, spread, summarise
from config.policy import Category, StepKind

FLAG, ACT = Decision.FLAG, Decision.ACT
HARASSMENT, SLUR = Category.HARASSMENT, Category.SLUR

asked = st.dictionaries(st.sampled_from(Category), st.sampled_from([FLAG, ACT]))


def test_comments_are_counted_by_verdict_action_and_category(
    judgement: Callable[..., Judgement],
) -> None:
    summary = summarise(
        [
            judgement(1, "Marta"),
            judgement(2, "rat", asked={HARASSMENT: ACT, SLUR: FLAG}, step=StepKind.WARN),
            judgement(3, "Suit", asked={HARASSMENT: FLAG}),
            judgement(4, "rat", asked={HARASSMENT: ACT}, step=StepKind.WARN),
            judgement(5, "Marta"),
        ]
    )
    assert (summary.comments, summary.members) == (5, 3)
    assert summary.decisions == {Decision.ALLOW: 2, FLAG: 1, ACT: 2}
    assert summary.actions == {StepKind.WARN: 2}
    assert summary.categories[HARASSMENT] == {Decision.ALLOW: 2, FLAG: 1, ACT: 2}
    assert summary.categories[SLUR] == {Decision.ALLOW: 4, FLAG: 1}


def test_no_decision_counts_what_exempt_authors_wrote(
    judgement: Callable[..., Judgement],
) -> None:
    exempt = replace(judgement(1, "Mod", asked={HARASSMENT: ACT}), is_exempt=True)
    summary = summarise([exempt, judgement(2, "rat", asked={HARASSMENT: FLAG})])
    assert summary.exempt == 1
    assert summary.decisions == {Decision.ALLOW: 0, FLAG: 1, ACT: 0}
    assert summary.categories[HARASSMENT] == {FLAG: 1}
    # What a human is to look at goes before what nobody acts on.
    assert [record.author.name for record in summary.judged_members] == ["rat", "Mod"]


def test_judged_members_come_gravest_first_and_others_not_at_all(
    judgement: Callable[..., Judgement],
) -> None:
    summary = summarise(
        [
            judgement(1, "flagged twice", asked={SLUR: FLAG}),
            judgement(2, "flagged twice", asked={SLUR: FLAG}),
            judgement(3, "acted once, 1 point", asked={SLUR: ACT}, points=1.0),
            judgement(4, "acted once, 2 points", asked={SLUR: ACT}, points=2.0),
            judgement(5, "acted twice", asked={SLUR: ACT}, points=0.5),
            judgement(6, "acted twice", asked={SLUR: ACT}, points=0.9),
            judgement(7, "quiet"),
        ]
    )
    assert [record.author.name for record in summary.judged_members] == [
        "acted twice",
        "acted once, 2 points",
        "acted once, 1 point",
        "flagged twice",
    ]


def test_a_members_record_goes_by_time_and_not_by_reading_order(
    judgement: Callable[..., Judgement],
) -> None:
    # Comment 2 is a late reply that stands early in the thread.
    [record] = summarise(
        [
            judgement(1, asked={SLUR: ACT}, minutes=0, points=2.0),
            judgement(2, asked={SLUR: ACT}, minutes=90, points=3.5),
            judgement(3, minutes=60, points=1.9),
        ]
    ).judged_members
    assert [j.comment.position for j in record.comments] == [1, 3, 2]
    assert [j.comment.position for j in record.judged] == [1, 2]
    assert (record.points, record.peak) == (3.5, 3.5)


@given(st.lists(st.tuples(st.sampled_from("abc"), asked), max_size=30))
def test_nobody_is_lost_and_nobody_counted_twice(
    judgement: Callable[..., Judgement], rows: list[tuple[str, dict[Category, Decision]]]
) -> None:
    judgements = [judgement(n, member, asked=what) for n, (member, what) in enumerate(rows, 1)]
    summary = summarise(judgements)
    assert sum(summary.decisions.values()) == len(rows)
    for category in Category:
        assert sum(summary.categories[category].values()) == len(rows)
    listed = [j.comment.id for record in summary.judged_members for j in record.judged]
    assert sorted(listed) == sorted(j.comment.id for j in judgements if is_judged(j))


def test_a_category_answers_for_its_own_breaches_alone(
    judgement: Callable[..., Judgement],
) -> None:
    mixed = judgement(1, asked={HARASSMENT: ACT, SLUR: FLAG})
    assert decision_in(mixed, HARASSMENT) is ACT
    assert decision_in(mixed, SLUR) is FLAG
    assert decision_in(mixed, Category.INCITEMENT) is Decision.ALLOW


def test_the_spread_of_scores_is_that_of_their_order() -> None:
    # Eleven scores in steps of 0.1: the middle is the sixth, the ninth tenth is the tenth.
    found = spread([n / 10 for n in range(11)])
    assert found is not None
    assert (found.median, found.ninth_tenth, found.highest) == (0.5, 0.9, 1.0)
    assert spread([]) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_the_spread_is_in_order_and_within_the_scores(scores: list[float]) -> None:
    found = spread(scores)
    assert found is not None
    assert min(scores) <= found.median <= found.highest == max(scores)
    # Interpolated between neighbours, so it may miss the last bit of either.
    assert found.median - 1e-9 <= found.ninth_tenth <= found.highest + 1e-9
