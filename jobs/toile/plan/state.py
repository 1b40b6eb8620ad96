"""conf/ of one revision as one environment sees it, read whole."""

from dataclasses import dataclass, field
from pathlib import Path

from toile.config import Conf, InvalidConfig, ResolvedModel
from toile.config.load import VISIBLE
from toile.config.prices import Rate
from toile.errors import ConfigError
from toile.plan.expected import Seconds, expect, total
from toile.plan.facts import COST, ENVIRONMENT, Facts, broken_facts, compute_in_words, environment_fields, model_facts


@dataclass(frozen=True)
class State:
    """What the models of one environment come to; `unreadable` where its own files have mistakes."""

    runs_on: str = ""
    shared: Facts = field(default_factory=dict)
    facts: dict[str, Facts] = field(default_factory=dict)
    models: dict[str, ResolvedModel] = field(default_factory=dict)
    unreadable: bool = False


def environments_of(root: Path) -> set[str]:
    return {path.stem for path in (root / "environments").glob(VISIBLE)}


def read_state(conf: Conf, seconds: Seconds) -> State:
    """The state of an environment; an empty one where it does not exist."""
    if conf.environment_name not in environments_of(conf.root):
        return State()
    try:
        models, broken = conf.load_all()
    except InvalidConfig:
        return State(unreadable=True)
    rate = _rate(conf)
    expected = {name: expect(model, rate, seconds) for name, model in models.items()} if rate else {}
    facts = {
        name: model_facts(model, expected[name].fields if name in expected else {}) for name, model in models.items()
    }
    shared: Facts = {ENVIRONMENT: {conf.environment_name: environment_fields(conf.environment)}}
    if rate:
        shared[COST] = {"all models": total(expected.values(), len(broken), rate)}
    return State(
        runs_on=compute_in_words(conf.environment, rate),
        shared=shared,
        facts=facts | {name: broken_facts(name) for name in broken},
        models=models,
    )


def file_of(conf: Conf, model_id: str, part: str, key: tuple[str, ...]) -> str:
    """Which file says this key of a part of a model's shape; empty where a default of the schema holds."""
    kind, _, name = part.partition(" ")
    if kind == "table" and name not in conf.platform.tables:  # its own
        return str(conf.model_source(model_id).place(()).file)
    if kind != "model":
        folder = {"view": "features", "suite": "expectations"}.get(kind)
        return f"{conf.root.name}/{folder}/{name}.yaml" if folder else f"{conf.root.name}/platform.yaml"
    source = conf.model_source(model_id)
    return str(source.place(key).file) if key in source.places.values else ""


def _rate(conf: Conf) -> Rate | None:
    """None also where the price table has mistakes: they are told as such."""
    try:
        return conf.rate
    except ConfigError:
        return None
