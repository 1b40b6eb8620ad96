"""The part of `toile check` that looks at where an environment's jobs run, before anything is submitted there."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen
from uuid import uuid4

from toile.commands.airflow_here import NOT_ASKED, has_connection
from toile.commands.arguments import progress
from toile.config import Conf, InvalidConfig
from toile.config.backends import DatabricksBackend, LocalBackend, SparkSubmitBackend
from toile.config.problems import Problem
from toile.errors import ToileError
from toile.home import in_workspace_alone, local_path
from toile.store import open_store
from toile.wheel import Manifest, artifacts_folder, wheel_version

PROBE = "_probe"
PATIENCE_SECONDS = 10
Remote = SparkSubmitBackend | DatabricksBackend


class NotLookedAt(str):
    """Why something could not be looked at: a note, for nobody knows whether it is wrong."""


def find_in_environment(conf: Conf) -> list[Problem]:
    """What would make jobs fail there, sorted; nothing where jobs are processes of this machine."""
    try:
        backend = conf.environment.backend
    except InvalidConfig:
        return []  # told already
    if isinstance(backend, LocalBackend):
        return []
    progress(f"looking at where the jobs of {conf.environment_name} run ...")
    looks: dict[tuple[str, ...], Callable[[], str]] = {
        ("backend", "connection"): partial(_connection, backend),
        ("backend", "artifacts"): partial(_wheel, backend, conf.environment_name),
        ("results",): partial(_state_store, str(conf.environment.results)),
        ("mlflow",): partial(_mlflow, str(conf.environment.mlflow)),
    }
    source = conf.environment_source()
    with ThreadPoolExecutor() as beside:  # what does not answer makes one wait
        found = dict(zip(looks, beside.map(lambda look: look(), looks.values()), strict=True))
    told = [(source.problem(path, words), words) for path, words in found.items() if words]
    problems = [problem.as_note() if isinstance(words, NotLookedAt) else problem for problem, words in told]
    return sorted(problems)


def _connection(backend: Remote) -> str:
    """Asks the environment first, then the Airflow of this machine, where there is one."""
    variable = f"AIRFLOW_CONN_{backend.connection.upper()}"
    kind = "spark" if isinstance(backend, SparkSubmitBackend) else "databricks"
    if given := os.environ.get(variable):
        told = _kind_of(given)
        return "" if told == kind else f"{variable} is not a connection of kind {kind}, but of {told or 'none'}."
    found = has_connection(backend.connection)
    if found is None:
        return NotLookedAt(NOT_ASKED.format(backend.connection))
    if found:
        return ""
    return (
        f"Airflow has no connection {backend.connection!r}. Make it: airflow connections add {backend.connection} "
        f"--conn-type {kind} --conn-host ..., or set {variable} where Airflow runs."
    )


def _kind_of(connection: str) -> str:
    """Of an address or the JSON of a connection, as Airflow's variables hold them; nothing where it is neither."""
    if not connection.lstrip().startswith("{"):
        return urlsplit(connection).scheme
    try:
        return str(json.loads(connection).get("conn_type"))
    except ValueError:
        return ""


def _mlflow(address: str) -> str:
    """A workspace's MLflow answers where the state store does."""
    if address.startswith("databricks"):
        return ""
    if urlsplit(address).scheme not in {"http", "https"}:
        return "" if "://" in address else f"{address} is no address. Write http://host:5000, or databricks."
    try:
        with urlopen(f"{address.rstrip('/')}/health", timeout=PATIENCE_SECONDS):  # noqa: S310 -- http(s), see above
            return ""
    except HTTPError:
        return ""  # it answers, if only that one has to sign in
    except (OSError, ValueError) as error:
        return f"MLflow does not answer ({type(error).__name__}). Is the address right, and does it answer from here?"


def _state_store(location: str) -> str:
    if "://" not in location and not in_workspace_alone(location) and not local_path(location).is_dir():
        return f"there is no folder {location} here. Make it, or mount it where Airflow and the jobs both reach it."
    try:
        store, probe = open_store(location, PATIENCE_SECONDS), uuid4().hex.encode()
        store.write(PROBE, probe)
        if store.read(PROBE) != probe:
            return f"{location} takes what is written and gives back something else, or nothing."
    except ToileError as error:
        return f"the state store is out of reach: {error}"
    return ""


def _wheel(backend: Remote, environment: str) -> str:
    deploy = f"Run `toile deploy --env {environment}`."
    try:
        store = open_store(artifacts_folder(backend), PATIENCE_SECONDS)
        manifest = Manifest.load(store)
        if manifest is None:
            return f"this checkout ({wheel_version()}) is not deployed. {deploy}"
        if broken := manifest.broken(store):
            return f"{', '.join(broken)} of {wheel_version()} are not as they were deployed. {deploy}"
    except ToileError as error:
        return f"whether this checkout is deployed cannot be told: {error}"
    return ""
