"""The on-call page of a DAG: what its stage does, then what this model adds to it."""

from toile.config import ResolvedModel
from toile.config.durations import format_duration
from toile.config.model import FairnessGap, Gate, NonInferiority, Superiority
from toile.config.stages import cron_of

_CRONLESS = "when its asset event comes, or by hand"


def on_call_page(model: ResolvedModel, stage: str, page: str) -> str:
    """Markdown for whoever is on call; `page` is the stage's general part, the docstring of its DAG file."""
    config, team = model.config, model.platform.teams[model.config.owner]
    cron = cron_of(model, stage)
    facts = [
        f"**Owner**: {config.owner}, {team.contact}; alerts go to {', '.join(team.alerts)}",
        f"**Runs**: `{cron}` (UTC), and {_CRONLESS}" if cron else f"**Runs**: {_CRONLESS}",
        f"**Configured in**: `{model.file}`, digest `{model.digest}`, environment `{model.environment.name}`",
        *_particulars(model, stage),
    ]
    return "\n\n".join(
        [
            page.strip(),
            f"## {config.id}",
            config.description,
            "\n".join(f"- {fact}" for fact in facts),
            f"`toile history {config.id}` tells who became champion, when and why. "
            f'`toile rollback {config.id} --reason "..."` restores the former champion.',
        ]
    )


def gate_in_words(gate: Gate) -> str:
    """One gate as a sentence would say it: `roc_auc beats naive`."""
    if isinstance(gate, FairnessGap):
        return f"{gate.metric} differs by at most {gate.max_gap:g} between the values of {gate.slice_by}"
    if isinstance(gate, Superiority):
        rule = f"beats {gate.beats}, the whole paired interval above zero"
    elif isinstance(gate, NonInferiority):
        rule = f"no worse than {gate.no_worse_than} by more than {gate.margin:g}"
    else:
        limits = [("at least", gate.min), ("at most", gate.max)]
        rule = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
    slices = f", for every {gate.slice_by} of {gate.min_rows} rows or more" if gate.slice_by else ""
    return f"{gate.metric} {rule}{slices}"


def _particulars(model: ResolvedModel, stage: str) -> list[str]:
    return {"train": _train, "validate": _validate, "register": _register, "score": _score, "monitor": _monitor}[stage](
        model
    )


def _train(model: ResolvedModel) -> list[str]:
    data = model.config.training_data
    return [
        f"**Data gate**: {_suite(model, data.gate)}",
        f"**Data**: {format_duration(data.window)} of labelled rows, features {', '.join(model.feature_origins)}",
        f"**Trainer**: {model.config.trainer.kind}, the last {format_duration(model.config.split.holdout)} held out",
    ]


def _validate(model: ResolvedModel) -> list[str]:
    return [f"**Gate**: {gate_in_words(gate)}" for gate in model.config.gates]


def _register(model: ResolvedModel) -> list[str]:
    approvals = {
        "required": "a promotion waits for a person under *Required Actions*; a rollback does not wait",
        "none": "none; a challenger is promoted at once",
    }
    return [
        f"**Approval**: {approvals[model.config.approval]}",
        f"**Smoke test**: {model.config.scoring.smoke_rows} real rows",
    ]


def _score(model: ResolvedModel) -> list[str]:
    return [f"**Data gate**: {_suite(model, model.config.scoring.gate)}"]


def _monitor(model: ResolvedModel) -> list[str]:
    monitoring = model.config.monitoring
    drift = monitoring.drift
    retrain = " or ".join(monitoring.retrain_when) or "nothing"
    return [
        f"**Drift**: PSI of {drift.psi:g} or more in {drift.share:.0%} of the features",
        f"**Labels**: known {format_duration(model.config.task.label_delay)} late; performance is told after that",
        f"**Asks for retraining** on {retrain}, at most every {format_duration(monitoring.retrain_at_most_every)}",
    ]


def _suite(model: ResolvedModel, name: str) -> str:
    suite = model.suites[name]
    blocking = sum(expectation.severity == "block" for expectation in suite.expectations)
    return (
        f"`{name}`, {len(suite.expectations)} expectations, {blocking} of them blocking; "
        f"refused too when more than {suite.max_quarantined:.0%} of the rows are quarantined"
    )
