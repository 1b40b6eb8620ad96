"""What a model's jobs last concluded, as tags of its experiment: one list call tells the state of every model."""

import math
from collections.abc import Iterable, Mapping

from mlflow import MlflowClient
from pydantic import TypeAdapter, ValidationError

from toile.contract import FACT, HISTORY, Fact, Figure
from toile.evaluation.holdout import CANDIDATE
from toile.evaluation.interval import Interval

LONGEST_REASON, LONGEST_HISTORY = 300, 24
_HISTORY = TypeAdapter(list[Fact])


def note(client: MlflowClient, experiment: str, name: str, fact: Fact) -> None:
    """Keeps a fact in place of the former one of that name; `experiment` is an id."""
    client.set_experiment_tag(experiment, f"{FACT}{name}", fact.tag())


def note_validation(client: MlflowClient, experiment: str, fact: Fact) -> None:
    """Keeps the fact of a model validation, and appends it to the last ones, where a version has one place."""
    note(client, experiment, "validate", fact)
    own = {CANDIDATE: fact.figures[CANDIDATE]} if CANDIDATE in fact.figures else {}
    brief = fact.model_copy(update={"figures": own, "reason": None, "report": None, "mlflow_run": None})
    former = _read_history(client.get_experiment(experiment).tags.get(HISTORY, "[]"))
    kept = [*(old for old in former if old.version != fact.version), brief][-LONGEST_HISTORY:]
    client.set_experiment_tag(experiment, HISTORY, f"[{','.join(one.tag() for one in kept)}]")


def figures_of(intervals: Mapping[str, Interval]) -> dict[str, Figure]:
    """Intervals as a fact carries them."""
    return _finite({name: (found.value, found.low, found.high) for name, found in intervals.items()})


def flat_figures(metrics: Mapping[str, float]) -> dict[str, Figure]:
    """Those of flat metrics that have no point in their names, with the ends of their intervals, if any."""
    return _finite(
        {
            name: tuple(metrics[f"{name}{end}"] for end in ("", ".low", ".high") if f"{name}{end}" in metrics)
            for name in metrics
            if "." not in name
        }
    )


def in_short(reasons: Iterable[str]) -> str | None:
    """The reasons in one line; their full text is in the report."""
    return "; ".join(reasons)[:LONGEST_REASON] or None


def _read_history(text: str) -> list[Fact]:
    """A new one where another release has left what this one cannot read: what is only shown stops no validation."""
    try:
        return _HISTORY.validate_json(text)
    except ValidationError:
        return []


def _finite(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """In six digits, without those that JSON cannot tell: a metric of too few rows is NaN."""
    return {
        name: tuple(float(f"{value:.6g}") for value in figure)
        for name, figure in figures.items()
        if all(map(math.isfinite, figure))
    }
