"""The figures as one JSON object, for programs and for comparing two models on the same rows.

Keys stand in a fixed order and none is left out: a figure that the rows cannot give is null.
Shares and areas are in [0, 1]. Called by `bot.evaluation.run`.
"""

import json
from pathlib import Path
from typing import Any

from bot.evaluation.assess import Evaluation, PolicyOutcome, Ranking
from bot.evaluation.occasion import Occasion
from bot.report.whole_file import write_whole
from bot.statistics.ranking import Interval, Share

PLACES = 6


def write_json(path: Path, evaluation: Evaluation, occasion: Occasion) -> None:
    """Write the figures to a file that is complete or untouched.

    Raises:
        BadInputError: the place cannot be written to.
    """
    text = json.dumps(figures(evaluation, occasion), ensure_ascii=False, indent=1, allow_nan=False)
    write_whole(path, [text, "\n"])


def figures(evaluation: Evaluation, occasion: Occasion) -> dict[str, Any]:
    """Give all figures as they are written: rows by source and label, then the policy by source."""
    return {
        "model": occasion.model.name,
        "rows": [_ranking(ranking) for ranking in evaluation.rankings],
        "policy": [_outcome(outcome) for outcome in evaluation.policy],
        "measured": {
            "model_sha256": occasion.model.sha256,
            "model_labels": list(occasion.model_labels),
            "policy": occasion.policy,
            "policy_version": occasion.policy_version,
            "file": occasion.file,
            "file_sha256": occasion.file_sha256,
            "rows_in_file": occasion.rows_in_file,
            "rows": occasion.rows,
            "rows_without_words": evaluation.wordless,
            "at": occasion.measured_at.isoformat(timespec="seconds"),
        },
    }


def _ranking(ranking: Ranking) -> dict[str, Any]:
    interval, method = ranking.interval or (None, None)
    return {
        "source": ranking.source,
        "label": ranking.label,
        "n": ranking.n,
        "positives": ranking.positives,
        "roc_auc": _round(ranking.roc_auc),
        **_ends("roc_auc", interval),
        "average_precision": _round(ranking.average_precision),
        "roc_auc_method": method,
        "calibration_error": _round(ranking.calibration_error),
    }


def _outcome(outcome: PolicyOutcome) -> dict[str, Any]:
    shares = {
        "flagged": outcome.flagged,
        "recall": outcome.recall,
        "false_alarms": outcome.false_alarms,
    }
    return {
        "source": outcome.source,
        "n": outcome.n,
        **{name: _round(share.value) for name, share in shares.items()},
        "positives": outcome.recall.of,
        "negatives": outcome.false_alarms.of,
        "acted": _round(outcome.acted.value),
        **{key: end for name, share in shares.items() for key, end in _share_ends(name, share)},
    }


def _share_ends(name: str, share: Share) -> list[tuple[str, float | None]]:
    return list(_ends(name, share.interval).items())


def _ends(name: str, interval: Interval | None) -> dict[str, float | None]:
    return {
        f"{name}_low": _round(None if interval is None else interval.low),
        f"{name}_high": _round(None if interval is None else interval.high),
    }


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, PLACES)
