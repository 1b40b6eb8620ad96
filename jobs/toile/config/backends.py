"""Where an environment's jobs run: on this machine, on a Spark cluster, or in a Databricks workspace."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from toile.config.section import TAG, VOLUME, Folder, Section

Connection = Annotated[str, Field(pattern=r"^[\w.-]+$", description="Id of a connection in Airflow.")]


def _check_tag_name(name: str) -> str:
    if name.startswith("toile_"):
        raise ValueError("what begins with toile_ is ours: by it bills are told apart by model, owner and stage")
    return name


Tag = Annotated[str, Field(pattern=TAG)]


class _Backend(Section):
    timeout_minutes: int = Field(default=60, ge=1, description="A run that takes longer is cancelled.")


class LocalBackend(_Backend):
    """Jobs are processes of this machine, in the jobs environment."""

    kind: Literal["local"]


class SparkSubmitBackend(_Backend):
    """Jobs are applications of a Spark cluster (standalone, YARN, Kubernetes), the driver here (client mode)."""

    kind: Literal["spark_submit"]
    connection: Connection = Field(description="Of kind spark: its host is the master, such as spark://host:7077.")
    artifacts: Folder = Field(
        description="Where `toile deploy` puts wheels: a folder, s3:// or abfss://, that executors reach."
    )
    spark_submit: str | None = Field(
        default=None, pattern="^/", description="The program; by default that of the jobs environment's PySpark."
    )
    python: str | None = Field(
        default=None,
        pattern="^/",
        description="The interpreter with requirements/jobs.lock, on driver and executors; by default the jobs "
        "environment's.",
    )


class JobCluster(Section):
    """A cluster that is made for one run and ends with it."""

    kind: Literal["job_cluster"]
    spark_version: str = Field(description="A runtime, such as 17.3.x-cpu-ml-scala2.13.")
    node_type: str | None = Field(default=None, description="Such as m7g.xlarge; or else a pool.")
    instance_pool: str | None = Field(default=None, description="Id of the pool that all nodes come from.")
    policy: str | None = Field(default=None, description="Id of a cluster policy.")
    workers: int = Field(default=0, ge=0, description="0: the driver alone does the work.")
    spot: Literal["aws", "azure", "gcp"] | None = Field(
        default=None, description="Whose spot instances the workers are, on-demand ones where there are none."
    )

    @model_validator(mode="after")
    def _nodes(self) -> "JobCluster":
        if (self.node_type is None) == (self.instance_pool is None):
            raise ValueError("give node_type or instance_pool, and not both")
        if self.instance_pool and self.spot:
            raise ValueError("spot: an instance pool says itself whether its nodes are spot instances; leave it out")
        return self


class Serverless(Section):
    """Databricks' own machines: jobs are clients of Spark Connect, and there are no barrier stages."""

    kind: Literal["serverless"]
    environment_version: str = Field(
        default="4", description="Of the serverless environment: its Python and libraries."
    )
    performance: Literal["STANDARD", "PERFORMANCE_OPTIMIZED"] = "STANDARD"
    budget_policy: str | None = Field(default=None, description="Id of the budget policy that usage is tagged by.")


class DatabricksBackend(_Backend):
    """Jobs are one-off runs of a Databricks workspace."""

    kind: Literal["databricks"]
    connection: Connection = Field(description="Of kind databricks: the workspace and how Airflow signs in there.")
    artifacts: str = Field(pattern=VOLUME, description="The folder of a volume where `toile deploy` puts wheels.")
    compute: Annotated[JobCluster | Serverless, Field(discriminator="kind")]
    run_as: str | None = Field(default=None, description="Application id of the service principal that runs act as.")
    tags: dict[Annotated[Tag, AfterValidator(_check_tag_name)], Tag] = Field(
        default_factory=dict,
        description="Of every cluster, besides model, owner and stage; a team's cost centre replaces `cost_centre`.",
    )
    poll_seconds: int = Field(default=30, ge=1, description="How often Airflow's triggerer asks after a run.")


Backend = Annotated[LocalBackend | SparkSubmitBackend | DatabricksBackend, Field(discriminator="kind")]
