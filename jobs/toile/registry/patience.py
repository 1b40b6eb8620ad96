"""MLflow as people ask it: who waits at a terminal is told within seconds, and in one line, what does not answer."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from toile.config.address import masked
from toile.config.platform import Environment
from toile.config.problems import legible
from toile.errors import InfrastructureError
from toile.home import tracking_uri
from toile.registry.tracking import connect

SECONDS = 10
IMPATIENT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": str(SECONDS), "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""Where the environment says nothing else; MLflow's own, which jobs keep to, are 120 and 7."""
_LONGEST = 200


@contextmanager
def within_seconds(environment: Environment) -> Iterator[MlflowClient]:
    """A client of the environment's MLflow, which has answered once.

    Raises:
        InfrastructureError: it does not answer, or does not know who asks; here and wherever it is asked inside.
    """
    added = {name: value for name, value in IMPATIENT.items() if name not in os.environ}
    os.environ |= added
    address = tracking_uri(environment.mlflow)
    try:
        if address.startswith("databricks"):
            _require_workspace(address)
        client = connect(environment)
        client.search_experiments(max_results=1)
        yield client
    except MlflowException as error:
        raise _told(address, _root(error)) from error
    finally:
        for name in added:
            os.environ.pop(name, None)


def require_answer(environment: Environment) -> None:
    """Raises an InfrastructureError in one line now, instead of a job's traceback minutes later."""
    with within_seconds(environment):
        pass


def _require_workspace(address: str) -> None:
    """MLflow has its own way into a workspace, where one that is silent costs a minute for each try."""
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config
    from databricks.sdk.errors.base import DatabricksError

    logging.getLogger("databricks.sdk").setLevel(logging.ERROR)  # it warns of what is told here
    try:
        profile = address.partition("://")[2] or None
        half = SECONDS // 2  # it is asked twice, first of all what kind of host it is
        config = Config(profile=profile, http_timeout_seconds=half, retry_timeout_seconds=half)
        WorkspaceClient(config=config).current_user.me()
    except DatabricksError:
        return  # an answer: what it says, MLflow will be told too
    except (ValueError, OSError) as error:
        raise _told(address, error) from error


def _root(error: BaseException) -> BaseException:
    """What it began with: MLflow puts its request's address, and libraries' names, around a few words."""
    inner = error.__cause__ or error.__context__
    return _root(inner) if inner else error


def _told(address: str, error: BaseException) -> InfrastructureError:
    hint = (
        "Is its server up, is that its address (`mlflow` of the environment's file, or MLFLOW_TRACKING_URI), and does "
        "it ask for MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD?"
    )
    if address.startswith("databricks"):
        hint = (
            "Does the workspace answer from here? Set DATABRICKS_HOST and DATABRICKS_TOKEN (or a client's id and "
            "secret), or run `databricks auth login`."
        )
    reason = masked(legible(str(error).partition("\n")[0], _LONGEST)).rstrip(".")
    return InfrastructureError(f"MLflow at {masked(address)}: {reason}. {hint}")
