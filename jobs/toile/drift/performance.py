"""How good past scores were, once their labels are known."""

import pandas as pd
from pydantic import BaseModel, ConfigDict

from toile.config.model import Performance, Validation
from toile.contract import Verdict
from toile.errors import DataError
from toile.evaluation.bootstrap import evaluate
from toile.evaluation.holdout import CHAMPION, Holdout
from toile.evaluation.interval import Interval, to_metrics
from toile.tasks.predictions import Predictions
from toile.tasks.template import Template

MIN_LABELLED = 0.9


class PerformanceReport(BaseModel):
    """How good scores were whose labels have arrived; a metric that is undefined on the rows has no interval."""

    model_config = ConfigDict(frozen=True)

    scored: int
    rows: int
    """Those of the scored rows whose labels are known."""
    entities: int
    mean_label: float
    intervals: dict[str, Interval]
    verdict: Verdict
    reasons: list[str]

    def metrics(self) -> dict[str, float]:
        """Every metric, and the ends of its interval as `<metric>.low` and `<metric>.high`."""
        return to_metrics(self.intervals)


def judge_performance(
    task: Template,
    rows: pd.DataFrame,
    performance: Performance | None,
    validation: Validation,
    *,
    entity: str,
    label: str,
    period: str | None = None,
) -> PerformanceReport:
    """Measures the scores against their labels, which are null where they are not known.

    Warns when the metric's value, not its interval, is out of bounds, and when too few labels are known to tell.

    Raises:
        DataError: there are no labelled rows, or a score is missing.
    """
    scored, rows = len(rows), rows.dropna(subset=[label])
    predictions = {CHAMPION: Predictions.from_frame(rows)}
    holdout = Holdout.from_frame(task, rows, predictions, entity=entity, label=label, period=period)
    for problem in holdout.check().values():
        raise DataError(f"late labels: {problem}.")
    intervals = evaluate(holdout, validation).metrics(CHAMPION)
    reasons = _judge(task, performance, intervals) if performance else []
    if holdout.rows < MIN_LABELLED * scored:
        reasons.append(f"labels are known for {holdout.rows:,} of {scored:,} scored rows only: the rest may differ.")
    return PerformanceReport(
        scored=scored,
        rows=holdout.rows,
        entities=holdout.entities,
        mean_label=holdout.mean_label,
        intervals=intervals,
        verdict=Verdict.WARNED if reasons else Verdict.PASSED,
        reasons=reasons,
    )


def _judge(task: Template, performance: Performance, intervals: dict[str, Interval]) -> list[str]:
    title, interval = task.title(performance.metric), intervals.get(performance.metric)
    if interval is None:
        return [f"{title} is undefined on the rows whose labels have arrived."]
    if performance.min is not None and interval.value < performance.min:
        return [f"{title} is {interval}, below {performance.min:g}."]
    if performance.max is not None and interval.value > performance.max:
        return [f"{title} is {interval}, above {performance.max:g}."]
    return []
