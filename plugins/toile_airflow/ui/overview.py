"""One line of the Models page for each model that a user may see, from conf/, Airflow's runs and MLflow's facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from markupsafe import Markup

from toile.config import Names, ResolvedModel
from toile.config.names import STAGES
from toile.contract import Fact
from toile_airflow.ui.configured import Configured
from toile_airflow.ui.readiness import Case, Point, judge, level_of
from toile_airflow.ui.sparkline import draw_history
from toile_airflow.ui.stages import Stage
from toile_airflow.ui.tracking import Known

STATES = {
    "broken": "file has mistakes",
    "failing": "failed or refused",
    "unknown": "not known",
    "waiting": "no champion yet",
    "warned": "warned",
    "well": "all well",
}
"""What the filter knows, the most urgent first; a model has the first that holds."""


@dataclass(frozen=True)
class Card:
    """All that the page tells of one model."""

    model_id: str
    model: ResolvedModel | None
    problems: tuple[str, ...]
    stages: Mapping[str, Stage]
    known: Known
    points: list[Point] = field(default_factory=list)

    @property
    def domain(self) -> str:
        return self.model_id.partition(".")[0]

    @property
    def owner(self) -> str:
        return self.model.config.owner if self.model else ""

    @property
    def description(self) -> str:
        return self.model.config.description if self.model else ""

    @cached_property
    def level(self) -> str:
        """Empty where not even the first is reached, or where nobody knows."""
        return "" if self.known.silent else level_of(self.points)

    @property
    def absent(self) -> str:
        """What is said in the place of a fact that is not there."""
        return "not known" if self.known.silent else "none yet"

    @property
    def missing(self) -> list[Point]:
        return [point for point in self.points if point.met is False]

    @property
    def unknown(self) -> list[Point]:
        return [point for point in self.points if point.met is None]

    @property
    def champion(self) -> Fact | None:
        return self.known.champion

    @property
    def gates(self) -> dict[str, Fact]:
        """The last data gate by purpose."""
        found = {purpose: self.known.fact(f"gate.{purpose}") for purpose in ("training", "scoring")}
        return {purpose: fact for purpose, fact in found.items() if fact}

    @property
    def last_gate(self) -> Fact | None:
        return max(self.gates.values(), key=lambda fact: fact.at, default=None)

    @property
    def performance(self) -> tuple[str, tuple[float, ...]] | None:
        """The metric that has limits, else the first gate's, of scores whose labels came late."""
        fact = self.known.fact("performance")
        if fact is None or self.model is None:
            return None
        limits = self.model.config.monitoring.performance
        metric = limits.metric if limits else self.model.config.gates[0].metric
        return (metric, fact.figures[metric]) if fact.figures.get(metric) else None

    @property
    def history(self) -> Markup:
        return draw_history(self.known.history, self.champion.version if self.champion else None)

    @property
    def spent(self) -> tuple[float, str] | None:
        """What it has cost in the current month, and the currency; None where compute costs nothing."""
        fact = self.known.fact("cost")
        if fact is None or not fact.figures:
            return None
        currency, (spent, *_) = next(iter(fact.figures.items()))
        today = datetime.now(UTC).date()
        return (spent if fact.as_of and _month(fact.as_of) == _month(today) else 0.0), currency

    @property
    def budget_share(self) -> float | None:
        budget = self.model.config.budget if self.model else None
        return self.spent[0] / budget.per_month if self.spent and budget else None

    @cached_property
    def state(self) -> str:
        verdicts = {fact.verdict for name, fact in self.known.facts.items() if name not in {"champion", "validate"}}
        if self.problems:
            return "broken"
        if "failed" in {stage.state for stage in self.stages.values()} or "refused" in verdicts:
            return "failing"
        if self.known.silent:
            return "unknown"
        if self.champion is None:
            return "waiting"
        return "warned" if "warned" in verdicts else "well"


def is_visible(model_id: str, stages: Mapping[str, Stage], readable: set[str]) -> bool:
    """Whether Airflow has DAGs of this model and the user may read all of them."""
    own = [dag_id for dag_id in dag_ids(model_id) if dag_id in stages]
    return bool(own) and readable.issuperset(own)


def card_of(
    model_id: str, configured: Configured, stages: Mapping[str, Stage], known: Mapping[str, Known] | None
) -> Card:
    """The card of a model that is configured, rightly or with mistakes; `known` is None where MLflow is silent."""
    names, model = Names(model_id), configured.models.get(model_id)
    own = {stage: stages[names.dag_id(stage)] for stage in STAGES if names.dag_id(stage) in stages}
    if model is None:
        problems = tuple(str(problem) for problem in configured.broken[model_id].problems)
        return Card(model_id, None, problems, own, Known())
    silent = Known(silent=True)
    about = silent if known is None else known.get(Names.of(model_id, model.environment).experiment, Known())
    return Card(model_id, model, (), own, about, judge(Case(model, about, configured)))


def choices(cards: Iterable[Card], field_name: str) -> list[str]:
    """What a filter offers: each value once, sorted."""
    return sorted({str(getattr(card, field_name)) for card in cards if getattr(card, field_name)})


def dag_ids(model_id: str) -> list[str]:
    """Of every DAG that Airflow may have of this model."""
    return [*map(Names(model_id).dag_id, STAGES), Names(model_id).config_error_dag_id]


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
