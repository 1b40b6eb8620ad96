"""Every identifier that is derived from a model's name, in one place."""

import re
from dataclasses import dataclass

from toile.config.platform import Environment

EVENT_TIME = "event_time"
TARGET_TIME = "target_time"
"""When the period begins that a forecast is about."""
SPARK_POOL = "toile_spark"
"""Airflow's pool that bounds how many jobs share one Spark; it schedules no task of a pool that does not exist."""
WORKSPACE_FOLDER = "/Shared/toile"
"""Of a Databricks workspace: where experiments lie."""
STAGES = ("train", "validate", "register", "score", "monitor")


@dataclass(frozen=True)
class Names:
    """The identifiers of one model; `model` is `<domain>.<model>`, `catalog` that of registered models, if any."""

    model: str
    catalog: str | None = None
    workspace: bool = False
    """Whether MLflow is a Databricks workspace's."""

    @classmethod
    def of(cls, model: str, environment: Environment) -> "Names":
        return cls(model, environment.registry, environment.mlflow_is_databricks)

    def dag_id(self, stage: str) -> str:
        return f"{self.model}.{stage}"

    @property
    def config_error_dag_id(self) -> str:
        """A file's name may hold what no DAG's name may: then it is shown by its number."""
        return re.sub(r"[^\w.-]", lambda found: f"-{ord(found[0]):x}-", f"{self.model}.config_error")

    def asset(self, event: str) -> str:
        """URI of an asset: candidate, challenger, champion, scores or retrain."""
        return f"toile://{self.model.replace('.', '/')}/{event}"

    @property
    def experiment(self) -> str:
        """A workspace knows experiments by their absolute path."""
        return f"{WORKSPACE_FOLDER}/{self.model}" if self.workspace else self.model

    @property
    def registered_model(self) -> str:
        return f"{self.catalog}.{self.model}" if self.catalog else self.model

    @property
    def training_rows(self) -> str:
        return f"{self.model}_training_rows"

    @property
    def scoring_rows(self) -> str:
        return f"{self.model}_scoring_rows"

    @property
    def scores(self) -> str:
        return f"{self.model}_scores"

    @staticmethod
    def quarantine(table: str) -> str:
        return f"{table}_quarantine"
