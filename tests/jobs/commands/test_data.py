import re
from pathlib import Path
from typing import cast

import pytest
from pyspark.sql import SparkSession

from toile.cli import main
from toile.config.platform import Environment
from toile.errors import DataError
from toile.tables import Tables


def test_a_missing_table_names_commands_that_exist(environment: Environment, tmp_path: Path) -> None:
    where = environment.tables.model_copy(update={"root": str(tmp_path)})
    tables = Tables(cast(SparkSession, None), environment.model_copy(update={"tables": where}))
    with pytest.raises(DataError) as caught:
        tables.read("sales.order_lines")
    named = re.findall(r"`toile ([\w -]+)`", str(caught.value))
    assert named == ["data simulate", "data simulate-campaign", "data import", "run gate"]
    for command in named:
        with pytest.raises(SystemExit, match="0"):
            main([*command.split(), "--help"])
