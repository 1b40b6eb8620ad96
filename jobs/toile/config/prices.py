"""What compute costs: the price table conf/prices.yaml, and the rate at which an environment's jobs spend."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from toile.config.backends import Backend, DatabricksBackend, JobCluster, LocalBackend, Serverless, SparkSubmitBackend
from toile.config.section import CURRENCY, Day, Fraction, Section
from toile.errors import ConfigError

SHARE_OF_TIMEOUT = 0.25
"""How long a job is expected to take that has never come to its end: so much of the longest that it may."""
Amount = Annotated[float, Field(ge=0)]


class MachinePrices(Section):
    per_hour: Amount = Field(default=0.0, description="Of all that one job holds: its driver and its executors.")
    start_up_minutes: Amount = Field(default=0.0, description="What each try pays for before the job begins.")


class NodePrice(Section):
    per_hour: Amount = Field(description="Of the machine, on demand.")
    dbus_per_hour: Amount


class JobClusterPrices(Section):
    """Each node costs its machine and its DBUs; a spot discount is one on the machine."""

    per_dbu: Amount = Field(description="Of jobs compute.")
    nodes: dict[str, NodePrice] = Field(min_length=1, description="By node type, or by the id of an instance pool.")
    spot_discount: Fraction = Field(default=0.0, description="By what share a spot worker's machine is cheaper.")
    start_up_minutes: Amount = Field(default=5.0, description="How long a cluster is paid for before the job begins.")


class ServerlessPrices(Section):
    per_dbu: Amount = Field(description="Of serverless jobs.")
    dbus_per_hour: dict[Literal["STANDARD", "PERFORMANCE_OPTIMIZED"], Amount] = Field(
        description="By performance mode. An assumption: what a run takes, its bill alone tells.", min_length=1
    )
    start_up_minutes: Amount = 0.0


class Prices(Section):
    """conf/prices.yaml. Without this file nothing is counted, and budgets are not kept."""

    currency: str = Field(pattern=CURRENCY)
    looked_up: Day = Field(description="When these prices held; `toile costs` shows it.")
    local: MachinePrices = MachinePrices()
    spark_submit: MachinePrices = MachinePrices()
    job_cluster: JobClusterPrices | None = None
    serverless: ServerlessPrices | None = None


@dataclass(frozen=True)
class Rate:
    """What one job costs while it runs."""

    currency: str
    per_hour: float
    start_up_minutes: float

    def cost_of(self, seconds: float) -> float:
        """Of a job that took so many seconds, the start-up of its compute included."""
        return self.per_hour * (self.start_up_minutes / 60 + seconds / 3600)


def rate_of(backend: Backend, prices: Prices) -> Rate:
    """The rate of the compute that a backend's jobs run on.

    Raises:
        ConfigError: the table has no price for it.
    """
    compute = backend.compute if isinstance(backend, DatabricksBackend) else backend
    table = getattr(prices, compute.kind)
    if table is None:
        raise ConfigError(f"conf/prices.yaml has no prices of {compute.kind}. Add a section {compute.kind}.")
    match compute:
        case JobCluster():
            per_hour = _cluster_per_hour(compute, table)
        case Serverless():
            per_hour = _serverless_per_hour(compute, table)
        case LocalBackend() | SparkSubmitBackend():
            per_hour = table.per_hour
    return Rate(prices.currency, per_hour, table.start_up_minutes)


def _cluster_per_hour(cluster: JobCluster, table: JobClusterPrices) -> float:
    node = str(cluster.node_type or cluster.instance_pool)
    if node not in table.nodes:
        known = ", ".join(sorted(table.nodes))
        raise ConfigError(f"conf/prices.yaml has no price of {node!r}. Add it to job_cluster.nodes, which has {known}.")
    price = table.nodes[node]
    worker = price.per_hour * (1 - table.spot_discount if cluster.spot else 1)
    machines = price.per_hour + cluster.workers * worker
    return machines + (1 + cluster.workers) * price.dbus_per_hour * table.per_dbu


def _serverless_per_hour(compute: Serverless, table: ServerlessPrices) -> float:
    if compute.performance not in table.dbus_per_hour:
        raise ConfigError(
            f"conf/prices.yaml does not say what {compute.performance} takes. Add it to serverless.dbus_per_hour."
        )
    return table.dbus_per_hour[compute.performance] * table.per_dbu
