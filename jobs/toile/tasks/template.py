"""What a kind of task must know of itself; everything else of a model's life is the same for all."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from toile.config import ResolvedModel
from toile.config.metrics import METRICS, Sense
from toile.config.task import Task
from toile.tasks.predictions import Array, Predictions

if TYPE_CHECKING:  # estimators that serve are unpickled where there is no Spark
    from pyspark.sql import DataFrame

    from toile.features.sources import AsOfSources
    from toile.features.window import Window

Measure = Callable[[Array], Array]
"""Weights of shape (rows, resamples) -> one value per resample, NaN where the metric is undefined."""

Refinement = Callable[[Any, Predictions, Array], Any]
"""(estimator, word of its like that knew earlier rows alone on the newest rows, their labels) -> refined estimator."""


def ratio(above: Array, below: Array) -> Array:
    """Quotients, NaN where there is nothing to divide by."""
    quotient: Array = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return quotient


@dataclass(frozen=True)
class Metric:
    """A metric as people read it, and how it is prepared once per model."""

    title: str
    prepare: Callable[[Array, Predictions], Measure]
    needs_both_classes: bool = False
    scaled: bool = False
    """Errors count in units of each row's scale (`Template.scale_of`)."""

    def measure(self, label: Array, predictions: Predictions, scale: Array | None = None) -> Measure:
        """The metric, made ready for many resamples; undefined where it needs a scale and there is none."""
        if not self.scaled:
            return self.prepare(label, predictions)
        if scale is None:
            return undefined
        return self.prepare(label / scale, predictions.over(scale))


def undefined(weights: Array) -> Array:
    """The measure of what these rows cannot tell."""
    return np.full(weights.shape[1], np.nan)


class Template(ABC):
    """One task: its labels, its estimators' answers, its metrics and its pictures."""

    kind: str
    metrics: Mapping[str, Metric]
    predict_function: str
    """The estimator's method that answers, and MLflow's `pyfunc_predict_fn`."""
    default_rule: str = "the prior"
    """The naive rule, in words, of a model whose file names none."""
    baseline_trainer: str
    """The line of a model file that makes the baseline the model."""

    def title(self, metric: str) -> str:
        """The metric as people read it."""
        return self.metrics[metric].title

    def sense(self, metric: str) -> Sense:
        """What is better."""
        return METRICS[self.kind][metric].better

    def merit(self, metric: str, values: Array) -> Array:
        """The metric's values turned so that more is better."""
        sense = self.sense(metric)
        return values if sense == "higher" else -values if sense == "lower" else -np.abs(values)

    def label_rows(self, model: ResolvedModel, sources: "AsOfSources", window: "Window") -> "DataFrame":
        """`[entity, event_time, label]` of the window, with the row keys and the features that the task adds."""
        from toile.features.entities import labelled_entities

        return labelled_entities(model, sources, window)

    def rows_at(self, model: ResolvedModel, entities: "DataFrame", sources: "AsOfSources") -> "DataFrame":  # noqa: ARG002
        """The same without a label for `entities[entity, event_time]`, whose event_time is the sources' date."""
        return entities

    @abstractmethod
    def find_label_faults(self, labels: Array) -> str:
        """Why these labels, NaN where one is missing, are none of this task's; empty where they are."""

    @abstractmethod
    def find_value_faults(self, values: Array) -> str:
        """Why no model of this task can have answered so; empty where it can."""

    def predict(self, estimator: Any, features: pd.DataFrame) -> Predictions:
        """The estimator's word on each row."""
        return self.read_answer(getattr(estimator, self.predict_function)(features))

    @abstractmethod
    def read_answer(self, answer: Any) -> Predictions:
        """What the estimator, or the model that MLflow serves, answers.

        Raises:
            ValueError: the answer has another shape.
        """

    scale_columns: Sequence[str] = ()
    """What `scale_of` reads."""

    def scale_of(self, rows: pd.DataFrame) -> Array | None:  # noqa: ARG002
        """How large errors are to be expected on each row, for metrics that are `scaled`; None where nobody knows."""
        return None

    def levels(self, task: Task) -> list[float]:  # noqa: ARG002
        """Of which quantiles its models speak besides the value."""
        return []

    def refinement(self, task: Task) -> Refinement | None:  # noqa: ARG002
        """What only newer rows can teach a fitted estimator, such as how far off it is; None where nothing is asked."""
        return None

    @abstractmethod
    def apply_rule(self, rows: pd.DataFrame, rule: str | None, prior: float) -> Predictions:
        """The naive rule's word; `prior` is the mean label of the training rows."""

    @abstractmethod
    def build_baseline(self, columns: Mapping[str, str], seed: int) -> Any:
        """The transparent reference, which every candidate is compared with."""

    @abstractmethod
    def refuse_training(self, rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> list[str]:
        """Why nothing can, or nothing must, be learnt from these rows: one sentence each."""

    @abstractmethod
    def rank_alone(self, rows: pd.DataFrame, label: str, columns: Mapping[str, str]) -> dict[str, float]:
        """How well each feature by itself ranks the label, 1 being perfectly; those hardly known are not in it."""

    @abstractmethod
    def describe_labels(self, mean: float) -> dict[str, str]:
        """The labels' mean under a name and in a form that people read."""
