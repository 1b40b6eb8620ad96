"""Registered versions of a model, found by alias or by run key, never by being the latest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from toile.errors import DataError

CANDIDATE, CHALLENGER, CHAMPION = "candidate", "challenger", "champion"
NOBODY = "none"
"""What a version was validated against while there was no champion."""
CANDIDATE_MODEL, BASELINE_MODEL = "model", "baseline"
DISTRIBUTED = "toile.distributed"
"""The tag of runs and versions that says, where Spark's workers fitted the candidate, what went by a sample."""
VALIDATION = "validation"
SETTINGS = f"{VALIDATION}/settings.json"
REFERENCE_PROFILE = f"{VALIDATION}/reference_profile.json"
_PREFIX, _STORED_PREFIX = "toile.", "toile_"
"""Unity Catalog refuses points in the names of a version's tags (mlflow/recipes-examples#58)."""
_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


@dataclass(frozen=True)
class Version:
    """One registered version and where its training rows lie."""

    number: str
    mlflow_run_id: str
    tags: Mapping[str, str]

    @property
    def trained_as_of(self) -> date:
        return date.fromisoformat(self.tags["toile.as_of"])

    @property
    def rows_version(self) -> int:
        """Delta version of the table of training rows that it was trained and validated on."""
        return int(self.tags["toile.rows_version"])

    def objections(self, champion: str | None, config_digest: str) -> list[str]:
        """Why model validation does not speak for promoting it now; nothing where it does.

        A verdict holds against the champion and for the configuration that it was reached with, and no others.
        """
        verdict = self.tags.get("toile.validation", "not validated yet")
        if verdict not in {"passed", "warned"}:
            return [f"version {self.number} did not pass model validation: {verdict}"]
        against, now = self.tags.get("toile.validated_against"), champion or NOBODY
        stale = []
        if against != now:
            stale.append(f"version {self.number} was compared with champion {against}, but the champion is now {now}")
        if self.tags.get("toile.validated_with") != config_digest:
            stale.append(f"the configuration changed since version {self.number} was validated")
        return [f"{reason}. Validate version {self.number} again." for reason in stale]


class Versions:
    """The versions of one registered model."""

    def __init__(self, client: MlflowClient, registered_model: str) -> None:
        self._client, self._name = client, registered_model

    def by_alias(self, alias: str) -> Version | None:
        """The version that an alias points to."""
        try:
            return _version(self._client.get_model_version_by_alias(self._name, alias))
        except MlflowException as error:
            if error.error_code in _ABSENT:
                return None
            raise

    def by_number(self, number: str) -> Version:
        """The version of this number.

        Raises:
            DataError: there is none.
        """
        try:
            return _version(self._client.get_model_version(self._name, number))
        except MlflowException as error:
            if error.error_code in _ABSENT:
                raise DataError(f"{self._name} has no version {number!r}.") from error
            raise

    def by_run(self, mlflow_run_id: str) -> Version | None:
        """The version that was registered from this run."""
        # Unity Catalog searches by one condition only, and what it finds has no tags.
        found = self._client.search_model_versions(f"run_id = '{mlflow_run_id}'")
        numbers = [str(version.version) for version in found if version.name == self._name]
        return self.by_number(numbers[0]) if numbers else None

    def register(self, model_uri: str, mlflow_run_id: str, tags: dict[str, str]) -> Version:
        """A new version of what was logged under `model_uri`."""
        try:
            self._client.create_registered_model(self._name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        # MLflow's server checks that the logged model named by the source is also given by its id.
        logged = model_uri.removeprefix("models:/") if model_uri.startswith("models:/m-") else None
        made = self._client.create_model_version(
            self._name, model_uri, mlflow_run_id, tags=_stored(tags), model_id=logged
        )
        return _version(made)

    def point(self, alias: str, number: str) -> None:
        self._client.set_registered_model_alias(self._name, alias, number)

    def clear(self, alias: str, number: str | None = None) -> None:
        """Takes the alias away, from this version only where one is given; nothing happens where there is none."""
        found = self.by_alias(alias)
        if found and number in {None, found.number}:
            self._client.delete_registered_model_alias(self._name, alias)

    def tag(self, number: str, **tags: str) -> None:
        for name, value in tags.items():
            self._client.set_model_version_tag(self._name, number, f"{_STORED_PREFIX}{name}", value)

    def load(self, version: Version, model: str = CANDIDATE_MODEL) -> Any:
        """The version's own estimator, which answers as its task asks, or the baseline that was fitted beside it."""
        uri = f"models:/{self._name}/{version.number}"
        if model != CANDIDATE_MODEL:
            uri = version.tags[f"toile.{model}_uri"]
        return mlflow.sklearn.load_model(uri)


def _stored(tags: Mapping[str, str]) -> dict[str, str]:
    return {name.replace(_PREFIX, _STORED_PREFIX, 1): value for name, value in tags.items()}


def _version(found: ModelVersion) -> Version:
    tags = {name.replace(_STORED_PREFIX, _PREFIX, 1): value for name, value in found.tags.items()}
    return Version(str(found.version), str(found.run_id), tags)
