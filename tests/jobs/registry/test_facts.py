"""What jobs leave for the Models page, in a real MLflow."""

import json
from datetime import date
from pathlib import Path

import pytest
from mlflow import MlflowClient

from toile.config.platform import Environment
from toile.contract import FACT, HISTORY, MODEL_EXPERIMENT, Fact
from toile.registry.facts import LONGEST_HISTORY, flat_figures, note, note_validation
from toile.registry.tracking import connect, experiment_id

LONGEST_TAG = 5000  # of older servers and of workspaces; this one takes more


@pytest.fixture
def client(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return connect(environment)


def validation(version: int) -> Fact:
    figures = dict.fromkeys(("candidate", "champion", "baseline", "naive"), (0.712345, 0.698765, 0.734567))
    return Fact(
        as_of=date(2011, 9, 8), verdict="refused", version=str(version), metric="calibration_error", figures=figures,
        reason="x" * 300,
    )  # fmt: skip


def test_one_list_call_gives_the_newest_facts_and_the_last_validations_each_version_once(
    client: MlflowClient, environment: Environment
) -> None:
    experiment = experiment_id(client, "shop.alpha", environment)
    note(client, experiment, "score", Fact(version="1"))
    note(client, experiment, "score", Fact(version="2", figures={"rows": (10,)}))
    for version in (*range(1, LONGEST_HISTORY + 10), LONGEST_HISTORY):
        note_validation(client, experiment, validation(version))

    [(key, value)] = MODEL_EXPERIMENT.items()
    [found] = client.search_experiments(filter_string=f"tags.`{key}` = '{value}'")

    assert Fact.model_validate_json(found.tags[f"{FACT}score"]).figures == {"rows": (10,)}
    versions = [line.split('"')[0] for line in found.tags[HISTORY].split('"version":"')[1:]]
    assert len(versions) == len(set(versions)) == LONGEST_HISTORY
    assert versions[-1] == str(LONGEST_HISTORY)
    assert max(len(tag) for tag in found.tags.values()) < LONGEST_TAG


@pytest.mark.parametrize("left", ["{", '[{"version": "1", "figures": {"candidate": [null]}}]', '{"facts": []}'])
def test_a_history_that_cannot_be_read_is_begun_anew(left: str, client: MlflowClient, environment: Environment) -> None:
    experiment = experiment_id(client, "shop.alpha", environment)
    client.set_experiment_tag(experiment, HISTORY, left)
    note_validation(client, experiment, validation(2))

    told = client.get_experiment(experiment).tags[HISTORY]
    assert [fact["version"] for fact in json.loads(told)] == ["2"]


def test_an_interval_stays_one_and_what_is_no_number_or_of_a_single_feature_is_left_to_the_report() -> None:
    metrics = {
        "roc_auc": 0.7, "roc_auc.low": 0.65, "roc_auc.high": 0.75, "max_psi": 0.123456789, "psi.age": 0.1,
        "pr_auc": 0.5, "pr_auc.low": float("nan"), "pr_auc.high": float("inf"),
    }  # fmt: skip

    assert flat_figures(metrics) == {"roc_auc": (0.7, 0.65, 0.75), "max_psi": (0.123457,)}
