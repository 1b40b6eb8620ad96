"""The files of a new model, and how they come to lie in the tree: all of them, or none."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from toile.config import Conf
from toile.config.durations import format_duration
from toile.config.names import EVENT_TIME
from toile.config.problems import legible
from toile.errors import ConfigError
from toile.onboarding.expectations import learn
from toile.onboarding.plan import Plan
from toile.onboarding.proposal import CLASSIFICATION

MARGIN, MARGIN_OF_SPREAD, MOST_SHOWN = 0.02, 0.02, 100
_TEST = '''\
"""What must stay true of {model}, whatever else changes in its file."""

from datetime import timedelta

from toile.config import Conf, ResolvedModel
from toile.home import conf_root


def model() -> ResolvedModel:
    return Conf(conf_root()).load_model("{model}")


def test_what_tells_the_answer_or_who_it_is_about_is_no_feature() -> None:
    assert not {apart} & set(model().feature_columns)


def test_no_row_is_trained_on_before_its_label_is_known() -> None:
    assert model().config.task.label_delay >= timedelta(hours={hours})


def test_no_candidate_takes_over_without_being_compared() -> None:
    beaten = {{gate.beats for gate in model().config.gates if hasattr(gate, "beats")}}
    met = {{gate.no_worse_than for gate in model().config.gates if hasattr(gate, "no_worse_than")}}
    assert {{"naive", "baseline", "champion"}} <= beaten | met
'''


def render(plan: Plan) -> dict[str, str]:
    """Path, from the repository's root, -> text of the model file, the suite and the test."""
    told = plan.told
    apart = sorted({told.entity, told.time, told.label, EVENT_TIME, *plan.choice.left_out})
    hours = int(told.label_delay.total_seconds() // 3600)
    return {
        f"conf/models/{told.domain}/{told.name}.yaml": _model(plan),
        f"conf/expectations/{told.suite}.yaml": _suite(plan),
        f"tests/jobs/models/test_{told.suite}.py": _TEST.format(model=told.model, apart=_set(apart), hours=hours),
    }


def write_all(files: Mapping[str, str], conf: Conf, model: str) -> None:
    """Writes beside conf/, once it is clear that the model can be loaded with them in this environment.

    Raises:
        InvalidConfig: they do not; nothing is written.
        ConfigError: one of them is there already; nothing is written.
    """
    root = conf.root.parent
    if there := [name for name in files if _place(conf, name).exists()]:
        raise ConfigError(f"{', '.join(there)}: already there, and nothing is overwritten. Take another --name.")
    with TemporaryDirectory(prefix="toile-new-") as folder:
        tried = Conf(Path(folder) / "conf", conf.environment_name)
        shutil.copytree(conf.root, tried.root)
        for name, text in files.items():
            path = _place(tried, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        tried.load_model(model)
        _put([(_place(tried, name), _place(conf, name)) for name in files], root)


def _put(moves: list[tuple[Path, Path]], root: Path) -> None:
    """Moves files to where none may be yet; where one cannot, those that went before are taken away again."""
    done: list[Path] = []
    try:
        for path, place in moves:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("x") as file:  # unlike a rename, it never replaces what has come there meanwhile
                done.append(place)
                file.write(path.read_text())
    except OSError as error:
        for place in done:
            place.unlink()
        where = place.relative_to(root)
        raise ConfigError(f"{where} cannot be written: {error.strerror}. Nothing was.") from error


def _place(conf: Conf, name: str) -> Path:
    """The configuration may lie under another name than conf/."""
    first, _, rest = name.partition("/")
    return conf.root / rest if first == "conf" else conf.root.parent / name


def _model(plan: Plan) -> str:
    told, table = plan.told, plan.look.table
    metric, margin = ("roc_auc", MARGIN) if told.task == CLASSIFICATION else ("rmse", _margin(plan))
    time = [] if plan.listed else [f"  time: {_scalar(told.time)}"]
    return _lines(
        "# yaml-language-server: $schema=../../model.schema.json",
        *([f"# Left out: {_reasons(plan.choice.left_out)}"] if plan.choice.left_out else []),
        *([f"# Known at the row's time? {_reasons(plan.choice.doubted)}"] if plan.choice.doubted else []),
        f"owner: {_scalar(told.owner)}",
        f"description: {_scalar(told.description)}",
        f"limits: {_scalar(told.limits)}",
        f"task: {_flow({'kind': told.task, 'label': told.label, 'label_delay': format_duration(told.label_delay)})}",
        f"entity: {_scalar(told.entity)}",
        "training_data:",
        f"  table: {table}",
        *time,
        f"  columns: {_flow(plan.choice.taken)}",
        f"  window: {format_duration(plan.window)}",
        f"  gate: {told.suite}",
        f"split: {{holdout: {format_duration(plan.holdout)}}}",
        "trainer:",
        "  kind: xgboost",
        "  params: {max_depth: 3, n_estimators: 200, learning_rate: 0.05, subsample: 0.8, min_child_weight: 5}",
        "gates:",
        f"  - {{metric: {metric}, beats: naive}}",
        f"  - {{metric: {metric}, no_worse_than: baseline, margin: {margin}}}",
        f"  - {{metric: {metric}, no_worse_than: champion, margin: {margin}}}",
        f"scoring: {{gate: {told.suite}}}",
        "monitoring: {retrain_when: [drift]}",
        'schedule: {train: "@monthly", score: "@daily", monitor: "@daily"}',
    )


def _suite(plan: Plan) -> str:
    told = plan.told
    return _lines(
        "# yaml-language-server: $schema=../suite.schema.json",
        f"description: Rows of {plan.look.table}, learnt from {plan.look.rows:,} of them.",
        f"owner: {_scalar(told.owner)}",
        "expectations:",
        *(f"  - {_flow({key: value for key, value in asdict(learnt).items() if value})}" for learnt in learn(plan)),
    )


def _margin(plan: Plan) -> float:
    """In the label's unit: a part of its spread."""
    return float(f"{MARGIN_OF_SPREAD * plan.look.sample[plan.told.label].astype(float).std():.2g}")


def _reasons(columns: Mapping[str, str]) -> str:
    return "; ".join(
        f"{legible(name, MOST_SHOWN)} ({reason.removeprefix('it ').removeprefix('is ')})"
        for name, reason in columns.items()
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    """The text as YAML, in quotes where it needs them."""
    return _yaml({"_": text}, inline=False).removeprefix("_: ")


def _flow(values: Mapping[str, Any]) -> str:
    """The mapping as YAML in one line, names and texts in quotes where they need them."""
    return _yaml(dict(values), inline=True)


def _yaml(values: dict[str, Any], *, inline: bool) -> str:
    told = yaml.safe_dump(values, default_flow_style=inline, sort_keys=False, width=sys.maxsize, allow_unicode=True)
    return told.rstrip("\n")


def _set(names: list[str]) -> str:
    """JSON's texts are Python's, and have the quotes of this repository's style."""
    return "{" + ", ".join(json.dumps(name, ensure_ascii=False) for name in names) + "}"
