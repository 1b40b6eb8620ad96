"""What platform people own: teams, source tables, environments, and the defaults that every model inherits."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from toile.config.address import require_no_password
from toile.config.backends import Backend, DatabricksBackend, LocalBackend
from toile.config.durations import Duration
from toile.config.section import ROLE, TABLE, VOLUME, Folder, Name, Section

RoleName = Annotated[str, Field(pattern=ROLE)]
TableName = Annotated[str, Field(pattern=TABLE, description="<schema>.<table>")]


class Team(Section):
    cost_centre: str | None = Field(default=None, description="Clusters are tagged by it, and bills told apart.")
    contact: str = Field(description="Where a person finds the team, such as a chat channel.")
    roles: dict[RoleName, Literal["read", "trigger"]] = Field(
        default_factory=dict,
        description="Airflow's roles that may read the DAGs of this team's models, or also trigger them and answer "
        "approvals. Other roles have what Airflow gives them for all DAGs.",
    )
    alerts: list[str] = Field(
        default_factory=lambda: ["log"], description="log, or an Airflow connection id of kind slack or smtp."
    )


class SourceTable(Section):
    """A table that models read. `event_time` is what makes reading it as of a date possible."""

    event_time: Name = Field(description="The timestamp column (UTC) that says when a row came to be known.")
    description: str = Field(min_length=5)
    max_age: Duration | None = Field(
        default=None, description="Data gates refuse where the newest row is older than this at as_of."
    )


class Platform(Section):
    """conf/platform.yaml."""

    teams: dict[str, Team] = Field(min_length=1)
    tables: dict[TableName, SourceTable] = Field(min_length=1)
    defaults: dict[str, Any] = Field(default_factory=dict, description="Inherited by every model file.")


class PathTables(Section):
    """Delta tables as folders: <root>/<schema>/<table>."""

    kind: Literal["path"]
    root: Folder | None = Field(default=None, description="By default tables/ under TOILE_HOME.")


class CatalogTables(Section):
    """Delta tables by name: <catalog>.<schema>.<table>."""

    kind: Literal["catalog"]
    catalog: Name


class Environment(Section):
    """conf/environments/<name>.yaml: where jobs run and where their state lives."""

    name: Name
    description: str = Field(min_length=5)
    backend: Backend
    tables: Annotated[PathTables | CatalogTables, Field(discriminator="kind")]
    mlflow: Annotated[str, AfterValidator(require_no_password)] | None = Field(
        default=None,
        description="Tracking URI, without a password (MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD are for "
        "those); by default a SQLite file under TOILE_HOME.",
    )
    registry: Name | None = Field(
        default=None, description="Unity Catalog's catalog for models, named <catalog>.<domain>.<model>."
    )
    results: Folder | None = Field(
        default=None,
        description="Where results lie: a folder, s3://, abfss:// or /Volumes/...; by default results/ under "
        "TOILE_HOME.",
    )
    schedules: bool = Field(default=True, description="False: DAGs have no timetable and run when asked or chained.")
    spark: dict[str, str] = Field(default_factory=dict, description="Spark settings of every session here.")
    spark_session: Literal["connect", "classic"] = Field(
        default="connect",
        description="connect: a client of the server that SPARK_REMOTE names, or of one's own. classic: the session of "
        "the cluster's driver that the job runs on, such as under spark-submit; distributed training needs it.",
    )
    defaults: dict[str, Any] = Field(
        default_factory=dict, description="Inherited by every model file, over platform's."
    )

    @property
    def mlflow_is_databricks(self) -> bool:
        return bool(self.mlflow and self.mlflow.startswith("databricks"))

    @model_validator(mode="after")
    def _registry(self) -> "Environment":
        if self.mlflow_is_databricks and not self.registry:
            raise ValueError("registry: MLflow of Databricks keeps models in Unity Catalog: name the catalog")
        return self

    @model_validator(mode="after")
    def _shared(self) -> "Environment":
        """Where jobs run elsewhere, what they leave must lie where others find it."""
        if isinstance(self.backend, LocalBackend):
            return self
        absent = [name for name in ("mlflow", "results") if getattr(self, name) is None]
        if isinstance(self.tables, PathTables) and self.tables.root is None:
            absent.append("tables.root")
        if absent:
            raise ValueError(f"backend {self.backend.kind} runs on other machines: give {', '.join(absent)} too")
        if isinstance(self.backend, DatabricksBackend) and not re.match(VOLUME, str(self.results)):
            raise ValueError("results: on Databricks they lie in a volume: /Volumes/<catalog>/<schema>/<volume>/...")
        return self
