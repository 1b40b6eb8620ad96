"""What is missing to count costs and to keep to budgets; told by `toile check`, and never in the way of a job."""

from toile.config.backends import DatabricksBackend
from toile.config.load import Conf
from toile.config.prices import Rate
from toile.config.problems import InvalidConfig, Problem
from toile.errors import ConfigError

COMPUTE = (("backend", "compute", "node_type"), ("backend", "compute", "instance_pool"), ("backend", "compute"))


def require_costs(conf: Conf) -> None:
    """Compute has its price, and where it costs something each model has its budget.

    Raises:
        InvalidConfig: either is missing, or the price table or the environment's file has mistakes.
    """
    try:
        rate = _rate(conf)
    except InvalidConfig:
        raise
    except ConfigError as error:
        source = conf.environment_source()
        place = next(path for path in (*COMPUTE, ()) if path in source.places.values)
        raise InvalidConfig([source.problem(place, str(error))]) from error
    if rate is None:
        return
    problems: list[Problem] = []
    for model_id in conf.model_ids:
        try:
            source = conf.model_source(model_id)
        except InvalidConfig as error:
            problems += error.problems
            continue
        if source.get(("budget",)) is None:
            message = f"is required where compute costs money: {rate.per_hour:.2f} {rate.currency} per hour here."
            hint = (
                f"Write budget: {{per_month: 200}} here, or into defaults of environments/{conf.environment_name}.yaml."
            )
            problems.append(source.place(()).problem("budget", message, hint))
    if problems:
        raise InvalidConfig(problems)


def _rate(conf: Conf) -> Rate | None:
    if conf.prices is None and isinstance(conf.environment.backend, DatabricksBackend):
        raise ConfigError(
            "this costs money, and there is no conf/prices.yaml: nothing is counted, and no budget is kept. "
            "Write its prices there (docs/costs.md); those that are 0 leave costs out on purpose."
        )
    return conf.rate
