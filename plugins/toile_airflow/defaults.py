"""What every task shares: how faults are retried, and the pool that keeps jobs from crowding the machine."""

from datetime import timedelta
from typing import Any

from toile.config import ResolvedModel
from toile_airflow.alerts import OwnerAlert


def default_arguments(model: ResolvedModel) -> dict[str, Any]:
    """Arguments of every task of a model; only faults reach the retries, for refusals and mistakes fail at once."""
    return {
        "owner": model.config.owner,
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=1 if model.environment.backend.kind == "local" else 15),
        "on_failure_callback": OwnerAlert.of(model),
    }
