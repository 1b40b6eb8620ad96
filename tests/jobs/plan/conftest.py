"""A repository of its own: two models of a shop, a laptop and a production that costs money, one commit on main."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clone import Clone

from toile.cli import main
from toile.home import REPOSITORY

PRODUCTION = """\
description: A Databricks workspace.
backend:
  kind: databricks
  connection: databricks_production
  artifacts: /Volumes/ml/toile/wheels
  compute: {kind: job_cluster, spark_version: 17.3.x-cpu-ml-scala2.13, node_type: m7gd.xlarge, workers: 2, spot: aws}
  timeout_minutes: 240
tables: {kind: catalog, catalog: ml}
mlflow: databricks
registry: ml
results: /Volumes/ml/toile/results
spark_session: classic
defaults: {budget: {per_month: 200}}
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    root = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "tests" / "dags" / "conf", root / "conf")
    (root / "conf/environments/scheduled.yaml").unlink()
    (root / "conf/environments/production.yaml").write_text(PRODUCTION)
    shutil.copy(REPOSITORY / "tests/jobs/plan/prices.yaml", root / "conf" / "prices.yaml")
    code = root / "jobs" / "domains" / "shop"
    code.mkdir(parents=True)
    (code / "orders.py").write_text("def lines(): ...\n")
    (code / "features.py").write_text("from domains.shop.orders import lines\ndef recency(history): ...\n")
    for name in ("alpha", "beta"):
        (code / f"{name}.py").write_text(
            "def entities(sources, window): ...\ndef active_customers(sources, as_of): ...\n"
        )
    clone = Clone(root)
    clone.git("init", "--quiet", "--initial-branch", "main")
    clone.commit()
    monkeypatch.setenv("TOILE_CONF", str(clone.conf))
    monkeypatch.delenv("TOILE_ENV", raising=False)
    return clone


@pytest.fixture
def plan(clone: Clone, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """`toile plan` with these arguments: its exit status and what it prints."""

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["plan", *arguments])
        return status, capsys.readouterr().out

    return run
