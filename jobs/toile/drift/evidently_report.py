"""Evidently's report on samples of rows: it draws and explains, while `toile.drift.psi` counts all rows and decides.

Importing this module takes 6 to 8 seconds, so that only what needs the report imports it.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- Spark's own convention

from toile.config.model import Drift
from toile.config.names import EVENT_TIME
from toile.drift.counting import NUMERIC
from toile.errors import DataError


@dataclass(frozen=True)
class EvidentlyReport:
    """A page of about 5 MB that needs no other file, and the features that it does not show."""

    html: str
    left_out: list[str]


def sample_rows(frame: DataFrame, entity: str, rows: int, seed: int) -> pd.DataFrame:
    """At most this many rows, the same on every engine and in every run: those whose keys and seed hash lowest.

    The keys are the entity and, where there is one, event_time. `DataFrame.sample` would depend on how the rows are
    partitioned; here a row is in the sample or not by its keys alone.
    """
    keys = [entity, *(column for column in [EVENT_TIME] if column in frame.columns)]
    sample: pd.DataFrame = frame.orderBy(F.xxhash64(F.lit(seed), *keys), *keys).limit(rows).toPandas()
    return sample


def render_report(
    current: pd.DataFrame, reference: pd.DataFrame, columns: Mapping[str, str], drift: Drift | None = None
) -> EvidentlyReport:
    """Compares two samples by PSI with the limits of `drift`.

    `columns` are feature -> double, long, string or boolean; Evidently is never left to infer a type. A feature without
    any value on one side cannot be drawn and is `left_out`.

    Raises:
        DataError: no feature has values on both sides.
    """
    drift = drift or Drift()
    sides = [_prepare(frame, columns) for frame in (current, reference)]
    empty = [name for name in columns if any(side[name].isna().all() for side in sides)]
    drawn = {name: kind for name, kind in columns.items() if name not in empty}
    if not drawn:
        raise DataError("drift: no feature has values both in the current and in the reference sample.")
    definition = DataDefinition(
        numerical_columns=[name for name, kind in drawn.items() if kind in NUMERIC],
        categorical_columns=[name for name, kind in drawn.items() if kind not in NUMERIC],
    )
    datasets = [Dataset.from_pandas(side[list(drawn)], data_definition=definition) for side in sides]
    preset = DataDriftPreset(drift_share=drift.share, method="psi", threshold=drift.psi)
    with warnings.catch_warnings():
        # Evidently's histograms and quantiles divide by the range, which is zero for a constant feature.
        warnings.simplefilter("ignore", RuntimeWarning)
        snapshot = Report([preset], include_tests=True).run(*datasets)  # the current data come first
        html = snapshot.get_html_str(as_iframe=False)
    return EvidentlyReport(html, empty)


def _prepare(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Numbers as floats without infinities, everything else as words; null stays null."""
    prepared = {}
    for name, kind in columns.items():
        values = frame[name]
        if kind in NUMERIC:
            prepared[name] = pd.to_numeric(values).astype(float).replace([np.inf, -np.inf], np.nan)
        else:
            prepared[name] = values.astype(object).where(values.isna(), values.astype(str))
    return pd.DataFrame(prepared)
