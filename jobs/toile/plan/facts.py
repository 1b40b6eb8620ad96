"""What a model comes to in one environment, as plain facts by which two revisions are compared.

Facts are section -> item -> field -> text, such as DAGs -> customer.repeat_purchase.train -> schedule -> @monthly.
"""

from typing import Any

from toile.config import Names, ResolvedModel
from toile.config.backends import DatabricksBackend, JobCluster
from toile.config.platform import CatalogTables, Environment
from toile.config.prices import Rate
from toile.config.stages import dags_of

Fields = dict[str, str]
Facts = dict[str, dict[str, Fields]]
ENVIRONMENT, DAGS, TABLES, REGISTRY = "Environment", "DAGs", "Tables", "Registered models"
READS, ACCESS, COST = "Data read", "Access and approval", "Expected cost a month"
SECTIONS = (ENVIRONMENT, DAGS, TABLES, REGISTRY, READS, ACCESS, COST)
ALIASES = "candidate, challenger, champion"


def model_facts(model: ResolvedModel, cost: Fields) -> Facts:
    """Everything but the keys of its configuration."""
    config, names = model.config, Names.of(model.config.id, model.environment)
    team = model.platform.teams[config.owner]
    return {
        DAGS: {
            dag.dag_id: _told({"schedule": dag.cron, "woken by": dag.woken_by, "jobs": ", ".join(dag.jobs)})
            for dag in dags_of(model)
        },
        TABLES: _tables(model.environment, names),
        REGISTRY: {names.registered_model: {"aliases": ALIASES, "experiment": names.experiment}},
        READS: {
            config.id: _told({
                "feature views": ", ".join(view.name for view in model.views),
                "tables": ", ".join(sorted(_source_tables(model))),
                "data gates": ", ".join(sorted(model.suites)),
            })
        },
        ACCESS: {
            config.id: _told({
                "owner": config.owner,
                "contact": team.contact,
                "alerts": ", ".join(team.alerts),
                "roles": ", ".join(f"{role} may {right}" for role, right in sorted(team.roles.items())),
                "cost centre": team.cost_centre,
                "approval": config.approval,
            })
        },
        **({COST: {config.id: cost}} if cost else {}),
    }  # fmt: skip


def broken_facts(model_id: str) -> Facts:
    """Of a model whose files have mistakes: more is not known of it."""
    return {DAGS: {Names(model_id).config_error_dag_id: {"shows": "the mistakes of its files"}}}


def environment_fields(environment: Environment) -> Fields:
    """Its file, key by key; its defaults tell in the models that inherit them."""
    return dict(_flat(environment.model_dump(mode="json", exclude={"name", "description", "defaults"})))


def compute_in_words(environment: Environment, rate: Rate | None) -> str:
    """What each job of an environment runs on, for how long at most, and what that costs."""
    backend = environment.backend
    compute = backend.compute if isinstance(backend, DatabricksBackend) else None
    if isinstance(compute, JobCluster):
        nodes = compute.node_type or f"pool {compute.instance_pool}"
        workers = f"{compute.workers} workers" + (f" ({compute.spot} spot)" if compute.spot else "")
        where = f"databricks, a cluster for each job: driver and {workers}, {nodes}, {compute.spark_version}"
    elif compute:
        where = f"databricks, serverless {compute.performance}, environment {compute.environment_version}"
    else:
        where = backend.kind
    price = f"{rate.per_hour:.3f} {rate.currency} an hour" if rate else "not charged"
    clock = "timetables kept" if environment.schedules else "no timetables"
    return f"{where}; {price}; at most {backend.timeout_minutes} minutes a job; {clock}"


def _tables(environment: Environment, names: Names) -> dict[str, Fields]:
    rows = {names.training_rows: "training rows", names.scoring_rows: "scoring rows"}
    return {_table(environment, names.scores): {"holds": "scores"}} | {
        _table(environment, name): {"holds": what, "quarantine": _table(environment, names.quarantine(name))}
        for name, what in rows.items()
    }


def _table(environment: Environment, name: str) -> str:
    where = environment.tables
    return f"{where.catalog}.{name}" if isinstance(where, CatalogTables) else name


def _source_tables(model: ResolvedModel) -> set[str]:
    return {name.removeprefix("table ") for name, _part in model.shape if name.startswith("table ")}


def _told(fields: dict[str, str | None]) -> Fields:
    return {name: text for name, text in fields.items() if text}


def _flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key in sorted(value) for pair in _flat(value[key], f"{path}.{key}" if path else key)]
    return [] if value is None else [(path, str(value))]
