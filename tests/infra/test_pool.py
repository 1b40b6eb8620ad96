import re

from laptop.stack import SPARK_POOL
from toile.home import REPOSITORY


def test_every_set_up_makes_the_pool_that_tasks_wait_in() -> None:
    """Airflow schedules no task of a pool that does not exist."""
    defaults = (REPOSITORY / "plugins/toile_airflow/defaults.py").read_text()
    images = (REPOSITORY / "infra/images/airflow/init.sh").read_text()
    assert re.findall(r'^SPARK_POOL = "(\w+)"$', defaults, re.MULTILINE) == [SPARK_POOL]
    assert re.findall(r"pools set (\w+) ", images) == [SPARK_POOL]
