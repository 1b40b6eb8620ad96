"""On a real git repository and a real MLflow, at times of the test's own."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.clone import Clone

from toile.cli import main
from toile.config import Conf
from toile.home import REPOSITORY
from toile.registry.ledger import LEDGER, PROMOTE, ROLLBACK
from toile.registry.tracking import FINISHED, connect, experiment_id
from toile.registry.versions import Versions

MODEL = "shop.alpha"
COMMITTED = datetime(2026, 3, 1, tzinfo=UTC)


class Past:
    """What jobs would have left, each so many days after the commit."""

    def __init__(self, conf: Conf) -> None:
        self.client = connect(conf.environment)
        self.experiment = experiment_id(self.client, MODEL, conf.environment)
        self.versions = Versions(self.client, MODEL)

    def run(self, day: float, kind: str, *, ended: float | None = None, **tags: str) -> str:
        told = {f"toile.{name}": value for name, value in {"kind": kind, **tags}.items()}
        made = self.client.create_run(self.experiment, start_time=milliseconds(day), tags=told)
        self.client.set_terminated(made.info.run_id, FINISHED, milliseconds(ended or day))
        return str(made.info.run_id)

    def candidate(self, day: float, verdict: str, *, validated: float) -> str:
        run = self.run(day, "train", ended=validated, validation=verdict)
        return self.versions.register(f"runs:/{run}/model", run, {"toile.as_of": "2026-03-01"}).number

    def entry(self, day: float, action: str, version: str, run_key: str) -> None:
        self.run(day, LEDGER, action=action, version=version, former="", reason="r", actor="ada", run_key=run_key)


def milliseconds(day: float) -> int:
    return int((COMMITTED + timedelta(days=day)).timestamp() * 1000)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Two models of a shop; alpha's file was renamed since it was committed, beta's never was committed."""
    clone = Clone(tmp_path / "clone")
    shutil.copytree(REPOSITORY / "tests" / "dags" / "conf", clone.conf)
    models = clone.conf / "models" / "shop"
    beta = (models / "beta.yaml").read_text()
    (models / "beta.yaml").unlink()
    (models / "alpha.yaml").rename(models / "first.yaml")
    clone.git("init", "--quiet", "--initial-branch", "main")
    clone.commit(COMMITTED)
    (models / "first.yaml").rename(models / "alpha.yaml")
    clone.commit(COMMITTED + timedelta(days=1))
    (models / "beta.yaml").write_text(beta)
    monkeypatch.setenv("TOILE_CONF", str(clone.conf))
    return clone


@pytest.fixture
def past(clone: Clone, own_home: Path) -> Past:
    return Past(Conf(clone.conf))


def stats(capsys: pytest.CaptureFixture[str], status: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["stats", "--format", "json"]) == status
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_models_way_is_told_from_its_first_commit_on(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    past.run(1, "gate", verdict="refused")
    past.run(2, "gate", verdict="passed")
    past.candidate(2, "refused", validated=33)  # in April
    first = past.candidate(3, "passed", validated=3)
    past.entry(4.5, PROMOTE, first, "p1")
    unfit = past.candidate(5, "passed", validated=5)
    past.entry(6, PROMOTE, unfit, "p2")
    past.entry(6, ROLLBACK, first, "p2/smoke")
    for key, trained, promoted in (("p3", 40, 40.25), ("p4", 60, 62)):
        past.entry(promoted, PROMOTE, past.candidate(trained, "warned", validated=trained), key)
    past.entry(70, ROLLBACK, first, "r1")
    past.entry(71, PROMOTE, "99", "p5")  # a version that somebody has deleted since

    told = stats(capsys)

    alpha, beta = told["each"]
    assert (alpha["first_commit"], alpha["days_to_champion"]) == ("2026-03-01T00:00:00Z", 4.5)
    assert alpha["lead_hours"] == pytest.approx([6, 48, None])
    assert told["lead_hours"] == {"median": 27, "known": 2, "unknown": 1}
    assert told["months"] == {
        "2026-03": {"data gate": 1, "smoke test": 1},
        "2026-04": {"model validation": 1},
        "2026-05": {"rolled back": 1},
    }
    assert (told["with_champion"], told["without_runs"]) == (1, ["shop.beta"])
    assert (beta["first_commit"], beta["days_to_champion"], beta["has_runs"]) == (None, None, False)
    assert main(["stats"]) == 0
    shown = capsys.readouterr().out
    assert "local: 2 models, 1 with a champion\n  without any run: shop.beta" in shown
    assert "days from first commit to champion: 4.5 (median of 1)" in shown
    assert "candidate to champion, of retrainings: 27.0 (median of 2, 1 not known)" in shown


def test_a_file_that_came_after_its_champion_tells_no_time(past: Past, capsys: pytest.CaptureFixture[str]) -> None:
    past.entry(-1, PROMOTE, past.candidate(-2, "passed", validated=-2), "p1")
    told = stats(capsys)
    assert told["each"][0]["days_to_champion"] is None
    assert told["days_to_champion"] == {"median": None, "known": 0, "unknown": 1}


def test_gates_are_counted_of_models_without_mistakes(
    clone: Clone, past: Past, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = stats(capsys)["gates"]
    both = {"models": 2, "share": 1}
    assert shares["against the naive rule"] == shares["against the champion"] == shares["limit on a metric"] == both
    assert shares["data gate that can refuse"] == both
    assert shares["approval by a person"] == {"models": 1, "share": 0.5}
    assert shares["on slices"] == shares["budget"] == shares["against the baseline"] == {"models": 0, "share": 0}
    clone.change("conf/expectations/snapshots.yaml", "severity: block", "severity: warn")
    clone.change("conf/expectations/snapshots.yaml", "severity: quarantine", "severity: warn")
    clone.change("conf/models/shop/beta.yaml", "owner: shop-squad", "owner: nobody")
    told = stats(capsys, status=1)
    assert told["broken"] == ["shop.beta"]
    assert told["gates"]["data gate that can refuse"] == {"models": 0, "share": 0}
    assert told["gates"]["approval by a person"] == {"models": 0, "share": 0}


def test_a_clone_that_is_cut_off_tells_no_first_commit(
    clone: Clone, past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.git("clone", "--quiet", "--depth", "1", f"file://{clone.root}", str(tmp_path / "shallow"))
    monkeypatch.setenv("TOILE_CONF", str(tmp_path / "shallow" / "conf"))
    told = stats(capsys)
    assert (told["git"], told["each"][0]["first_commit"]) == ("shallow", None)
    monkeypatch.setenv("TOILE_CONF", str(shutil.copytree(clone.conf, tmp_path / "no_clone" / "conf")))
    assert stats(capsys)["git"] == "none"
    assert main(["stats"]) == 0
    assert "git does not know this folder" in capsys.readouterr().out
