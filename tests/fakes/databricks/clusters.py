"""What Databricks documents of job clusters, and the few node types and runtimes of this workspace."""

import re
from typing import Any

from tests.fakes.databricks.refusals import invalid

NODE_TYPES = {
    "m7g.xlarge": (4, 16384),
    "m7gd.xlarge": (4, 16384),
    "i3.xlarge": (4, 31232),
    "r6id.xlarge": (4, 32768),
    "Standard_D4ds_v5": (4, 16384),
    "n2-standard-4": (4, 16384),
}
RUNTIMES = ("17.3.x-scala2.13", "17.3.x-cpu-ml-scala2.13", "16.4.x-scala2.12", "16.4.x-cpu-ml-scala2.12")
MOST_TAGS, LONGEST_TAG_KEY, LONGEST_TAG = 45, 127, 255
_SINGLE_NODE = {"spark.databricks.cluster.profile": "singleNode"}


def check_cluster(cluster: dict[str, Any]) -> None:
    """Raises a Refusal unless a job may run on this `new_cluster`; its fields' types are checked already."""
    version = cluster.get("spark_version")
    if version not in RUNTIMES:
        raise invalid(f"Invalid spark_version {version!r}. Known: {', '.join(RUNTIMES)}.")
    _check_nodes(cluster)
    _check_size(cluster)
    _check_kind(cluster)
    tags = cluster.get("custom_tags", {})
    if len(tags) > MOST_TAGS:
        raise invalid(f"A cluster has at most {MOST_TAGS} custom tags, not {len(tags)}.")
    for key, value in tags.items():
        if len(key) > LONGEST_TAG_KEY or len(value) > LONGEST_TAG or re.search(r"[^\w\s+\-=.:/@]", key + value):
            raise invalid(f"Custom tag {key!r}: {value!r} is too long or has characters that clouds do not allow.")


def _check_nodes(cluster: dict[str, Any]) -> None:
    if "instance_pool_id" in cluster:
        ruled: list[str] = [name for name in ("node_type_id", "driver_node_type_id") if name in cluster]
        ruled += [
            f"{cloud}_attributes.{name}"
            for cloud in ("aws", "azure", "gcp")
            for name in ("availability", "first_on_demand", "zone_id")
            if name in cluster.get(f"{cloud}_attributes", {})
        ]
        if ruled:
            raise invalid(f"The field '{ruled[0]}' cannot be supplied when an instance pool ID is provided.")
    elif cluster.get("node_type_id") not in NODE_TYPES and "policy_id" not in cluster:
        known = ", ".join(NODE_TYPES)
        raise invalid(f"Node type {cluster.get('node_type_id')} is not supported. Supported node types: {known}.")


def _check_size(cluster: dict[str, Any]) -> None:
    single = cluster.get("is_single_node", False)
    if not single and ("num_workers" in cluster) == ("autoscale" in cluster):
        raise invalid("Cluster validation error: exactly 1 of num_workers or autoscale must be specified.")
    if single and int(cluster.get("num_workers", 0)) > 0:
        raise invalid("Cluster validation error: a single node has no workers.")
    if not single and "num_workers" in cluster and int(cluster["num_workers"]) == 0:
        by_hand = cluster.get("spark_conf", {}).items() >= _SINGLE_NODE.items()
        if not (by_hand and cluster.get("custom_tags", {}).get("ResourceClass") == "SingleNode"):
            raise invalid("Cluster validation error: num_workers could be 0 only for single node clusters.")


def _check_kind(cluster: dict[str, Any]) -> None:
    modern = cluster.get("kind") == "CLASSIC_PREVIEW"
    for field in ("is_single_node", "use_ml_runtime"):
        if field in cluster and not modern:
            raise invalid(f"{field} can only be used when kind = CLASSIC_PREVIEW.")
    if cluster.get("data_security_mode", "").startswith("DATA_SECURITY_MODE_") and not modern:
        raise invalid("This data_security_mode can only be used when kind = CLASSIC_PREVIEW.")
    if modern and cluster.get("spark_conf", {}).items() & _SINGLE_NODE.items():
        raise invalid("Spark Conf: `spark.databricks.cluster.profile` is not allowed when choosing an access mode.")
