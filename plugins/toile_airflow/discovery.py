"""Which DAGs a parse makes: every model's on the DAG processor, only the asked one on a worker."""

from collections.abc import Callable

from airflow.sdk import DAG, get_parsing_context

from toile.config import Conf, InvalidConfig, Names, ResolvedModel
from toile.home import conf_root, environment_name
from toile_airflow.factories.config_error import build_config_error_dag


def stage_dags(stage: str, build: Callable[[ResolvedModel, str], DAG], page: str | None) -> dict[str, DAG]:
    """The DAGs of one stage, by name.

    A model with mistakes in its files has none; `config_error_dags` shows it, and only it.

    Raises:
        InvalidConfig: platform.yaml or the environment's file has mistakes, or on a worker the asked model's have.
    """
    conf = _conf()
    asked = get_parsing_context().dag_id
    if asked is None:
        models, _broken = conf.load_all()
        return {Names(name).dag_id(stage): build(model, page or "") for name, model in models.items()}
    model_id, _, asked_stage = asked.rpartition(".")
    return {asked: build(conf.load_model(model_id), page or "")} if asked_stage == stage else {}


def config_error_dags() -> dict[str, DAG]:
    """One DAG for each model whose files have mistakes, by name.

    Raises:
        InvalidConfig: platform.yaml or the environment's file has mistakes.
    """
    conf = _conf()
    asked = get_parsing_context().dag_id
    if asked is None:
        _models, broken = conf.load_all()
    else:
        broken = _broken(conf, [model for model in conf.model_ids if Names(model).config_error_dag_id == asked])
    return {Names(name).config_error_dag_id: build_config_error_dag(name, error) for name, error in broken.items()}


def _broken(conf: Conf, models: list[str]) -> dict[str, InvalidConfig]:
    broken = {}
    for model in models:
        try:
            conf.load_model(model)
        except InvalidConfig as error:
            broken[model] = error
    return broken


def _conf() -> Conf:
    return Conf(conf_root(), environment_name())
