import re
from hashlib import sha256
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


def test_another_way_to_read_a_csv_is_another_import_and_the_former_way_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests: list[str] = []
    monkeypatch.setattr("toile.commands.data.open_tables", lambda _: None)
    monkeypatch.setattr("toile.sources.importing.import_csv", lambda *given: bool(digests.append(given[1])))
    path = tmp_path / "any.csv"
    path.write_text("a\n1\n")
    for asked in ([], ["--decimal", "."], ["--decimal", ","]):
        assert main(["data", "import", "csv", str(path), "--table", "shop.any", *asked]) == 0
    assert digests[0] == sha256(b"a\n1\nNone").hexdigest()
    assert len(set(digests)) == 3
