"""Which DAGs a parse makes: every model's on the DAG processor, only the asked one on a worker."""

from collections.abc import Callable

from airflow.sdk import DAG, get_parsing_context

from toile.config import Conf, InvalidConfig, Names, ResolvedModel
from toile.config.names import STAGES
from toile.config.platform import Team
from toile.home import conf_root, environment_name
from toile_airflow.factories.config_error import build_config_error_dag


def stage_dags(stage: str, build: Callable[[ResolvedModel, str], DAG], page: str | None) -> dict[str, DAG]:
    """The DAGs of one stage, by name; among those of the first stage, one for each model whose files have mistakes.

    Such a model has no other DAG, and touches none of others.

    Raises:
        InvalidConfig: platform.yaml or the environment's file has mistakes, or on a worker the asked model's have.
    """
    conf = Conf(conf_root(), environment_name())
    asked = get_parsing_context().dag_id
    models, broken = conf.load_all() if asked is None else _asked(conf, asked, stage)
    dags = {Names(name).dag_id(stage): build(model, page or "") for name, model in models.items()}
    if stage == STAGES[0]:
        dags |= {
            Names(name).config_error_dag_id: build_config_error_dag(name, error, _owner(conf, name))
            for name, error in broken.items()
        }
    return dags


def _asked(conf: Conf, dag_id: str, stage: str) -> tuple[dict[str, ResolvedModel], dict[str, InvalidConfig]]:
    """What a worker needs for its one DAG; nothing where that is another stage's."""
    model_id, _, asked_stage = dag_id.rpartition(".")
    if asked_stage == stage:
        return {model_id: conf.load_model(model_id)}, {}
    broken = {}
    if asked_stage not in STAGES:
        for name in (name for name in conf.model_ids if Names(name).config_error_dag_id == dag_id):
            try:
                conf.load_model(name)
            except InvalidConfig as error:
                broken[name] = error
    return {}, broken


def _owner(conf: Conf, model: str) -> Team | None:
    """The team that a file with mistakes names, where that much of it can be read."""
    try:
        return conf.platform.teams.get(str(conf.model_source(model).get(("owner",))))
    except InvalidConfig:
        return None
