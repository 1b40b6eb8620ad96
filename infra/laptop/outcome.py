"""What has come of a demo: the status table, the links, and what is missing."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from laptop.airflow_api import DagRun
from laptop.series import MODEL, SERIES
from laptop.stack import Stack
from toile.config.names import STAGES, Names
from toile.errors import InfrastructureError

STATUS = [sys.executable, "-m", "toile.cli", "status"]


def shortcomings(runs: Sequence[DagRun], model: dict[str, Any]) -> list[str]:
    """What the series should have left and has not; `model` is the model's object of `toile status`."""
    found = [f"{run.dag_id} {run.run_id} is {run.state}" for run in runs if run.state != "success"]
    ran = {run.dag_id for run in runs}
    found += [f"{stage} has never run" for stage in STAGES if Names(MODEL).dag_id(stage) not in ran]
    if not model["champion"]:
        reasons = f"The reasons are in the log of {Names(MODEL).dag_id('validate')}."
        found.append(f"there is no champion: no candidate has passed model validation. {reasons}")
    # The first champion scores by itself, then each step that asks for scores; each is monitored.
    scored = 1 + sum(step.stage == "score" for step in SERIES)
    if model["scores"]["partitions"] < scored:
        found.append(f"{model['scores']['partitions']} scored partitions, not {scored}")
    if model["drift"]["reports"] < scored:
        found.append(f"{model['drift']['reports']} drift reports, not {scored}")
    if model["performance"]["reports"] < 1:
        found.append("no performance on late labels")
    return found


def print_status(stack: Stack) -> None:
    """Prints the table of `toile status`."""
    subprocess.run(STATUS, env=stack.environment, check=False)


def read_status(stack: Stack) -> dict[str, Any]:
    """The model's object of `toile status --format json`."""
    answer = subprocess.run([*STATUS, "--format", "json"], env=stack.environment, stdout=subprocess.PIPE, check=False)
    if not answer.stdout:  # it also ends with 1 where another model's file is broken, and tells the rest
        raise InfrastructureError(f"`toile status` failed with status {answer.returncode}.")
    models: list[dict[str, Any]] = json.loads(answer.stdout)
    return next(model for model in models if model["model"] == MODEL)


def links(stack: Stack) -> str:
    """Where to look next."""
    places = {
        "Airflow": f"{stack.url('airflow')}/dags",
        "MLflow": f"{stack.url('mlflow')}/#/models/{Names(MODEL).registered_model}",
        "logs": stack.home / "logs",
        "again": "bin/toile status",
    }
    return "\n".join(f"  {name:<8} {place}" for name, place in places.items())
