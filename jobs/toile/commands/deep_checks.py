"""The part of `toile check` that must import the jobs' libraries and the squads' own code.

Works on the plain data, so that a mistake elsewhere in a file hides nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from toile.config import Conf, InvalidConfig
from toile.config.explain import untold
from toile.config.model import SklearnTrainer, XGBoost
from toile.config.problems import Path_, Problem
from toile.config.suites import Expectation, Suite
from toile.config.yaml_source import Source
from toile.errors import ConfigError

PARAMS, BUILD, ESTIMATOR = ("trainer", "params"), ("trainer", "build"), ("trainer", "estimator")
SEARCHED, ABOVE = ("search", "params"), ("trainer", "distributed_above")
# How the functions that a model file and a feature view name are called.
MODEL_FUNCTIONS: dict[Path_, tuple[str, ...]] = {
    ("training_data", "entities"): ("sources", "window"),
    ("scoring", "entities"): ("sources", "as_of"),
    BUILD: ("columns", "seed"),
}
VIEW_FUNCTIONS: dict[Path_, tuple[str, ...]] = {("transform",): ("history",)}
_TRIED: dict[str, type[XGBoost | SklearnTrainer]] = {"xgboost": XGBoost, "sklearn": SklearnTrainer}


def find_with_libraries(conf: Conf, told: list[Problem]) -> list[Problem]:
    """Problems at places that are not among those `told` already, sorted, each once."""
    models, views, suites = (
        readable(load, names)
        for load, names in (
            (conf.model_source, conf.model_ids),
            (conf.view_source, conf.view_names()),
            (conf.suite_source, conf.suite_names()),
        )
    )
    problems: list[Problem] = []
    for source in models:
        problems += _references(source, MODEL_FUNCTIONS)
        problems += _trainer_params(source)
    for source in views:
        problems += _references(source, VIEW_FUNCTIONS)
    for source in suites:
        problems += _expectations(source)
    return sorted(set(untold(problems, told)))


def readable(load: Callable[[str], Source], names: Iterable[str]) -> list[Source]:
    """The files that can be read as plain data."""
    sources = []
    for name in names:
        try:
            sources.append(load(name))
        except InvalidConfig:
            continue  # told already
    return sources


def _references(source: Source, functions: dict[Path_, tuple[str, ...]]) -> list[Problem]:
    from toile.features.references import require_parameters

    problems = []
    for where, reference, names in [(*word, names) for path, names in functions.items() for word in source.words(path)]:
        settings = [*source.keys_at(PARAMS), *source.keys_at(SEARCHED)] if where == BUILD else []
        try:
            require_parameters(reference, *names, settings=settings)
        except ConfigError as error:
            problems.append(source.problem(where, str(error)))
    return problems


def _trainer_params(source: Source) -> list[Problem]:
    from toile.commands.trial_fit import refusal
    from toile.tasks import TEMPLATES

    kind, task = _TRIED.get(str(source.get(("trainer", "kind")))), str(source.get(("task", "kind")))
    if kind is None or task not in TEMPLATES:
        return []
    given = {name: source.get((*PARAMS, name)) for name in source.keys_at(PARAMS)}
    params = {name: value for name, value in given.items() if isinstance(value, int | float | str)}

    def refused(among: dict[str, Any]) -> str:
        plain: dict[str, Any] = {
            "estimator": source.get(ESTIMATOR),
            "params": among,
            "distributed_above": source.get(ABOVE),
        }
        return refusal(kind.model_construct(**plain), task)

    together = refused(params)
    if together and (bare := refused({})):
        return [source.problem(ESTIMATOR, bare)]  # else each parameter would be blamed for it
    searched = _searched(source, lambda tried: refused(tried if together else params | tried))
    if not together:
        return searched
    alone = {name: words for name, value in params.items() if (words := refused({name: value}))}
    problems = [source.problem((*PARAMS, name), words) for name, words in alone.items()]
    return (problems or [source.problem(PARAMS, together)]) + searched


def _searched(source: Source, refused: Callable[[dict[str, Any]], str]) -> list[Problem]:
    """What a search would try and the trainer refuses, at the names of the parameters."""
    problems = []
    for name in source.keys_at(SEARCHED):
        path = (*SEARCHED, name)
        if words := next(filter(None, (refused({name: value}) for value in _ends(source, name))), ""):
            problems.append(source.key_problem(path, words))
    return problems


def _ends(source: Source, name: str) -> list[int | float | str]:
    """What a search tries at the outermost: the ends of a span, or each of the choices."""
    ends = [source.get((*SEARCHED, name, end)) for end in ("low", "high")]
    choices = source.get((*SEARCHED, name, "choices"))
    return [value for value in ends if isinstance(value, int | float)] + [
        value for value in (choices if isinstance(choices, list) else []) if isinstance(value, int | float | str)
    ]


def _expectations(source: Source) -> list[Problem]:
    from toile.quality.check import check_suite

    listed = source.get(("expectations",))
    items = [item if isinstance(item, dict) else {} for item in (listed if isinstance(listed, list) else [])]
    plain: dict[str, Any] = {"expectations": [_plain(item) for item in items]}
    return check_suite(Suite.model_construct(**plain), source)


def _plain(item: dict[str, Any]) -> Expectation:
    """An expectation as it stands in the file; what does not fit it is told by the schema."""
    arguments = item.get("arguments")
    fitting: dict[str, Any] = {"type": str(item.get("type")), "severity": item.get("severity")}
    return Expectation.model_construct(**fitting, arguments=arguments if isinstance(arguments, dict) else {})
