"""`toile check` on a copy of the real configuration."""

import shutil
from pathlib import Path

import pytest

from toile.commands.check import find_problems
from toile.config import Conf
from toile.home import REPOSITORY

MODEL = "models/customer/repeat_purchase.yaml"


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    return Conf(Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")))


def told(conf: Conf) -> list[str]:
    return [str(problem) for problem in find_problems(Conf(conf.root), deep=True)]


def test_the_configuration_of_this_repository_is_sound(conf: Conf) -> None:
    assert told(conf) == []


@pytest.mark.parametrize("stray", ["models/stray.yaml", "models/customer/other.yml", "models/customer/deep/one.yaml"])
def test_a_model_file_that_nobody_reads_is_told(conf: Conf, stray: str) -> None:
    (conf.root / stray).parent.mkdir(exist_ok=True)
    shutil.copy(conf.root / MODEL, conf.root / stray)
    assert told(conf) == [f"conf/{stray}:1:1: is not read: a model lies in conf/models/<domain>/<model>.yaml. Move it."]


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("max_dept: 3", "max_depth: 3", "XGBoost has no such parameter. Did you mean 'max_depth'?"),
        (":entitys", ":entities", "has no function 'entitys'. Did you mean 'entities'?"),
    ],
)
def test_what_only_the_libraries_know_is_told_with_the_nearest_word(
    conf: Conf, wrong: str, right: str, message: str
) -> None:
    text = (conf.root / MODEL).read_text()
    (conf.root / MODEL).write_text(text.replace(right, wrong))
    found = told(conf)
    assert len(found) == 1
    assert found[0].startswith(f"conf/{MODEL}:")
    assert message in found[0]
