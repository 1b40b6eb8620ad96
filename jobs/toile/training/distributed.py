"""Boosted trees that Spark's workers fit, where one machine does not take the rows (docs/decisions/0011).

How columns are prepared is learnt from a sample, the trees from all rows. What comes of it is the pipeline that one
machine would have fitted, so nothing after training knows of the difference.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from toile.config.model import ModelConfig
from toile.errors import ConfigError, DataError
from toile.tasks import template_of
from toile.training.rows import features_of, workers_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# Spark says how many threads a task has, and prepared features hold numbers alone.
_OF_ONE_MACHINE = ("n_jobs", "nthread", "enable_categorical")
_PREPARED = "features array<float>, label double, fault string"


def build_spark_estimator(model: Any, task: str, workers: int) -> Any:
    """What fits as this unfitted XGBClassifier or XGBRegressor would, on Spark's workers.

    Raises:
        ConfigError: a parameter is for one machine alone.
    """
    from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor

    given = {
        name: value for name, value in model.get_params().items() if value is not None and name not in _OF_ONE_MACHINE
    }
    if given.get("tree_method") == "exact":
        raise ConfigError(
            "trainer.params.tree_method: 'exact' is for one machine. Write hist, or no distributed_above."
        )
    # The classifier sets it by the labels, and takes no other.
    if task == "classification" and (objective := given.pop("objective")) != "binary:logistic":
        hint = "Leave it out, or distributed_above."
        raise ConfigError(f"trainer.params.objective: a distributed fit knows no {objective!r}. {hint}")
    estimator = SparkXGBClassifier if task == "classification" else SparkXGBRegressor
    try:
        return estimator(features_col="features", label_col="label", num_workers=workers, verbose=False, **given)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ConfigError(f"trainer.params: no distributed fit takes them: {error}") from error


def fit_trees(
    pipeline: Pipeline, config: ModelConfig, columns: Mapping[str, str], spread: "DataFrame", sample: pd.DataFrame
) -> Pipeline:
    """Fits a pipeline of prepared columns and boosted trees; `sample` has features of some rows.

    Raises:
        ConfigError: a parameter is for one machine alone.
        DataError: a row is unfit to learn from.
    """
    preparation, model, label = pipeline.named_steps["columns"], pipeline.named_steps["model"], config.task.label
    preparation.fit(sample)
    workers = workers_of(spread)
    estimator = build_spark_estimator(model, config.task.kind, workers)
    # By key and in order, so that as many workers are given the same rows again.
    parted = spread.repartition(workers, *config.row_keys).sortWithinPartitions(*config.row_keys)
    prepare = partial(_prepare, preparation, columns, label, config.task.kind)
    prepared = parted.select(label, *columns).mapInPandas(prepare, _PREPARED).persist()
    try:
        if fault := prepared.where("fault IS NOT NULL").first():
            raise DataError(f"training rows: {fault['fault']}")
        booster = estimator.fit(prepared).get_booster()
    finally:
        prepared.unpersist()
    model.load_model(booster.save_raw())
    return pipeline


def _prepare(
    preparation: Any, columns: Mapping[str, str], label: str, task: str, batches: Iterator[pd.DataFrame]
) -> Iterator[pd.DataFrame]:
    """Runs on Spark's workers: numbers to learn from, or what is wrong with a batch of rows."""
    for batch in filter(len, batches):
        labels = batch[label].to_numpy(dtype=float, na_value=np.nan)
        faults = template_of(task).find_label_faults(labels)
        try:
            features = preparation.transform(features_of(batch, columns))
        except DataError as error:
            yield pd.DataFrame({"features": [None], "label": np.nan, "fault": str(error)})
            continue
        yield pd.DataFrame(
            {"features": list(features), "label": labels, "fault": f"{label}: {faults}." if faults else None}
        )
