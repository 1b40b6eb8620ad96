import subprocess
import sys

import numpy as np
import pytest

from toile.config.metrics import METRICS
from toile.tasks import TEMPLATES
from toile.tasks.predictions import Predictions
from toile.tasks.template import Template


@pytest.mark.parametrize("task", TEMPLATES.values(), ids=TEMPLATES)
def test_every_metric_that_a_gate_may_name_has_a_title_and_a_finite_measure(task: Template) -> None:
    assert list(task.metrics) == list(METRICS[task.kind])
    generator = np.random.default_rng(0)
    label = (generator.random(200) < 0.5).astype(float)
    answers = generator.random((3, 200))
    told = Predictions(answers[0], answers[0], {0.1: answers[1], 0.9: answers[2]})
    for metric in task.metrics.values():
        assert metric.title
        assert np.isfinite(metric.prepare(label, told)(np.ones((200, 3)))).all()


def test_estimators_are_unpickled_where_there_is_no_spark() -> None:
    modules = ["toile.tasks", "toile.tasks.classification.calibration", "toile.tasks.forecast.quantiles"]
    program = f"import sys, {', '.join(modules)}; sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_task_that_a_model_file_may_name_has_a_template() -> None:
    assert set(TEMPLATES) == set(METRICS)
