"""Yes-or-no questions: the label is 0 or 1, a model answers with the probability of 1."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from toile.config import task as config
from toile.config.task import Task
from toile.tasks.classification.leakage import rank_alone, suspicious_features
from toile.tasks.classification.metrics import METRICS
from toile.tasks.predictions import Array, Predictions
from toile.tasks.template import Refinement, Template


class Classification(Template):
    """`task: {kind: classification}`."""

    kind, metrics, predict_function = "classification", METRICS, "predict_proba"
    baseline_trainer = "trainer: {kind: sklearn, estimator: sklearn.linear_model:LogisticRegression}"

    def find_label_faults(self, labels: Array) -> str:
        wrong = int((~np.isin(labels, (0.0, 1.0))).sum())
        return f"{wrong:,} of {len(labels):,} labels are neither 0 nor 1" if wrong else ""

    def find_value_faults(self, values: Array) -> str:
        wrong = int((~((values >= 0) & (values <= 1))).sum())
        return f"{wrong:,} of {len(values):,} values are no probability in [0, 1]" if wrong else ""

    def read_answer(self, answer: Any) -> Predictions:
        values: Array = np.asarray(answer, dtype=float)
        if values.ndim != 2 or values.shape[1] != 2:
            raise ValueError(f"expected probabilities of shape (rows, 2), got {values.shape}")
        return Predictions.of(values[:, 1].copy())

    def refinement(self, task: Task) -> Refinement | None:
        """Calibration: probabilities are bent towards what came true."""
        from toile.tasks.classification.calibration import Calibrated

        if not isinstance(task, config.Classification) or task.calibration == "none":
            return None
        return partial(Calibrated.learn, task.calibration)

    def apply_rule(self, rows: pd.DataFrame, rule: str | None, prior: float) -> Predictions:
        """One feature's rank, '-' for descending, unknown values last; without a rule everybody is equal."""
        if rule is None:
            return Predictions.of_rule(np.zeros(len(rows)), prior)
        rank = (-1.0 if rule.startswith("-") else 1.0) * rows[rule.removeprefix("-")].astype(float)
        return Predictions.of_rule(rank.fillna(rank.min() - 1), prior)

    def build_baseline(self, columns: Mapping[str, str], seed: int) -> Any:
        """A logistic regression on standardised features, their long tails tamed by arcsinh."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import Pipeline

        from toile.training.columns import prepare_columns, standardise

        model = LogisticRegression(max_iter=2000, random_state=seed)
        return Pipeline([("columns", prepare_columns(columns, standardise())), ("model", model)])

    def refuse_training(self, rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> list[str]:
        if rows[label].nunique() < 2:
            return [f"all {len(rows):,} training rows have {label} = {rows[label].iloc[0]}: there is nothing to learn"]
        return suspicious_features(rows, label, columns)

    def rank_alone(self, rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> dict[str, float]:
        return rank_alone(rows, label, columns)

    def describe_labels(self, mean: float) -> dict[str, str]:
        return {"Positive": f"{mean:.1%}"}
