"""The calibration: a mapping that keeps the order, and is used for its own model alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.scores import ModelId
from bot.errors import BadInputError
from bot.scoring.scorer import DetoxifyScorer
from bot.web.attributes import served_by
from bot.web.calibration import Calibration, Curve, FittedOn, logit, read_calibration, shipped_for

UNIT = st.floats(0, 1)
CURVES = st.lists(
    st.tuples(st.integers(-140, 140), UNIT), min_size=2, max_size=9, unique_by=lambda knot: knot[0]
).map(
    lambda knots: Curve(
        logits=tuple(sorted(at / 10 for at, _ in knots)),
        served=tuple(sorted(height for _, height in knots)),
    )
)


@given(CURVES, UNIT, UNIT)
def test_a_curve_keeps_the_order_and_stays_in_range(curve: Curve, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= curve.value(low) <= curve.value(high) + 1e-12
    assert curve.value(high) <= 1


def test_between_knots_it_runs_straight_over_the_logit() -> None:
    curve = Curve(logits=(-2.0, 2.0), served=(0.1, 0.5))
    # The logit of 0.5 is 0, halfway.
    assert curve.value(0.5) == pytest.approx(0.3)
    assert curve.value(0.0) == 0.1
    assert curve.value(1.0) == 0.5


@pytest.mark.parametrize(
    ("logits", "served"),
    [
        ((0, 1), (0.5,)),
        ((1, 0), (0, 1)),
        ((0, 0), (0, 1)),
        ((0, 1), (0.6, 0.5)),
        ((0, 1), (0, 1.1)),
    ],
)
def test_a_table_that_is_no_curve_is_refused(
    logits: tuple[float, ...], served: tuple[float, ...]
) -> None:
    with pytest.raises(ValidationError):
        Curve(logits=logits, served=served)


def test_logits_of_certain_scores_are_finite() -> None:
    assert logit(0) == -logit(1) == -14


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    table = Calibration(
        model="m",
        weights_sha256="0",
        fitted_on=FittedOn(file="f", sha256="1", rows=2, at="2026-01-01"),
        curves={"TOXICITY": Curve(logits=(0.0, 1.0), served=(0.0, 1.0))},
    )
    file = tmp_path / "table.json"
    file.write_text(table.model_dump_json())
    assert read_calibration(file) == table


@pytest.mark.parametrize("content", [None, "", "{}", '{"format": 2}', "[]"])
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "table.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadInputError, match=r"table.json: .*expected a calibration"):
        read_calibration(file)


def test_another_model_gets_no_calibration_of_ours() -> None:
    assert shipped_for(ModelId("compact", "0" * 64)) is None


def test_the_shipped_calibration_was_fitted_on_the_shipped_model(compact: DetoxifyScorer) -> None:
    """Where this fails after a new training: python bot.py calibrate (docs/perspective.md)."""
    shipped = shipped_for(compact.model)
    assert shipped is not None
    assert set(shipped.curves) == set(served_by(compact.labels))
