from typing import Any

import numpy as np
import pandas as pd
import pytest

from toile.config import Conf
from toile.contract import Verdict
from toile.evaluation.report import validate_candidate
from toile.home import REPOSITORY
from toile.jobs.validate import _holdout
from toile.tasks.predictions import Array

MODEL = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase")
ROWS = 200


class Answers:
    """Knows the labels, but answers only so many rows, and only where there is the feature that it was fitted on."""

    def __init__(self, feature: str = "country", rows: int = ROWS) -> None:
        self.feature, self.rows = feature, rows

    def predict_proba(self, features: pd.DataFrame) -> Array:
        word = features[self.feature]
        sure = np.where(np.arange(len(word)) % 2, 0.8, 0.3)[: self.rows]
        return np.column_stack([1 - sure, sure])


def held_out() -> pd.DataFrame:
    features = {name: "x" if kind == "string" else 1.0 for name, kind in MODEL.feature_columns.items()}
    customers = np.arange(ROWS).astype(str)
    return pd.DataFrame({MODEL.config.entity: customers, MODEL.config.task.label: np.arange(ROWS) % 2, **features})


@pytest.mark.parametrize(
    ("champion", "problem"),
    [
        (Answers(feature="since_gone"), "it cannot answer the held-out rows: KeyError"),
        (Answers(rows=3), "it answered 3 values for 200 held-out rows"),
    ],
)
def test_a_champion_that_cannot_answer_is_told_and_closes_its_gates_alone(champion: Any, problem: str) -> None:
    estimators = {"candidate": Answers(), "baseline": Answers(), "champion": champion}
    holdout = _holdout(held_out(), MODEL, estimators, prior=0.5)
    report = validate_candidate(holdout, MODEL.config, candidate="7", champion="5")
    refused = [outcome for outcome in report.gates if not outcome.passed]
    assert report.verdict is Verdict.REFUSED
    assert {outcome.reference for outcome in refused} == {"champion"}
    assert refused[0].reason.startswith(f"The champion cannot be judged: {problem}. Give back the feature")


def test_a_candidate_that_cannot_answer_is_refused_and_not_measured() -> None:
    estimators = {"candidate": Answers(rows=3), "baseline": Answers()}
    holdout = _holdout(held_out(), MODEL, estimators, prior=0.5)
    report = validate_candidate(holdout, MODEL.config, candidate="7", champion=None)
    assert report.reasons[0].endswith("The candidate cannot be judged: it answered 3 values for 200 held-out rows.")
    assert "candidate" not in report.metrics
