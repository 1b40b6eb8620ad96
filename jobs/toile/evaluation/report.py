"""The record of one model validation: everything that was measured, judged and concluded."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from toile.config.metrics import OF_QUANTILES
from toile.config.model import ModelConfig
from toile.contract import Verdict
from toile.evaluation.backtest import Moment, trace_periods
from toile.evaluation.bootstrap import Evaluation
from toile.evaluation.curves import Curves, draw_curves
from toile.evaluation.gates import GateOutcome, judge_gates
from toile.evaluation.holdout import BASELINE, CANDIDATE, MODELS, Holdout
from toile.evaluation.importance import Importance
from toile.evaluation.interval import Interval, signed
from toile.evaluation.slices import Slice, evaluate_slices


class SliceReport(BaseModel):
    """How the models do on the rows in which a feature has one value."""

    model_config = ConfigDict(frozen=True)

    feature: str
    value: str
    rows: int
    entities: int
    mean_label: float
    metrics: dict[str, dict[str, Interval]]


class ValidationReport(BaseModel):
    """One model validation. `metrics` are model -> metric -> interval; `advantages` reference -> metric -> interval.

    A metric that is undefined on the rows is absent. Advantages are the candidate's, positive where it is better.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    task: str
    candidate: str
    champion: str | None
    naive_rule: str
    rows: int
    entities: int
    periods: int | None = Field(default=None, description="Of time, whose blocks were resampled with the entities.")
    mean_label: float
    first: datetime | None
    last: datetime | None
    confidence: float
    resamples: int
    primary_metric: str
    metrics: dict[str, dict[str, Interval]]
    advantages: dict[str, dict[str, Interval]]
    gates: list[GateOutcome]
    slices: list[SliceReport]
    curves: dict[str, Curves]
    backtest: list[Moment] = Field(default_factory=list, description="The primary metric, period by period.")
    importance: list[Importance] = Field(default_factory=list, description="Of the candidate, for the primary metric.")
    verdict: Verdict
    reasons: list[str]
    notes: list[str]


def validate_candidate(
    holdout: Holdout, config: ModelConfig, *, candidate: str, champion: str | None
) -> ValidationReport:
    """Judges the candidate by the model's gates on the held-out rows.

    `candidate` and `champion` are model versions; without a champion the gates that name it pass. The holdout carries
    the predictions of `candidate`, `baseline`, `naive` and, where there is one, `champion`.
    """
    problems = {model: "no predictions" for model in MODELS[: 1 + bool(champion)] if model not in holdout.predictions}
    problems |= holdout.check()
    sound = [model for model in MODELS if model in holdout.predictions and model not in problems]
    holdout = holdout.only(sound)
    features = dict.fromkeys([*filter(None, (gate.slice_by for gate in config.gates)), *config.slices])
    known = [feature for feature in features if feature in holdout.features]
    whole, slices = evaluate_slices(holdout, known, config.validation)
    gates = judge_gates(config.gates, whole, slices, problems, has_champion=champion is not None)
    refusals = [_sentence(outcome) for outcome in gates if not outcome.passed]
    references = [model for model in sound if model != CANDIDATE]
    return ValidationReport(
        model=config.id,
        task=config.task.kind,
        candidate=candidate,
        champion=champion,
        naive_rule=config.naive or holdout.task.default_rule,
        rows=holdout.rows,
        entities=holdout.entities,
        periods=holdout.periods,
        mean_label=holdout.mean_label,
        first=holdout.first,
        last=holdout.last,
        confidence=config.validation.confidence,
        resamples=config.validation.resamples,
        primary_metric=config.gates[0].metric,
        metrics={model: whole.evaluation.metrics(model) for model in sound},
        advantages={model: whole.evaluation.advantages(CANDIDATE, model) for model in references},
        gates=gates,
        slices=[_report_slice(part, sound) for part in slices],
        curves={model: draw_curves(holdout.label, holdout.predictions[model]) for model in sound},
        backtest=trace_periods(holdout, config.gates[0].metric),
        verdict=Verdict.REFUSED if refusals else Verdict.PASSED,
        reasons=refusals,
        notes=[*_notes(config, whole.evaluation, problems), *([] if refusals else _simpler(config, whole.evaluation))],
    )


def _report_slice(part: Slice, models: list[str]) -> SliceReport:
    return SliceReport(
        feature=str(part.feature),
        value=str(part.value),
        rows=part.holdout.rows,
        entities=part.holdout.entities,
        mean_label=part.holdout.mean_label,
        metrics={model: part.evaluation.metrics(model) for model in models},
    )


def _sentence(outcome: GateOutcome) -> str:
    where = f" for {outcome.slice_by} {outcome.slice_value}" if outcome.slice_value else ""
    return f"{outcome.gate}{where}: {outcome.reason}"


def _notes(config: ModelConfig, evaluation: Evaluation, problems: dict[str, str]) -> list[str]:
    notes = [f"The {model} was not measured: {problem}." for model, problem in problems.items()]
    if evaluation.one_label:
        notes.append(
            f"{evaluation.one_label:,} of {config.validation.resamples:,} resamples held one label only; "
            "metrics that are undefined there leave them out."
        )
    known = evaluation.metrics(CANDIDATE)
    unasked = () if evaluation.task.levels(config.task) else OF_QUANTILES
    missing = [name for name in evaluation.task.metrics if name not in known and name not in unasked]
    undefined = [evaluation.task.title(name) for name in missing]
    if undefined and CANDIDATE not in problems:
        notes.append(f"Undefined on these rows: {', '.join(undefined)}.")
    return notes


def _simpler(config: ModelConfig, evaluation: Evaluation) -> list[str]:
    """A word where the transparent baseline is as good; it refuses nothing."""
    metric = config.gates[0].metric
    over_baseline = evaluation.advantage(CANDIDATE, BASELINE, metric)
    if over_baseline is None or over_baseline.low > 0:
        return []
    shown = f"{evaluation.task.title(metric)} {signed(over_baseline)}"
    if over_baseline.high < 0:
        found = f"Take the simpler model: the candidate is significantly worse than the baseline ({shown})."
    else:
        found = f"The simpler model would do: the candidate is not significantly better than the baseline ({shown})."
    return [f"{found} It is one line of the model file: {evaluation.task.baseline_trainer}."]
