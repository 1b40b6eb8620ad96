"""What becomes of a job's result: a few scalars for the tasks behind it, or a failure that is never retried."""

import logging
from enum import StrEnum
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from toile.contract import JobResult, Verdict

_LONGEST_REASONS = 500  # an XCom and a label in the UI are no place for more; the log has them all


class WhenRefused(StrEnum):
    """What a refusal means for the task: bad data is an incident, a refused candidate is a normal outcome."""

    FAIL = "fail"
    GO_ON = "go on"


def outcome_of(result: JobResult) -> dict[str, str]:
    """The scalars of a result that travel by XCom."""
    told = {
        "verdict": result.verdict.value,
        "as_of": result.as_of.isoformat(),
        "run_key": result.run_key,
        "version": result.model_version,
        "mlflow_run_id": result.mlflow_run_id,
        "mlflow_run": result.outputs.get("mlflow_run"),
        "report": result.outputs.get("report"),
        "retrain": result.outputs.get("retrain"),
        "promoted": result.outputs.get("promoted"),
        "reasons": "; ".join(result.reasons)[:_LONGEST_REASONS],
    }
    return {name: value for name, value in told.items() if value}


def tell(result: JobResult, log: logging.Logger) -> None:
    """Writes the result into the task's log, which has a job's own output on some backends and on others has not."""
    level = logging.INFO if result.verdict is Verdict.PASSED else logging.WARNING
    log.log(level, "%s %s: %s", result.verdict.upper(), result.job, result.run_key)
    for line in result.describe().splitlines():
        log.log(level, "%s", line)


def require_open(result: JobResult, when_refused: WhenRefused) -> None:
    """Closes the gate: a refused result fails the task at once where a refusal is an incident.

    Raises:
        AirflowFailException: refused, with every reason; Airflow does not retry it.
    """
    if result.verdict is Verdict.REFUSED and when_refused is WhenRefused.FAIL:
        raise AirflowFailException("\n".join([f"{result.job} REFUSED as of {result.as_of}:", *result.reasons]))


def label_of(label: str, outcome: dict[str, Any]) -> str:
    """The task's name in the UI, with what it concluded where that is not simply `passed`."""
    if outcome.get("verdict", Verdict.PASSED) == Verdict.PASSED:
        return label
    return f"{label}: {outcome['verdict'].upper()} {outcome.get('reasons', '')}".strip()[:200]
