import pytest
from pyspark.sql import SparkSession

from toile.config.platform import Environment
from toile.session import open_session


@pytest.mark.usefixtures("spark")
def test_databricks_gives_the_session_whatever_the_environment_asks_for(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serverless names its server by SPARK_REMOTE, which a classic session of one's own must refuse."""
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    settings = {"spark.sql.shuffle.partitions": "3"}
    session = open_session(environment.model_copy(update={"spark_session": "classic", "spark": settings}))
    assert isinstance(session, type(SparkSession.active()))
    assert [session.conf.get(name) for name in ("spark.sql.session.timeZone", *settings)] == ["UTC", "3"]
