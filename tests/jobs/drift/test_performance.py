import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from toile.config.model import Performance, Validation
from toile.contract import Verdict
from toile.drift.performance import PerformanceReport, judge_performance
from toile.errors import DataError
from toile.tasks import template_of


@pytest.fixture
def rows() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    score = generator.random(500)
    label = (generator.random(500) < score).astype(int)
    return pd.DataFrame({"customer_id": np.arange(500).astype(str), "score": score, "bought_again": label})


def judge(rows: pd.DataFrame, performance: Performance | None) -> PerformanceReport:
    validation = Validation(resamples=300)
    return judge_performance(
        template_of("classification"),
        rows,
        performance,
        validation,
        entity="customer_id",
        label="bought_again",
    )


@pytest.mark.parametrize(
    ("performance", "verdict", "reason"),
    [
        (None, Verdict.PASSED, None),
        (Performance(metric="roc_auc", min=0.7), Verdict.PASSED, None),
        (Performance(metric="roc_auc", min=0.95), Verdict.WARNED, "below 0.95."),
        (Performance(metric="log_loss", max=0.9), Verdict.PASSED, None),
        (Performance(metric="log_loss", max=0.1), Verdict.WARNED, "above 0.1."),
    ],
)
def test_performance_is_judged_on_its_value(
    rows: pd.DataFrame, performance: Performance | None, verdict: Verdict, reason: str | None
) -> None:
    report = judge(rows, performance)
    assert report.verdict is verdict
    assert [r.endswith(reason) for r in report.reasons] == [True] if reason else report.reasons == []


def test_metrics_come_with_their_intervals(rows: pd.DataFrame) -> None:
    report = judge(rows, None)
    metrics = report.metrics()
    assert len(metrics) == 15
    assert metrics["roc_auc"] == pytest.approx(roc_auc_score(rows["bought_again"], rows["score"]))
    assert metrics["roc_auc.low"] < metrics["roc_auc"] < metrics["roc_auc.high"]
    assert (report.rows, report.entities) == (500, 500)
    assert PerformanceReport.model_validate_json(report.model_dump_json()) == report


def test_labels_of_one_class_are_a_warning_where_the_metric_needs_both(rows: pd.DataFrame) -> None:
    report = judge(rows.assign(bought_again=1), Performance(metric="roc_auc", min=0.5))
    assert (report.verdict, report.reasons) == (
        Verdict.WARNED,
        ["ROC AUC is undefined on the rows whose labels have arrived."],
    )
    assert "brier" in report.intervals


def test_a_missing_score_is_bad_data(rows: pd.DataFrame) -> None:
    rows.loc[:2, "score"] = None
    with pytest.raises(DataError, match="late labels: 3 of 500 predictions are missing"):
        judge(rows, None)


def test_too_few_known_labels_are_told(rows: pd.DataFrame) -> None:
    few = judge(rows.assign(bought_again=rows["bought_again"].where(rows.index % 2 == 0)), None)
    assert (few.scored, few.rows, few.verdict) == (500, 250, Verdict.WARNED)
    assert few.reasons == ["labels are known for 250 of 500 scored rows only: the rest may differ."]
