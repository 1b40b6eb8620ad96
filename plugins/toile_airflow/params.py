"""The form of each stage, and the first task of every DAG: it refuses what the form cannot."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from pydantic import ValidationError

from toile.config.durations import PATTERN
from toile.config.problems import did_you_mean
from toile_airflow.asks import Ask, collect_asks

_AS_OF = Param(
    None,
    type=["null", "string"],
    format="date",
    title="As of",
    description="The jobs see no data of this day (00:00 UTC) or later. Empty: the event's date, else the run's.",
)
_WINDOW = Param(
    None,
    type=["null", "string"],
    pattern=PATTERN,
    title="Training window",
    description="How far back labelled rows are taken, such as 180d. Empty: as the model file says.",
)
_VERSION = Param(
    None,
    type=["null", "string"],
    pattern=r"^[1-9][0-9]*$",
    title="Version",
    description="The registered model version. Empty: the event's; for a rollback, the former champion.",
)
_ACTION = Param("promote", type="string", enum=["promote", "rollback"], title="Action")
_FORCE = Param(
    False,
    type="boolean",
    title="Force",
    description="Report anew on scores that were reported on before. Needs a reason.",
)
_REASON = Param(
    None,
    type=["null", "string"],
    maxLength=500,
    title="Reason",
    description="Kept with the MLflow runs and, for a promotion or rollback, in the ledger.",
)

FORMS: Mapping[str, Mapping[str, Param]] = {
    "train": {"as_of": _AS_OF, "window": _WINDOW, "reason": _REASON},
    "validate": {"version": _VERSION, "as_of": _AS_OF},
    "register": {"action": _ACTION, "version": _VERSION, "reason": _REASON, "as_of": _AS_OF},
    "score": {"as_of": _AS_OF, "reason": _REASON},
    "monitor": {"as_of": _AS_OF, "force": _FORCE, "reason": _REASON},
}


def unknown_keys(stage: str, conf: Mapping[str, Any]) -> list[str]:
    """What is wrong with the keys of a Dag run's conf: Airflow itself lets unknown ones pass."""
    known = FORMS[stage]
    return [
        f"{key!r} is no parameter of {stage}. {did_you_mean(key, known)}" for key in sorted(conf) if key not in known
    ]


def misfits(stage: str, ask: Ask) -> list[str]:
    """What one ask lacks that no form can demand by itself."""
    problems = []
    if ask.force and not (ask.reason or "").strip():
        problems.append("force needs a reason: say why it is reported anew.")
    if ask.action == "rollback" and not (ask.reason or "").strip():
        problems.append("a rollback needs a reason: the ledger keeps it.")
    if stage in {"validate", "register"} and ask.action != "rollback" and not ask.version:
        problems.append("no version: neither the form nor an event names one. Give version; none is ever guessed.")
    return problems


@task(task_id="check_params")
def check_params(stage: str) -> Sequence[dict[str, Any]]:
    """Returns every ask of this Dag run, or fails at once with all that is wrong."""
    context = get_current_context()
    events = [event for found in context["triggering_asset_events"].values() for event in found]
    problems = unknown_keys(stage, context["dag_run"].conf or {})
    asks: list[Ask] = []
    try:
        asks = collect_asks(stage, {name: context["params"][name] for name in FORMS[stage]}, events, context["dag_run"])
    except ValidationError as error:
        problems += [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    problems += sorted({problem for ask in asks for problem in misfits(stage, ask)})
    if problems:
        raise AirflowFailException("\n".join([f"{len(problems)} mistake(s) in what was asked:", *problems]))
    return [ask.model_dump(mode="json", exclude_none=True) for ask in asks]
