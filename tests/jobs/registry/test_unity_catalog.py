"""What a workspace's MLflow asks for; on a registry that refuses what Unity Catalog refuses."""

import re
from pathlib import Path
from shutil import copytree
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from toile.config import Conf, InvalidConfig, Names
from toile.home import REPOSITORY
from toile.registry.tracking import connect
from toile.registry.versions import CHAMPION, Versions

NAMES = Names.of("customer.repeat_purchase", Conf(REPOSITORY / "conf", "production").environment)


class StrictClient(MlflowClient):
    """Refuses names of fewer than three levels, tags with reserved characters, and searches by two conditions."""

    def create_registered_model(self, name: str, *arguments: Any, **options: Any) -> Any:
        assert len(name.split(".")) == 3
        return super().create_registered_model(name, *arguments, **options)

    def create_model_version(self, *arguments: Any, tags: dict[str, str], **options: Any) -> Any:
        assert not [name for name in tags if re.search(r"[.,\-=/:]", name)]
        return super().create_model_version(*arguments, tags=tags, **options)

    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:  # type: ignore[override]
        assert not re.search(r"[.,\-=/:]", key)
        super().set_model_version_tag(name, version, key, value)

    def search_model_versions(self, filter_string: str, **options: Any) -> Any:  # type: ignore[override]
        assert re.fullmatch("(name|run_id) = '[^']+'", filter_string)
        found = super().search_model_versions(filter_string, **options)
        for version in found:
            version._tags = {}
        return found


@pytest.fixture
def client(tmp_path: Path) -> StrictClient:
    address = f"sqlite:///{tmp_path}/mlflow.db"
    return StrictClient(address, address)


def test_versions_are_registered_found_and_judged(client: StrictClient) -> None:
    versions = Versions(client, NAMES.registered_model)
    mlflow_run = client.create_run(client.create_experiment("any")).info.run_id
    assert versions.by_run(mlflow_run) is None
    made = versions.register(f"runs:/{mlflow_run}/model", mlflow_run, {"toile.as_of": "2011-09-08"})
    versions.tag(made.number, validation="passed")
    versions.point(CHAMPION, made.number)
    for found in (versions.by_run(mlflow_run), versions.by_alias(CHAMPION)):
        assert found is not None
        assert found.tags == {"toile.as_of": "2011-09-08", "toile.validation": "passed"}


def test_a_workspace_has_three_level_models_and_absolute_experiments() -> None:
    assert NAMES.registered_model == "ml.customer.repeat_purchase"
    assert NAMES.experiment == "/Shared/toile/customer.repeat_purchase"
    local = Names.of("customer.repeat_purchase", Conf(REPOSITORY / "conf").environment)
    assert (local.registered_model, local.experiment) == ("customer.repeat_purchase",) * 2


def test_models_of_a_workspace_are_registered_in_unity_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # MLflow sets it when it is told an address
    try:
        connect(Conf(REPOSITORY / "conf", "production").environment)
        assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == ("databricks", "databricks-uc")
    finally:
        connect(Conf(REPOSITORY / "conf").environment)


def test_a_workspace_without_a_catalog_for_models_is_told(tmp_path: Path) -> None:
    conf = copytree(REPOSITORY / "conf", tmp_path / "conf")
    production = conf / "environments/production.yaml"
    production.write_text(production.read_text().replace("registry: ml\n", ""))
    with pytest.raises(InvalidConfig, match=r"production.yaml.*registry: MLflow of Databricks .* name the catalog"):
        Conf(conf, "production").require_foundation()
