"""Bodies of `runs/submit` for the stand-in wheel, as plain data that a test may spoil."""

import itertools
from typing import Any

from tests.fakes.stand_in_wheel import spec_of
from tests.fakes.workspace import WHEEL

CLUSTER = {"spark_version": "17.3.x-scala2.13", "node_type_id": "m7g.xlarge", "num_workers": 1}
_numbers = itertools.count()


def new_run_key() -> str:
    return f"shop.alpha/train/2011-06-01-{next(_numbers):012x}"


def wheel_task(do: str = "", run_key: str | None = None) -> dict[str, Any]:
    spec = spec_of(run_key or new_run_key(), do)
    return {"package_name": "toile", "entry_point": "toile-job", "named_parameters": {"spec": spec}}


def on_cluster(do: str = "", run_key: str | None = None, **more: Any) -> dict[str, Any]:
    task = {
        "task_key": "train",
        "python_wheel_task": wheel_task(do, run_key),
        "new_cluster": CLUSTER,
        "libraries": [{"whl": WHEEL}],
    }
    return {"run_name": "train", "tasks": [task], **more}


def serverless(**more: Any) -> dict[str, Any]:
    task = {"task_key": "train", "python_wheel_task": wheel_task(), "environment_key": "toile"}
    environment = {"environment_key": "toile", "spec": {"environment_version": "4", "dependencies": [WHEEL]}}
    return {"run_name": "train", "tasks": [task], "environments": [environment], **more}
