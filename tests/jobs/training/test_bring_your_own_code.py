"""Does what docs/bring_your_own_code.md says, with the very text of the page."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from toile.commands.deep_checks import find_with_libraries
from toile.config import Conf
from toile.home import REPOSITORY
from toile.tasks import template_of
from toile.training.rows import features_of
from toile.training.trainers import build_candidate

PAGE = (REPOSITORY / "docs" / "bring_your_own_code.md").read_text()


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Conf:
    """The page's two files, where it says that they lie."""
    blocks = dict(re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
    assert sorted(blocks) == ["conf/models/customer/loyalty_score.yaml", "jobs/domains/customer/loyalty_score.py"]
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    (tmp_path / "conf/models/customer/loyalty_score.yaml").write_text(blocks["conf/models/customer/loyalty_score.yaml"])
    module = tmp_path / "loyalty_score.py"
    module.write_text(blocks["jobs/domains/customer/loyalty_score.py"])
    spec = importlib.util.spec_from_file_location("domains.customer.loyalty_score", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    monkeypatch.setitem(sys.modules, "domains.customer.loyalty_score", loaded)
    return Conf(tmp_path / "conf")


def test_the_page_onboards_a_model_that_passes_every_check(conf: Conf) -> None:
    assert conf.load_model("customer.loyalty_score").config.trainer.kind == "custom"
    assert find_with_libraries(conf, []) == []


def test_the_pages_function_trains_and_answers(conf: Conf) -> None:
    model = conf.load_model("customer.loyalty_score")
    generator = np.random.default_rng(0)
    rows = pd.DataFrame({name: generator.gamma(2, 10, 2000) for name in model.feature_columns}).assign(country="Spain")
    label = (rows["recency_days"] < rows["recency_days"].median()).astype(int)
    features = features_of(rows, model.feature_columns)
    estimator = build_candidate(model.config.trainer, "classification", model.feature_columns, seed=0)
    answer = template_of("classification").predict(estimator.fit(features, label), features)
    assert np.corrcoef(answer.value, label)[0, 1] > 0.5


def test_a_setting_that_the_function_does_not_take_is_told_with_its_place(conf: Conf) -> None:
    file = conf.root / "models/customer/loyalty_score.yaml"
    file.write_text(file.read_text().replace("params: {hidden: 8}", "params: {hiden: 8}"))
    (problem,) = find_with_libraries(Conf(conf.root), [])
    assert (problem.line, problem.message) == (
        10,
        "domains.customer.loyalty_score:build must take (columns, seed, hiden), but takes (columns, seed, hidden).",
    )
