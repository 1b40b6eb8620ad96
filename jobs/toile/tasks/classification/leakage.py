"""Looks for features that know the answer."""

from collections.abc import Mapping

import pandas as pd

SUSPICIOUS_AUC, MIN_KNOWN = 0.99, 20


def suspicious_features(rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> list[str]:
    """Features that alone all but give away the label: one sentence each."""
    return [
        f"leak suspected: {name} alone ranks the label with ROC AUC {auc:.3f}"
        for name, auc in rank_alone(rows, label, columns).items()
        if auc >= SUSPICIOUS_AUC
    ]


def rank_alone(rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> dict[str, float]:
    """ROC AUC of each feature alone, whichever way round; a feature of which little is known is not in it.

    A number is ranked as it is, a word by its own label rate (words seen fewer than 20 times are left out).
    """
    from sklearn.metrics import roc_auc_score

    found = {}
    for name, kind in columns.items():
        values = _rates(rows[name], rows[label]) if kind == "string" else rows[name].astype(float)
        known = values.notna()
        if known.sum() < MIN_KNOWN or rows[label][known].nunique() < 2:
            continue
        auc = roc_auc_score(rows[label][known], values[known])
        found[name] = float(max(auc, 1 - auc))
    return found


def _rates(words: pd.Series, label: pd.Series) -> pd.Series:
    groups = label.groupby(words)
    return groups.transform("mean").where(groups.transform("size") >= MIN_KNOWN)
