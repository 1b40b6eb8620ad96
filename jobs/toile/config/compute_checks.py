"""What an environment's compute cannot do; told by `toile check`, before anything is deployed there."""

from toile.config.backends import DatabricksBackend, LocalBackend, Serverless
from toile.config.load import Conf
from toile.config.problems import InvalidConfig, Problem

ABOVE, SESSION = ("trainer", "distributed_above"), ("spark_session",)


def require_fit_compute(conf: Conf) -> None:
    """Where jobs run elsewhere, their session is one that compute has, and workers may fit what they are to fit.

    Raises:
        InvalidConfig: it is not, or they may not, or a file has mistakes.
    """
    backend, session = conf.environment.backend, conf.environment.spark_session
    if isinstance(backend, LocalBackend):
        return
    serverless = isinstance(backend, DatabricksBackend) and isinstance(backend.compute, Serverless)
    if problems := _of_serverless(conf, session) if serverless else _of_cluster(conf, session):
        raise InvalidConfig(problems)


def _of_serverless(conf: Conf, session: str) -> list[Problem]:
    problems = []
    if session == "classic":
        message = "serverless compute has no session of a driver's own: jobs are clients of Spark Connect."
        problems.append(conf.environment_source().problem(SESSION, message, "Leave it out."))
    message = "serverless compute has no barrier stages, which fitting by Spark's workers needs."
    hint = (
        f"Leave it out, or write compute: {{kind: job_cluster, ...}} and spark_session: classic in "
        f"conf/environments/{conf.environment_name}.yaml."
    )
    return problems + [conf.model_source(model).problem(ABOVE, message, hint) for model in _distributed(conf)]


def _of_cluster(conf: Conf, session: str) -> list[Problem]:
    models = _distributed(conf)
    if session == "classic" or not models:
        return []
    message = (
        f"{', '.join(models)} may be fitted by Spark's workers (trainer.distributed_above), which needs the driver's "
        "own session."
    )
    return [conf.environment_source().problem(SESSION, message, "Write spark_session: classic.")]


def _distributed(conf: Conf) -> list[str]:
    """The models whose trees Spark's workers may fit; a line's workers need nothing."""
    found = []
    for model_id in conf.model_ids:
        source = conf.model_source(model_id)
        if source.get(("trainer", "kind")) == "xgboost" and source.get(ABOVE) is not None:
            found.append(model_id)
    return found
