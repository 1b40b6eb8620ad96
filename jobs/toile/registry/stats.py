"""All models' histories, summed up."""

from collections.abc import Iterable, Sequence
from statistics import median

from mlflow import MlflowClient
from pydantic import BaseModel

from toile.config import Conf, ResolvedModel
from toile.git import ask_git, first_commit, is_whole
from toile.registry.adoption import History, gates_of, trace


class Median(BaseModel):
    """The median of what is known; `unknown` counts the rest."""

    median: float | None
    known: int
    unknown: int


class Share(BaseModel):
    models: int
    share: float


class Stats(BaseModel):
    """Of every model file of one environment; shares are of those without mistakes."""

    environment: str
    models: int
    broken: list[str]
    without_runs: list[str]
    with_champion: int
    git: str
    days_to_champion: Median
    lead_hours: Median
    gates: dict[str, Share]
    months: dict[str, dict[str, int]]
    each: list[History]


def gather(conf: Conf, client: MlflowClient) -> Stats:
    """Reads everything afresh.

    Raises:
        InvalidConfig: platform.yaml or the environment's file has mistakes.
    """
    models, broken = conf.load_all()
    git = _git_state(conf)
    histories = [
        trace(name, first_commit(conf.model_file(name)) if git == "whole" else None, client, conf.environment)
        for name in conf.model_ids
    ]
    champions = [history for history in histories if history.first_champion]
    leads = [hours for history in histories for hours in history.lead_hours]
    return Stats(
        environment=conf.environment_name,
        models=len(histories),
        broken=sorted(broken),
        without_runs=[history.model for history in histories if not history.has_runs],
        with_champion=len(champions),
        git=git,
        days_to_champion=_median([history.days_to_champion for history in champions]),
        lead_hours=_median(leads),
        gates=_shares(list(models.values())),
        months=_months(histories),
        each=histories,
    )


def _git_state(conf: Conf) -> str:
    if ask_git(conf.root, "rev-parse", "HEAD") is None:
        return "none"
    return "whole" if is_whole(conf.root) else "shallow"


def _median(values: Sequence[float | None]) -> Median:
    known = [value for value in values if value is not None]
    return Median(median=median(known) if known else None, known=len(known), unknown=len(values) - len(known))


def _shares(models: Sequence[ResolvedModel]) -> dict[str, Share]:
    has = [gates_of(model) for model in models]
    counts = {gate: sum(one[gate] for one in has) for gate in (has[0] if has else ())}
    return {gate: Share(models=count, share=count / len(has)) for gate, count in counts.items()}


def _months(histories: Iterable[History]) -> dict[str, dict[str, int]]:
    months: dict[str, dict[str, int]] = {}
    for event in (event for history in histories for event in history.events):
        counts = months.setdefault(event.month, {})
        counts[event.what] = counts.get(event.what, 0) + 1
    return {month: dict(sorted(counts.items())) for month, counts in sorted(months.items())}
