import pytest

from bot.domain.scores import ModelId, Passage, Score, Scores
from bot.domain.verdict import Decision
from bot.evaluation.assess import ScoredComment, assess
from bot.evaluation.labelled_table import LabelledComment
from bot.evaluation.worst import worst_errors
from bot.statistics.ranking import Share
from config.labels import Label

T, I = Label.TOXICITY, Label.INSULT  # noqa: E741


def scored(
    number: int,
    labels: dict[Label, float],
    scores: dict[Label, float],
    decision: Decision = Decision.ALLOW,
    source: str = "forum",
) -> ScoredComment:
    row = LabelledComment(number, f"text {number}", source, labels)
    found = {label: Score(value, Passage(row.text)) for label, value in scores.items()}
    return ScoredComment(row, Scores(found, ModelId("fake", "0" * 64)), decision)


def test_each_source_and_label_is_measured_on_the_rows_that_know_it() -> None:
    evaluation = assess(
        [
            scored(1, {T: 1.0, I: 0.0}, {T: 0.9, I: 0.3}),
            scored(2, {T: 0.2}, {T: 0.1, I: 0.9}),
            scored(3, {T: 0.5, I: 0.6}, {T: 0.05, I: 0.2}),
            scored(4, {T: 0.0}, {T: 0.4, I: 0.4}, source="chat"),
        ],
        [T, I],
    )
    found = {(r.source, r.label): (r.n, r.positives, r.roc_auc) for r in evaluation.rankings}
    # Toxicity in forum: .9 and .05 against .1, one of two pairs; insult: .2 against .3, none.
    assert found == {
        ("forum", T): (3, 2, 0.5),
        ("forum", I): (2, 1, 0.0),
        ("chat", T): (1, 0, None),
    }
    assert [r.label for r in evaluation.of_source("forum")] == [I, T]


def test_a_label_the_model_lacks_has_counts_and_no_figures() -> None:
    rows = [scored(1, {T: 1.0, I: 1.0}, {T: 0.9}), scored(2, {T: 0.0, I: 0.0}, {T: 0.2})]
    lacking = assess(rows, [T]).of_source("forum")[-1]
    assert (lacking.label, lacking.n, lacking.positives) == (I, 2, 1)
    assert not lacking.is_scored
    assert lacking.roc_auc is lacking.interval is lacking.average_precision is None
    assert lacking.calibration_error is None


def test_a_row_without_words_is_judged_and_ranks_below_all_others() -> None:
    rows = [scored(1, {T: 1.0}, {}), scored(2, {T: 1.0}, {T: 0.9}), scored(3, {T: 0.0}, {T: 0.2})]
    evaluation = assess(rows, [T])
    assert evaluation.wordless == 1
    # Of the two positives one outscores the negative; the one without words does not.
    assert (evaluation.rankings[0].n, evaluation.rankings[0].roc_auc) == (3, 0.5)
    assert evaluation.policy[0].n == 3


def test_recall_and_false_alarms_leave_out_rows_that_nobody_asked_about() -> None:
    act, flag, allow = Decision.ACT, Decision.FLAG, Decision.ALLOW
    [outcome] = assess(
        [
            scored(1, {T: 1.0}, {T: 0.9}, act),
            scored(2, {I: 0.5}, {T: 0.9}, flag),
            scored(3, {T: 0.7}, {T: 0.1}, allow),
            scored(4, {T: 0.0, I: 0.4}, {T: 0.9}, flag),
            scored(5, {T: 0.0}, {T: 0.1}, allow),
            scored(6, {I: 0.0}, {T: 0.9}, act),  # neither: toxicity was never asked
        ],
        [T, I],
    ).policy
    assert outcome.flagged == Share(4, 6)
    assert outcome.acted == Share(2, 6)
    assert outcome.recall == Share(2, 3)
    assert outcome.false_alarms == Share(1, 2)


def test_rankings_of_one_kind_of_row_stand_last() -> None:
    rows = [
        scored(1, {T: 1.0, I: 1.0}, {T: 0.1, I: 0.5}),
        scored(2, {T: 1.0, I: 0.0}, {T: 0.2, I: 0.1}),
    ]
    assert [r.label for r in assess(rows, [T, I]).of_source("forum")] == [I, T]


def test_worst_errors_come_worst_first_and_name_the_label_furthest_off() -> None:
    [own] = worst_errors(
        [
            scored(1, {T: 1.0, I: 1.0}, {T: 0.4, I: 0.1}),
            scored(2, {T: 1.0}, {T: 0.05}),
            scored(3, {T: 1.0}, {T: 0.6}),
            scored(4, {T: 0.0}, {T: 0.7}),
            scored(5, {T: 0.3, I: 0.0}, {T: 0.8, I: 0.6}),
            scored(6, {T: 0.0}, {T: 0.3}),
        ],
        most=2,
    )
    assert [(e.comment.row.number, e.label) for e in own.missed] == [(2, T), (1, I)]
    # Row 4 is off by .7, row 5 by .6 for insult and .5 for toxicity.
    assert [(e.comment.row.number, e.label) for e in own.false_alarms] == [(4, T), (5, I)]


def test_no_more_errors_are_listed_than_asked_for() -> None:
    rows = [scored(n, {T: 1.0}, {T: n / 100}) for n in range(1, 9)]
    [own] = worst_errors(rows, most=3)
    assert [e.comment.row.number for e in own.missed] == [1, 2, 3]
    assert own.false_alarms == ()
    assert own.missed[0].score.value == pytest.approx(0.01)
