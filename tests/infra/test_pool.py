import re

from toile.config.names import SPARK_POOL
from toile.home import REPOSITORY


def test_the_images_make_the_pool_that_tasks_wait_in() -> None:
    """Airflow schedules no task of a pool that does not exist."""
    images = (REPOSITORY / "infra/images/airflow/init.sh").read_text()
    assert re.findall(r"pools set (\w+) ", images) == [SPARK_POOL]
