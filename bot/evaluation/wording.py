"""How an evaluation is put into words, the same on the terminal and on the page. Pure."""

from collections.abc import Iterable

from bot.evaluation.assess import Evaluation, Ranking
from bot.evaluation.occasion import Occasion
from bot.report.wording import count
from config.labels import Label

POLICY_WORDS = (
    "A row is positive with any label from 0.5 on, negative when all its known labels are below "
    "and toxicity or identity_attack is known. Recall is the flagged share of the positives, "
    "false alarms the flagged share of the negatives."
)


def why_no_figure(ranking: Ranking) -> str:
    """Say why a ranking has no ROC AUC."""
    if not ranking.is_scored:
        return "the model lacks it"
    return "all positive" if ranking.positives else "none positive"


def unranked(rankings: Iterable[Ranking]) -> list[tuple[str, list[Ranking]]]:
    """Group the rankings without a ROC AUC by the reason why."""
    groups: dict[str, list[Ranking]] = {}
    for ranking in rankings:
        if ranking.roc_auc is None:
            groups.setdefault(why_no_figure(ranking), []).append(ranking)
    return list(groups.items())


def notes_on(evaluation: Evaluation, occasion: Occasion) -> list[str]:
    """Say what a reader must know before trusting the figures."""
    notes: list[str] = []
    if occasion.rows < occasion.rows_in_file:
        notes.append(
            f"Measured on {occasion.rows:,} of the file's {occasion.rows_in_file:,} rows, evenly "
            "spread through each source."
        )
    if evaluation.wordless:
        notes.append(
            f"{count(evaluation.wordless, 'row has', 'rows have')} no words left to score: allowed "
            "by the policy, and ranked below all others."
        )
    known = {ranking.label for ranking in evaluation.rankings}
    lacking = [label for label in Label if label in known and label not in occasion.model_labels]
    if lacking:
        names = " and ".join(label.replace("_", " ") for label in lacking)
        notes.append(f"The model {occasion.model.name} has no {names}: not measured.")
    return notes


def headline(evaluation: Evaluation, occasion: Occasion) -> str:
    """Say the most important in one or two sentences: how much was measured, and the weakest."""
    sources = count(len(evaluation.sources), "source")
    words = f"{count(occasion.rows, 'labelled comment')} from {sources}."
    measured = [(r.roc_auc, r) for r in evaluation.rankings if r.roc_auc is not None]
    if not measured:
        return f"{words} No label has both positives and negatives, so none can be ranked."
    area, weakest = min(measured, key=lambda pair: pair[0])
    label = weakest.label.replace("_", " ")
    return f"{words} The weakest ranking is {label} in {weakest.source}: ROC AUC {area:.3f}."
