"""Changes the champion: promotes a version that passed model validation, or rolls back to a former champion.

Parameters: `action` (promote | rollback), `version` (may be empty for rollback), `reason`, `actor`.
"""

from mlflow import MlflowClient

from toile.context import JobContext
from toile.contract import Fact, JobResult, Verdict
from toile.errors import ConfigError
from toile.evaluation.holdout import CANDIDATE as ACCEPTED
from toile.evaluation.interval import from_metrics
from toile.lock import exclusive
from toile.registry.facts import figures_of, in_short, note
from toile.registry.ledger import PROMOTE, ROLLBACK, Entry, Ledger
from toile.registry.promotion import Promotion
from toile.registry.tracking import connect, experiment_id
from toile.registry.versions import Version, Versions
from toile.scoring.smoke import prepare_smoke_test


def run(context: JobContext) -> JobResult:
    """Moves the alias, writes the ledger, and smoke-tests a new champion; a failed test undoes the promotion."""
    action = context.spec.parameters.get("action", PROMOTE)
    if action not in {PROMOTE, ROLLBACK}:
        raise ConfigError(f"job promote: action must be {PROMOTE} or {ROLLBACK}, not {action!r}.")
    client = connect(context.model.environment)
    versions = Versions(client, context.names.registered_model)
    ledger = Ledger(client, context.names.experiment, context.model.environment)
    lock = f"champion of {context.spec.model}"  # `toile rollback` and the register DAG must not cross

    actor, run_key = context.spec.parameters.get("actor") or "unknown", context.spec.run_key
    if action == PROMOTE:
        reason = context.spec.parameters.get("reason") or "passed model validation"
        version = versions.by_number(context.parameter("version"))
        with context.step("read model and rows"):
            smoke_test = prepare_smoke_test(context, version)
        with context.step("promote and smoke-test"), exclusive(lock, context.model.environment) as alone:
            change = Promotion(versions, ledger, alone).promote(
                version.number, smoke_test, config_digest=context.model.digest, reason=reason, actor=actor,
                run_key=run_key,
            )  # fmt: skip
    else:
        target, reason = context.spec.parameters.get("version"), context.parameter("reason")
        with context.step("roll back"), exclusive(lock, context.model.environment) as alone:
            change = Promotion(versions, ledger, alone).roll_back(target, reason=reason, actor=actor, run_key=run_key)
    champion = versions.by_number(change.champion) if change.champion else None
    for newest in ledger.entries()[:1]:
        _note(context, client, newest, champion)
    outputs = {"mlflow_run": champion.tags["toile.mlflow_run"]} if champion else {}
    if champion and action == PROMOTE and champion.number == context.spec.parameters["version"]:
        outputs["promoted"] = champion.number
    return context.result(
        Verdict.REFUSED if change.refusals else Verdict.PASSED,
        reasons=list(change.refusals),
        model_version=change.champion,
        mlflow_run_id=champion.mlflow_run_id if champion else None,
        outputs=outputs,
    )


def _note(context: JobContext, client: MlflowClient, change: Entry, champion: Version | None) -> None:
    """Tells who is champion since the newest change, and how good model validation found it."""
    experiment = experiment_id(client, context.names.experiment, context.model.environment)
    metric = context.model.config.gates[0].metric
    accepted = client.get_run(champion.mlflow_run_id).data.metrics if champion else {}
    fact = Fact(
        at=change.time,
        as_of=champion.trained_as_of if champion else None,
        verdict=change.action,
        version=champion.number if champion else None,
        metric=metric,
        figures=figures_of(from_metrics(accepted, [metric], f"{ACCEPTED}.")),
        reason=in_short([change.reason]),
        actor=change.actor,
        mlflow_run=champion.tags["toile.mlflow_run"] if champion else None,
    )
    note(client, experiment, "champion", fact)
