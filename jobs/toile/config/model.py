"""The model file: what one YAML file says about one model."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from toile.config.durations import Duration
from toile.config.metrics import REACH
from toile.config.names import EVENT_TIME
from toile.config.search import Search
from toile.config.section import NAIVE, Fraction, Name, Reference, Schedule, Section
from toile.config.task import Task
from toile.config.training_data import TrainingData


class Split(Section):
    by: Literal["event_time"] = "event_time"
    holdout: Duration = Field(default=timedelta(days=28), description="The last labelled stretch of time is held out.")
    unseen_entities: Fraction = Field(
        default=0.0,
        description="Share of entities, by hash, that are held out whole: none of their rows is trained on.",
    )


MAX_ROWS = 2_000_000
"""How many rows, training and held-out ones together, a job reads onto its own machine."""
Params = dict[str, int | float | str | bool]


class XGBoost(Section):
    """Gradient-boosted trees; `params` are those of XGBClassifier or XGBRegressor."""

    kind: Literal["xgboost"]
    params: Params = Field(default_factory=dict)
    distributed_above: int | None = Field(
        default=None,
        ge=1000,
        le=MAX_ROWS,
        description="With more training and held-out rows than this, Spark's workers fit the trees to all of them, and "
        "the rest goes by a sample that keeps to it; needs `spark_session: classic`. Without it too many rows are an "
        "error.",
    )


class SklearnTrainer(Section):
    """Any estimator of scikit-learn, or one that behaves like them."""

    kind: Literal["sklearn"]
    estimator: Reference = Field(description="Such as sklearn.ensemble:HistGradientBoostingRegressor")
    params: Params = Field(default_factory=dict)


class CustomTrainer(Section):
    """A squad's own training code."""

    kind: Literal["custom"]
    build: Reference = Field(description="(columns, seed, **params) -> estimator with fit and predict or predict_proba")
    params: Params = Field(default_factory=dict)


class LinearTrainer(Section):
    """Least squares with standard errors (toile.training.linear); for regression only."""

    kind: Literal["linear"]
    ridge: float = Field(default=0.0, ge=0, description="Penalty on the squared standardised coefficients.")
    solver: Literal["normal", "descent"] = "normal"
    slopes: dict[Name, Name] = Field(
        default_factory=dict, description="Number -> word: one slope of the number for each level of the word."
    )
    distributed_above: int = Field(
        default=MAX_ROWS,
        ge=1000,
        le=MAX_ROWS,
        description="With more training and held-out rows than this, Spark fits all of them in one pass, and the rest "
        "goes by a sample that keeps to it. `solver: descent` needs all rows here.",
    )


Trainer = Annotated[XGBoost | SklearnTrainer | CustomTrainer | LinearTrainer, Field(discriminator="kind")]


class _Gate(Section):
    metric: Name
    slice_by: Name | None = Field(default=None, description="Ask it of every value of this feature; all must pass.")
    min_rows: int = Field(default=200, ge=1, description="Slices with fewer held-out rows are shown, not judged.")


def _require_bounds(metric: str, low: float | None, high: float | None) -> None:
    if low is None and high is None:
        raise ValueError("give min, max, or both: without a limit it would always pass")
    if low is not None and high is not None and low > high:
        raise ValueError(f"min {low} is above max {high}")
    for name, limit in (("min", low), ("max", high)):
        reach = REACH.get(metric)
        if reach and limit is not None and not reach.lowest <= limit <= reach.highest:
            raise ValueError(f"{name} {limit:g} is out of reach: {metric} {reach}")


class Threshold(_Gate):
    """The metric itself lies within limits; on slices, its interval, wider the more there are, is not wholly beyond."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Threshold":
        _require_bounds(self.metric, self.min, self.max)
        return self


class _Comparison(_Gate):
    @model_validator(mode="after")
    def _comparable(self) -> "_Comparison":
        reach = REACH.get(self.metric)
        if reach and reach.better == "nearer to zero":
            raise ValueError(
                f"{self.metric} is not compared, for chance alone moves it off zero: bound it by min and max"
            )
        return self


class Superiority(_Comparison):
    """The whole paired interval of the candidate's advantage is above zero."""

    beats: Literal["naive", "baseline", "champion"]


class NonInferiority(_Comparison):
    """The low end of the paired interval of the candidate's advantage is above -margin."""

    no_worse_than: Literal["naive", "baseline", "champion"]
    margin: float = Field(gt=0)


class FairnessGap(_Gate):
    """Between the groups of one feature the metric differs by no more than this, best against worst."""

    max_gap: float = Field(gt=0)

    @model_validator(mode="after")
    def _between_groups(self) -> "FairnessGap":
        if self.slice_by is None:
            raise ValueError("max_gap compares groups: give slice_by, the feature whose values they are")
        return self


