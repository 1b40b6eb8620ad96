"""The DAG that stands in for a model whose files have mistakes."""

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException

from toile.config import InvalidConfig, Names
from toile.config.platform import Team
from toile_airflow.access import give_access

_PAGE = """\
The files of `{model}` have mistakes, so it has no other DAGs until they are mended. Other models are untouched.

```
{message}
```

`toile check` tells the same.
"""


def build_config_error_dag(model: str, error: InvalidConfig, owner: Team | None) -> DAG:
    """`<domain>.<model>.config_error`: shows every mistake with its place, and fails with them when it is run.

    `owner` is the team that may see it, where the model's file tells.
    """
    message = str(error)
    with DAG(
        dag_id=Names(model).config_error_dag_id,
        description=f"The files of {model} have {len(error.problems)} mistake(s): it has no other DAGs.",
        doc_md=_PAGE.format(model=model, message=message),
        schedule=None,
        tags=sorted({"toile", "config-error", model.partition(".")[0]}),
        default_args={"owner": "toile", "retries": 0},
    ) as dag:
        give_access(dag, owner)

        @task(task_id="config_error")
        def fail() -> None:
            raise AirflowFailException(message)

        fail()
    return dag
