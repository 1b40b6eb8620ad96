"""What has come of a demo: for each model its status or one line, the links, and what is missing."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from laptop.airflow_api import DagRun
from laptop.series import SERIES
from laptop.stack import Stack
from toile.config import ResolvedModel
from toile.config.names import STAGES, Names
from toile.contract import JobResult, Verdict
from toile.errors import InfrastructureError
from toile.store import open_store

STATUS = [sys.executable, "-m", "toile.cli", "status"]


@dataclass(frozen=True)
class Outcome:
    """What one model's series has led to.

    Attributes:
        model: its configuration.
        runs: all Dag runs of the demo, those of other models too.
        status: its object of `toile status`.
        validation: the result of its newest model validation; None where none has ended.
    """

    model: ResolvedModel
    runs: Sequence[DagRun]
    status: Mapping[str, Any]
    validation: JobResult | None

    @property
    def name(self) -> str:
        return self.model.config.id

    @property
    def refusal(self) -> JobResult | None:
        """The model validation that has left the model without a champion, where that is why it has none."""
        refused = self.validation is not None and self.validation.verdict is Verdict.REFUSED
        return self.validation if refused and not self.status["champion"] else None

    def shortcomings(self, *, may_be_refused: bool) -> list[str]:
        """What the series should have left and has not.

        Args:
            may_be_refused: Whether a candidate that model validation refuses is an outcome like another.
        """
        own = {Names(self.name).dag_id(stage): stage for stage in STAGES}
        runs = [run for run in self.runs if run.dag_id in own]
        found = [f"{own[run.dag_id]} {run.run_id} is {run.state}" for run in runs if run.state != "success"]
        if not (may_be_refused and self.refusal):
            never = [stage for dag_id, stage in own.items() if dag_id not in {run.dag_id for run in runs}]
            found += [f"{stage} has never run" for stage in never] + self._unfinished()
        return found

    def _unfinished(self) -> list[str]:
        found, status, series = [], self.status, SERIES[self.name]
        if not status["champion"]:
            dag_id = Names(self.name).dag_id("validate" if self.refusal else "register")
            why = "no candidate has passed model validation" if self.refusal else "none was promoted"
            found.append(f"there is no champion: {why}. The reasons are in the log of {dag_id}.")
        for done, count in (
            ("scored partitions", status["scores"]["partitions"]),
            ("drift reports", status["drift"]["reports"]),
        ):
            if count < series.scored_days:
                found.append(f"{count} {done}, not {series.scored_days}")
        if series.outlives(self.model.config.task.label_delay) and status["performance"]["reports"] < 1:
            found.append("no performance on late labels")
        return found

    def line(self, mlflow: str) -> str:
        """The model's outcome in one line; `mlflow` is the address of MLflow's pages."""
        if champion := self.status["champion"]:
            metric = self.model.config.gates[0].metric
            figures = {"": champion["metrics"], "baseline ": self.status["baseline"], "naive ": self.status["naive"]}
            told = ", ".join(f"{who}{_figure(known.get(metric))}" for who, known in figures.items())
            return f"{self.name}: champion v{champion['version']}, {metric} {told}"
        if refusal := self.refusal:
            return f"{self.name}: REFUSED, {refusal.reasons[0]} {_page(refusal, mlflow)}"
        return f"{self.name}: no conclusion"


def read_outcomes(stack: Stack, models: Iterable[ResolvedModel], runs: Sequence[DagRun]) -> list[Outcome]:
    """The outcome of each of these models, from `toile status` and the results of its model validations."""
    models = list(models)
    status = {known["model"]: known for known in _read_status(stack, [model.config.id for model in models])}
    return [Outcome(model, runs, status[model.config.id], _newest_validation(model)) for model in models]


def print_status(stack: Stack, models: Iterable[str]) -> None:
    """Prints the tables of `toile status`."""
    subprocess.run([*STATUS, *models], env=stack.environment, check=False)


def links(stack: Stack, models: Sequence[str]) -> str:
    """Where to look next."""
    registered = f"/{Names(models[0]).registered_model}" if len(models) == 1 else ""
    places = {
        "Models": f"{stack.url('airflow')}/plugin/models",
        "Airflow": f"{stack.url('airflow')}/dags",
        "MLflow": f"{stack.url('mlflow')}/#/models{registered}",
        "logs": stack.home / "logs",
        "again": "bin/toile status",
    }
    return "\n".join(f"  {name:<8} {place}" for name, place in places.items())


def _read_status(stack: Stack, models: Iterable[str]) -> list[dict[str, Any]]:
    command = [*STATUS, "--format", "json", *models]
    answer = subprocess.run(command, env=stack.environment, stdout=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        raise InfrastructureError(f"`toile status` failed with status {answer.returncode}.")
    models_told: list[dict[str, Any]] = json.loads(answer.stdout)
    return models_told


def _newest_validation(model: ResolvedModel) -> JobResult | None:
    store = open_store(model.environment.results)
    run_keys = {key.rpartition("/")[0] for key in store.keys(f"{model.config.id}/validate")}
    found = [JobResult.load(store, run_key) for run_key in run_keys]
    return max(filter(None, found), key=lambda result: result.finished_at, default=None)


def _page(result: JobResult, mlflow: str) -> str:
    """Where a browser finds the page of a result: under the run in MLflow that it is an artefact of."""
    artefact = result.outputs["report"].rpartition("/artifacts/")[2]
    return f"{mlflow}/{result.outputs['mlflow_run']}/artifacts/{artefact}"


def _figure(interval: Mapping[str, float] | None) -> str:
    return "{value:.3f} [{low:.3f}, {high:.3f}]".format(**interval) if interval else "unknown"
