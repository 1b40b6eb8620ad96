"""A real Airflow API server on this machine and a headless Chromium in front of it, each started once."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.airflow_home import REPOSITORY
from tests.processes import wait_for

PASSWORDS = {"ada": "for tests alone", "vera": "for tests alone"}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 150  # on two cores that others use too, an API server needs most of a minute to start


def require_chromium() -> str:
    """Its path. Where there is none, the test is skipped on a person's machine and fails in CI."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        told = "no Chromium here; Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return found


@contextmanager
def started_airflow(home: Path, conf: Path, mlflow: str) -> Iterator[str]:
    """Airflow's API server with the DAGs of `conf`, an admin `ada` and a viewer `vera`; yields its address."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ada:admin,vera:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__API__BASE_URL": address,
        "TOILE_CONF": str(conf),
        "MLFLOW_TRACKING_URI": mlflow,
    }
    airflow = [sys.executable, "-m", "airflow"]
    with (home / "airflow.log").open("w") as log:
        for command in (["db", "migrate"], ["dags", "reserialize"]):
            subprocess.run(
                [*airflow, *command], env=environment, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT, check=True
            )
        serve = [*airflow, "api-server", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--workers", "1"]
        server = subprocess.Popen(serve, env=environment, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT)
        try:
            assert wait_for(lambda: _answers(address), PATIENCE), (home / "airflow.log").read_text()[-3000:]
            yield address
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def started_chromium(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v2/version", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
