"""Trials of a search in a real MLflow."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from toile.config.platform import Environment
from toile.registry.searches import REPORT, log_search
from toile.registry.tracking import KIND, RUN_KEY, connect, experiment_id
from toile.training.search import SearchReport, Trial

TRIALS = [
    Trial(params={"depth": 3, "rate": 0.1}, value=0.4, merit=-0.4, seconds=1.5),
    Trial(params={"depth": 9, "rate": 0.2}, seconds=0.5, failure="ValueError: too deep"),
]
FOUND = SearchReport(metric="wape", folds=3, trials=TRIALS, params=TRIALS[0].params)


@pytest.fixture
def client(tmp_path: Path, environment: Environment) -> Iterator[MlflowClient]:
    patch = pytest.MonkeyPatch()
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    yield connect(environment)
    patch.undo()


def log(experiment: str, run_key: str, client: MlflowClient, report: SearchReport) -> Run:
    with mlflow.start_run(experiment_id=experiment, tags={RUN_KEY: run_key, KIND: "train"}) as parent:
        log_search(client, parent, report)
    return parent


def test_a_second_try_leaves_each_trial_once_below_its_own_run_and_those_of_others_alone(
    client: MlflowClient, environment: Environment
) -> None:
    experiment = experiment_id(client, "shop.demand", environment)
    other = log(experiment, "other", client, FOUND.model_copy(update={"trials": TRIALS[:1]}))
    log(experiment, "key", client, FOUND)
    parent = log(experiment, "key", client, FOUND)
    runs = client.search_runs([experiment], f"tags.`{KIND}` = 'trial'", order_by=["attributes.start_time"])
    parents = [run.data.tags[MLFLOW_PARENT_RUN_ID] for run in runs]
    assert sorted(parents) == sorted([other.info.run_id, *2 * [parent.info.run_id]])
    first, second = sorted((run for run in runs if run.data.tags[RUN_KEY] == "key"), key=lambda run: run.info.run_name)
    assert (first.info.run_name, first.info.status, first.data.params) == (
        "trial 0", "FINISHED", {"depth": "3", "rate": "0.1"},
    )  # fmt: skip
    assert first.data.metrics == {"wape": 0.4, "seconds": 1.5}
    assert (second.info.status, second.data.metrics) == ("FAILED", {"seconds": 0.5})
    assert second.data.tags["toile.failure"] == "ValueError: too deep"
    told = mlflow.artifacts.load_text(f"{parent.info.artifact_uri}/{REPORT}")
    assert SearchReport.model_validate_json(told) == FOUND
