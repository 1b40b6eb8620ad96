import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from toile.building import build_wheel
from toile.config.backends import SparkSubmitBackend
from toile.home import REPOSITORY
from toile.store import open_store
from toile.wheel import Manifest, source_digest, wheel_address, wheel_file

TELL = """
import json, sys
from toile.config import Conf
from toile.home import conf_root
from toile.provenance import code_commit, lock_digest
from toile.wheel import source_digest
root = conf_root()
staging = Conf(root, "staging").environment
here = staging.model_copy(update={"backend": staging.backend.model_copy(update={"artifacts": sys.argv[1]})})
print(json.dumps([code_commit(here), lock_digest(), source_digest(), len(Conf(root).model_ids), str(root)]))
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_clone(tmp_path_factory.mktemp("clones") / "one")


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("built"), clone)


def copy_of_clone(target: Path) -> Path:
    for name in ("jobs", "conf", "requirements", "pyproject.toml"):
        source = REPOSITORY / name
        target.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target / name)
    return target


def test_equal_sources_have_one_digest_whatever_lies_beside_them(clone: Path, tmp_path: Path) -> None:
    other = copy_of_clone(tmp_path / "other")
    os.utime(other / "jobs/toile/run.py", (0, 0))
    for stray in ("jobs/toile/__pycache__/x.pyc", "jobs/.DS_Store", "docs/page.md"):
        (other / stray).parent.mkdir(exist_ok=True)
        (other / stray).write_text("stray")
    assert source_digest(other) == source_digest(clone)


@pytest.mark.parametrize(
    "file", ["jobs/toile/run.py", "conf/platform.yaml", "pyproject.toml", "requirements/jobs.lock", "conf/new.yaml"]
)
def test_other_sources_have_another_digest(file: str, clone: Path, tmp_path: Path) -> None:
    other = copy_of_clone(tmp_path / "other")
    with (other / file).open("a") as content:
        content.write("\n# changed")
    assert source_digest(other) != source_digest(clone)


def test_two_clones_build_the_same_bytes_whatever_their_commits(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOILE_COMMIT", "c0ffee")
    again = build_wheel(tmp_path, copy_of_clone(tmp_path / "other"))
    assert again.name == wheel.name
    assert sha256(again.read_bytes()).digest() == sha256(wheel.read_bytes()).digest()


@pytest.mark.parametrize("unpacked", [True, False], ids=["installed", "zip on PYTHONPATH"])
def test_a_job_of_a_wheel_knows_its_configuration_and_where_it_comes_from(
    unpacked: bool, wheel: Path, clone: Path, tmp_path: Path
) -> None:
    place = tmp_path / "site-packages" if unpacked else wheel
    if unpacked:
        ZipFile(wheel).extractall(place)
    # -S: the clone is installed, editable, in the environment that tests run in.
    environment = {"PYTHONPATH": os.pathsep.join([str(place), *(p for p in sys.path if p.endswith("site-packages"))])}
    command = [sys.executable, "-S", "-c", TELL, str(tmp_path)]
    shipped = Manifest(digest=source_digest(clone), version="0", commit="c0ffee", files={})
    shipped.save(open_store(f"{tmp_path}/{shipped.digest}"))
    told = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    models = len(list((clone / "conf/models").glob("*/*.yaml")))
    lock = sha256((clone / "requirements/jobs.lock").read_bytes()).hexdigest()[:12]
    assert told[:4] == ["c0ffee", lock, source_digest(clone), models]
    assert Path(told[4]).exists() is unpacked, "what a zip's configuration was unpacked to ends with its process"


def test_the_wheel_holds_code_and_configuration_and_nothing_else(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"toile", "domains", "toile_conf"}
    assert not [name for name in names if "__pycache__" in name]


def test_a_wheel_lies_under_its_digest() -> None:
    backend = SparkSubmitBackend(kind="spark_submit", connection="spark", artifacts="s3://toile/wheels/")
    assert wheel_address(backend) == f"s3://toile/wheels/{source_digest()}/{wheel_file()}"