def _gate_tag(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    for key, tag in (
        ("beats", "superiority"),
        ("no_worse_than", "non_inferiority"),
        ("min", "threshold"),
        ("max", "threshold"),
        ("max_gap", "fairness_gap"),
    ):
        if key in keys:
            return tag
    return None


Gate = Annotated[
    Annotated[Threshold, Tag("threshold")]
    | Annotated[Superiority, Tag("superiority")]
    | Annotated[NonInferiority, Tag("non_inferiority")]
    | Annotated[FairnessGap, Tag("fairness_gap")],
    Discriminator(
        _gate_tag,
        custom_error_type="gate_without_rule",
        custom_error_message="a gate needs one of: min, max, beats, no_worse_than, max_gap",
    ),
]


def _require_champion_gate(gates: list[Gate]) -> list[Gate]:
    against = [getattr(gate, "beats", getattr(gate, "no_worse_than", None)) for gate in gates if not gate.slice_by]
    if "champion" not in against:
        raise ValueError(
            "no gate asks for the champion on all rows, so a worse model could replace it: add one such as "
            f"{{metric: {gates[0].metric}, no_worse_than: champion, margin: 0.02}}"
        )
    return gates


class Validation(Section):
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="Of every interval.")
    resamples: int = Field(default=1000, ge=200, le=20000, description="Bootstrap resamples, paired, by entity.")
    block: int | None = Field(
        default=None,
        ge=1,
        description="Of forecasts: how many consecutive periods are drawn together. Longer than the memory of shocks; "
        "default: the cube root of the number of held-out periods, rounded up, for shocks that fade within a few.",
    )
    seed: int = 0


class Scoring(Section):
    entities: Reference | None = Field(
        default=None,
        description="(sources, as_of) -> DataFrame[entity, *given]: whom to score. Of a model of one table these are "
        "its rows whose label is not due yet, and nothing is named here.",
    )
    gate: Name
    smoke_rows: int = Field(default=200, ge=1, le=10_000, description="Real rows that a new champion must score.")


class Drift(Section):
    psi: float = Field(default=0.2, gt=0, description="A feature has drifted at or above this PSI.")
    share: float = Field(default=0.3, gt=0, le=1, description="The data has drifted when this share of features has.")


class Performance(Section):
    """When late labels count as bad news."""

    metric: Name
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Performance":
        _require_bounds(self.metric, self.min, self.max)
        return self


class Monitoring(Section):
    drift: Drift = Field(default=Drift(), description="From where on features and scores count as drifted.")
    performance: Performance | None = Field(default=None, description="Limits for scores whose labels came late.")
    retrain_when: list[Literal["drift", "performance"]] = Field(
        default_factory=list, description="Which warnings ask for retraining."
    )
    retrain_at_most_every: Duration = Field(
        default=timedelta(days=28), description="How long after a retraining none is asked for."
    )
    sample_rows: int = Field(default=10_000, ge=100, le=50_000, description="Rows a side in the Evidently report.")


class Budget(Section):
    """What a model may cost in a month, in the currency of conf/prices.yaml; retraining heeds it, scoring never."""

    per_month: float = Field(gt=0, description="Above it, retraining that no person asked for is refused.")
    warn_at: float = Field(default=0.8, gt=0, le=1, description="From this share of it on, retraining warns.")


class Schedules(Section):
    train: Schedule | None = Field(default=None, description="When it is retrained, whatever monitoring says.")
    score: Schedule | None = Field(default=None, description="When it scores; a new champion scores at once.")
    monitor: Schedule | None = Field(
        default=None, description="When late labels are looked for; new scores are anyway."
    )


class ModelConfig(Section):
    """One model in production. Its domain and name come from the file's path: models/<domain>/<model>.yaml."""

    domain: Name
    name: Name
    owner: str = Field(description="A team of platform.yaml: alerts, access and cost go by it.")
    description: str = Field(min_length=10, description="What it answers, in a sentence; its DAGs and card show it.")
    limits: str = Field(default="", description="What the model must not be used for; printed on its card.")
    task: Task = Field(description="What is learnt: a class, a number, or series of numbers ahead.")
    entity: Name = Field(description="The column that names whom or what a row is about, such as customer_id.")
    training_data: TrainingData = Field(description="The rows to learn from, and their columns.")
    split: Split = Field(default=Split(), description="Which rows are held out to measure on.")
    trainer: Trainer = Field(description="What fits the model.")
    search: Search | None = Field(
        default=None, description="Looks for the trainer's parameters; without it they stand."
    )
    naive: str | None = Field(
        default=None,
        pattern=NAIVE,
        description="The naive rule: one feature's value; of a classification its rank, '-' for descending.",
    )
    gates: Annotated[list[Gate], AfterValidator(_require_champion_gate)] = Field(
        min_length=1,
        description="What a candidate must hold to become champion; the first one's metric is the key metric.",
    )
    slices: list[Name] = Field(default_factory=list, description="Features by whose values metrics are shown.")
    validation: Validation = Field(default=Validation(), description="How comparisons are made, and how sure they are.")
    scoring: Scoring = Field(description="Whom to score, and the data gate of their rows.")
    monitoring: Monitoring = Field(default=Monitoring(), description="What is watched, and what asks for retraining.")
    schedule: Schedules = Field(default=Schedules(), description="Timetables, where the environment keeps them.")
    approval: Literal["none", "required"] = Field(
        default="none", description="required: a person is asked before each promotion; rollbacks do not wait."
    )
    budget: Budget | None = Field(default=None, description="Asked for where compute costs money (docs/costs.md).")
    tags: list[str] = Field(default_factory=list, description="More tags for its DAGs.")

    @property
    def id(self) -> str:
        """`<domain>.<model>`."""
        return f"{self.domain}.{self.name}"

    @property
    def row_keys(self) -> list[str]:
        """The columns that tell rows apart: entity, event_time, and what the task adds."""
        return [self.entity, EVENT_TIME, *self.task.row_keys]
