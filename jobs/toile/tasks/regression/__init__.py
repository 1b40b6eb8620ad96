"""How much: the label is a finite number, a model answers in its unit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from toile.tasks.predictions import Array, Predictions
from toile.tasks.regression.metrics import METRICS
from toile.tasks.template import Template

SUSPICIOUS_CORRELATION, MIN_KNOWN = 0.999, 20


class Regression(Template):
    """`task: {kind: regression}`."""

    kind, metrics, predict_function = "regression", METRICS, "predict"
    baseline_trainer = "trainer: {kind: linear}"

    def find_label_faults(self, labels: Array) -> str:
        wrong = int((~np.isfinite(labels)).sum())
        return f"{wrong:,} of {len(labels):,} labels are no finite number" if wrong else ""

    def find_value_faults(self, values: Array) -> str:
        wrong = int((~np.isfinite(values)).sum())
        return f"{wrong:,} of {len(values):,} values are no finite number" if wrong else ""

    def read_answer(self, answer: Any) -> Predictions:
        values: Array = np.asarray(answer, dtype=float)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0].copy()
        if values.ndim != 1:
            raise ValueError(f"expected one number per row, got an answer of shape {values.shape}")
        return Predictions.of(values)

    def apply_rule(self, rows: pd.DataFrame, rule: str | None, prior: float) -> Predictions:
        """One feature's value taken for the answer, the prior where it is unknown; without a rule always the prior."""
        if rule is None:
            return Predictions.of(np.full(len(rows), prior))
        return Predictions.of(rows[rule].astype(float).fillna(prior))

    def build_baseline(self, columns: Mapping[str, str], seed: int) -> Any:  # noqa: ARG002 -- it draws nothing
        """The linear model (`toile.training.linear`), least squares without a penalty."""
        from toile.training.linear import LinearRegression

        return LinearRegression(columns=dict(columns))

    def refuse_training(self, rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> list[str]:
        if rows[label].nunique() < 2:
            return [f"all {len(rows):,} training rows have {label} = {rows[label].iloc[0]}: there is nothing to learn"]
        return [
            f"leak suspected: {name} alone ranks the label with correlation {found:.4f}"
            for name, found in self.rank_alone(rows, label, columns).items()
            if found >= SUSPICIOUS_CORRELATION
        ]

    def rank_alone(self, rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> dict[str, float]:
        numbers = rows[[name for name, kind in columns.items() if kind != "string"]].astype(float)
        telling = numbers.loc[:, (numbers.count() >= MIN_KNOWN) & (numbers.nunique() > 1)]
        return dict(telling.corrwith(rows[label].astype(float), method="spearman").abs())

    def describe_labels(self, mean: float) -> dict[str, str]:
        return {"Mean label": f"{mean:,.4g}"}
