import json
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from tests.fakes.workspace import Workspace

from toile.cli import main
from toile.home import REPOSITORY
from toile.shipping import build_shipment, shipped_requirements
from toile.store import FolderStore, Store, open_store
from toile.wheel import MANIFEST, Manifest, source_digest, wheel_file

PLACEHOLDER = "artifacts: /mnt/toile/wheels"
VOLUME = "/Volumes/ml/toile/wheels"


@pytest.fixture(params=["folder", "s3", "volume"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Where `staging` ships to, as its own environment file says."""
    where = str(tmp_path / "wheels")
    if request.param == "s3":
        where = f"{request.getfixturevalue('bucket')}/{tmp_path.name}/wheels"
    if request.param == "volume":
        request.getfixturevalue("workspace")
        where = VOLUME
    return ship_to(where, tmp_path, monkeypatch)


def ship_to(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    conf = copytree(REPOSITORY / "conf", tmp_path / "conf")
    staging = conf / "environments/staging.yaml"
    assert PLACEHOLDER in staging.read_text()
    staging.write_text(staging.read_text().replace(PLACEHOLDER, f"artifacts: {where}"))
    monkeypatch.setenv("TOILE_CONF", str(conf))
    return open_store(where)


def deploy(*options: str) -> int:
    return main(["deploy", "--env", "staging", *options])


def contents(store: Store) -> dict[str, bytes | None]:
    return {key: store.read(key) for key in store.keys(source_digest())}


def test_a_shipment_is_told_beforehand_made_once_and_made_whole_again(
    artifacts: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy("--dry-run") == 0
    assert "would build" in capsys.readouterr().out
    assert contents(artifacts) == {}
    assert deploy() == 0
    shipped, digest = contents(artifacts), source_digest()
    assert set(shipped) == {f"{digest}/{n}" for n in (wheel_file(), "requirements.txt", "launch.py", MANIFEST)}
    assert json.loads(shipped[f"{digest}/{MANIFEST}"] or b"")["digest"] == digest
    capsys.readouterr()
    assert deploy() == 0
    assert "nothing to do" in capsys.readouterr().out
    artifacts.write(f"{digest}/requirements.txt", b"pandas==0.1")
    assert deploy() == 0
    assert "not as they were shipped: requirements.txt" in capsys.readouterr().err
    assert contents(artifacts) == shipped


def test_a_deploy_killed_at_any_file_and_run_again_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment, write, before_death = build_shipment(), FolderStore.write, 0

    def mortal(self: FolderStore, key: str, data: bytes) -> None:
        nonlocal before_death
        if before_death == 0:
            raise KeyboardInterrupt
        before_death -= 1
        write(self, key, data)

    monkeypatch.setattr("toile.commands.deploy.build_shipment", lambda: shipment)
    store = ship_to(str(tmp_path / "wheels"), tmp_path, monkeypatch)
    for lived in range(len(shipment) + 1):
        rmtree(tmp_path / "wheels", ignore_errors=True)
        before_death = lived
        with monkeypatch.context() as patch:
            patch.setattr(FolderStore, "write", mortal)
            assert deploy() == 130
        assert store.read(f"{source_digest()}/{MANIFEST}") is None
        assert deploy() == 0
        assert {key.rpartition("/")[2]: data for key, data in contents(store).items()}.items() >= shipment.items()
        assert store.read(f"{source_digest()}/{MANIFEST}") is not None


def test_a_checkout_of_another_commit_writes_nothing_that_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs may be reading it, and another deploy may have a manifest of it."""
    store, write, written = ship_to(str(tmp_path / "wheels"), tmp_path, monkeypatch), FolderStore.write, []
    monkeypatch.setenv("TOILE_COMMIT", "0ff1ce")
    assert deploy() == 0
    Path(tmp_path / "wheels" / source_digest() / MANIFEST).unlink()
    store.write(f"{source_digest()}/requirements.txt", b"pandas==0.1")

    def noted(self: FolderStore, key: str, data: bytes) -> None:
        written.append(key)
        write(self, key, data)

    monkeypatch.setattr(FolderStore, "write", noted)
    monkeypatch.setenv("TOILE_COMMIT", "c0ffee")
    assert deploy() == 0
    assert written == ["requirements.txt", MANIFEST]


def test_a_workspace_that_is_busy_or_loses_connections_gets_the_whole_shipment_all_the_same(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [{"kind": kind, "match": "PUT /api/2.0/fs/files"} for kind in ("429", "503", "reset")]
    workspace.plan(*faults)
    assert main(["deploy", "--env", "production"]) == 0
    assert workspace.faults() == {"429": 1, "503": 1, "reset": 1}
    workspace.plan()
    assert main(["deploy", "--env", "production"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_a_volume_that_does_not_exist_is_told(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ship_to("/Volumes/ml/toile/absent", tmp_path, monkeypatch)
    assert deploy() == 1
    told = capsys.readouterr().err
    assert "/Volumes/ml/toile/absent/" in told
    assert "Volume 'ml.toile.absent' does not exist. Does the volume exist?" in told


def test_a_token_that_cannot_be_sent_is_told_without_showing_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-secret\n")
    assert main(["deploy", "--env", "production"]) == 2
    told = capsys.readouterr().err
    assert "does a token end with a line break?" in told
    assert "dapi-secret" not in told


def test_a_shipment_of_another_checkout_is_no_shipment_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ship_to(str(tmp_path / "wheels"), tmp_path, monkeypatch)
    other = Manifest(digest="0123456789ab", version="0.1.0+0123456789ab", commit="c0ffee", files={})
    store.write(f"{source_digest()}/{MANIFEST}", other.model_dump_json().encode())
    assert deploy() == 0
    assert "shipping anew" in capsys.readouterr().err
    assert store.read(f"{source_digest()}/{wheel_file()}")


def test_a_mistake_in_a_model_file_is_told_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ship_to(str(tmp_path / "wheels"), tmp_path, monkeypatch)
    (tmp_path / "conf/models/customer/spoilt.yaml").write_text("nonsense: [")
    assert deploy() == 0
    assert "spoilt.yaml: has mistakes" in capsys.readouterr().err


def test_no_way_into_a_workspace_is_told_with_its_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "pat")
    assert main(["deploy", "--env", "production"]) == 2
    assert "Set DATABRICKS_HOST and DATABRICKS_TOKEN" in capsys.readouterr().err


def test_this_machine_needs_no_shipment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy"]) == 0
    assert "nothing to ship" in capsys.readouterr().out


def test_a_cluster_keeps_its_own_spark_and_gets_no_test_tools_nor_what_they_need() -> None:
    asked = "# of jobs\nmlflow==3.17.2\npyspark[connect]==4.1.3\n# of tests\npytest\n"
    names = {line.partition("==")[0] for line in shipped_requirements(LOCK, asked).splitlines()}
    assert names == {"mlflow", "packaging"}


LOCK = """\
# written by a program
appnope==0.1.4 ; sys_platform == 'darwin' \\
    --hash=sha256:aa
mlflow==3.17.2 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
packaging==25.0 \\
    --hash=sha256:gg
pluggy==1.6.0 \\
    --hash=sha256:hh
pyspark[connect]==4.1.3 \\
    --hash=sha256:dd
py4j==0.10.9.9 \\
    --hash=sha256:ee
pytest==9.0.0 \\
    --hash=sha256:ff
"""
