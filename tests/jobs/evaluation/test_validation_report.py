import json
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from toile.config import Conf, ModelConfig
from toile.contract import Verdict
from toile.evaluation.holdout import MODELS, Holdout
from toile.evaluation.page import render_page
from toile.evaluation.report import ValidationReport, validate_candidate
from toile.home import REPOSITORY
from toile.tasks.predictions import Predictions

MakeHoldout = Callable[..., Holdout]
NOISE = dict(zip(MODELS, (0.3, 0.3, 0.5, 2.0), strict=True))


@pytest.fixture(scope="module")
def config() -> ModelConfig:
    return Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase").config


@pytest.fixture(scope="module")
def report(make_holdout: MakeHoldout, config: ModelConfig) -> ValidationReport:
    return validate_candidate(make_holdout(NOISE, rows=2000), config, candidate="7", champion="5")


def test_a_good_candidate_passes_every_gate_of_the_reference_model(report: ValidationReport) -> None:
    assert report.verdict is Verdict.PASSED
    assert report.reasons == []
    assert set(report.metrics) == set(MODELS)
    assert set(report.advantages) == set(MODELS) - {"candidate"}
    assert {part.value for part in report.slices} == {"France", "Germany", "United Kingdom"}


def test_report_survives_json_and_holds_only_finite_plain_numbers(report: ValidationReport) -> None:
    text = report.model_dump_json()
    assert ValidationReport.model_validate_json(text) == report
    json.loads(text, parse_constant=pytest.fail)


def test_a_worse_candidate_is_refused_with_every_reason(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    noise = dict(zip(MODELS, (3.0, 0.3, 0.3, 0.5), strict=True))
    report = validate_candidate(make_holdout(noise, rows=2000), config, candidate="7", champion="5")
    assert report.verdict is Verdict.REFUSED
    assert len(report.reasons) == sum(not gate.passed for gate in report.gates) >= 4
    assert report.reasons[0].startswith("ROC AUC is at least 0.65: ROC AUC is 0.")


def test_predictions_that_are_missing_refuse_and_are_told(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    holdout = make_holdout(NOISE)
    gap = holdout.predictions["candidate"].value.copy()
    gap[:3] = np.nan
    holdout = replace(holdout, predictions={**holdout.predictions, "candidate": Predictions.of(gap)})
    report = validate_candidate(holdout, config, candidate="7", champion="5")
    assert report.verdict is Verdict.REFUSED
    assert all(not gate.passed for gate in report.gates if gate.judged)
    assert "The candidate was not measured: 3 of 600 predictions are missing." in report.notes
    assert "candidate" not in report.metrics


def test_a_baseline_as_good_as_the_candidate_is_a_note_and_no_refusal(
    make_holdout: MakeHoldout, config: ModelConfig
) -> None:
    noise = dict(zip(MODELS, (0.3, 0.4, 0.3, 2.0), strict=True))
    report = validate_candidate(make_holdout(noise, rows=2000), config, candidate="7", champion=None)
    assert report.verdict is Verdict.PASSED
    assert [note for note in report.notes if note.startswith("The simpler model would do")]
    plainly_better = {**noise, "baseline": 2.5}
    report = validate_candidate(make_holdout(plainly_better, rows=2000), config, candidate="7", champion=None)
    assert not [note for note in report.notes if note.startswith("The simpler model would do")]


def test_periods_are_told_and_widen_intervals(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    holdout = make_holdout(NOISE)
    weekly = replace(holdout, period=np.arange(holdout.rows) // (holdout.rows // 12))
    timeless, timed = (validate_candidate(part, config, candidate="7", champion="5") for part in (holdout, weekly))
    assert (timeless.periods, timed.periods) == (None, 12)
    before, after = (report.metrics["candidate"]["brier"] for report in (timeless, timed))
    assert after.high - after.low > 1.2 * (before.high - before.low)
    assert "blocks of consecutive periods" in render_page(timed)


def test_the_same_seed_gives_the_same_report_to_the_last_digit(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    first, second = (
        validate_candidate(make_holdout(NOISE), config, candidate="7", champion="5").model_dump_json() for _ in range(2)
    )
    assert first == second


def test_curves_run_from_corner_to_corner_and_stay_few(report: ValidationReport) -> None:
    for curves in report.curves.values():
        assert curves.roc[0] == (0, 0)
        assert curves.roc[-1] == (1, 1)
        assert len(curves.roc) <= 80
        assert sum(point.rows for point in curves.reliability) == report.rows


def test_the_area_under_the_drawn_roc_is_the_roc_auc(report: ValidationReport) -> None:
    for model, curves in report.curves.items():
        alarms, hits = np.array(curves.roc).T
        assert np.trapezoid(hits, alarms) == pytest.approx(report.metrics[model]["roc_auc"].value, abs=0.003)


def test_a_validation_of_common_size_takes_seconds(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    holdout = make_holdout(NOISE, rows=6000, rows_per_entity=2)
    started = time.process_time()
    validate_candidate(holdout, config, candidate="7", champion="5")
    assert time.process_time() - started < 20
