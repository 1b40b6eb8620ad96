"""Tables as an environment has them, against what conf/ says of them; no Spark is asked."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.fakes.workspace import Workspace

from toile.commands.table_checks import find_in_tables
from toile.config import Conf
from toile.errors import InfrastructureError
from toile.home import REPOSITORY
from toile.schemas import Schemas
from toile.tables import Tables

COLUMNS = {
    "sales.order_lines": ["Customer_ID", "product_id", "ordered_at"],
    "marketing.contacts": ["client_id", "listed_at"],
    "marketing.responses": ["client_id", "called_at"],
}


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOILE_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))


def log(home: Path, table: str, version: int, *actions: Mapping[str, object]) -> None:
    file = home / "tables" / table.replace(".", "/") / "_delta_log" / f"{version:020}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(map(json.dumps, actions)))


def schema(columns: list[str]) -> dict[str, dict[str, str]]:
    fields = {"type": "struct", "fields": [{"name": name} for name in columns]}
    return {"metaData": {"schemaString": json.dumps(fields)}}


def replace(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def told(conf: Path, environment: str = "local") -> list[str]:
    return [str(problem).removeprefix("conf/") for problem in find_in_tables(Conf(conf, environment))]


def test_a_fresh_clone_is_told_in_one_note_that_its_tables_are_not_looked_at(conf: Path) -> None:
    (note,) = told(conf)
    assert note.startswith("platform.yaml:")
    assert "note: tables: 3 tables are not here yet" in note


def test_columns_that_a_table_lacks_are_told_where_they_are_named(conf: Path, tmp_path: Path) -> None:
    for table, columns in COLUMNS.items():
        log(tmp_path / "home", table, 0, {"commitInfo": {}}, schema(columns))
    assert told(conf) == []
    replace(conf / "platform.yaml", "event_time: called_at", "event_time: caled_at")
    replace(conf / "features/customer_rfm.yaml", "entity: customer_id", "entity: custmer_id")
    view, platform = told(conf)
    expected = "entity: sales.order_lines has no column 'custmer_id'. Did you mean 'customer_id'?"
    assert re.fullmatch(rf"features/customer_rfm\.yaml:4:9: {re.escape(expected)}", view)
    assert platform.endswith("marketing.responses has no column 'caled_at'. Did you mean 'called_at'?")


def test_the_newest_word_of_the_log_counts_and_a_checkpoint_sums_up_what_was_before(conf: Path, tmp_path: Path) -> None:
    for table, columns in COLUMNS.items():
        log(tmp_path / "home", table, 0, schema(["old"]))
        log(tmp_path / "home", table, 2, {"add": {}})
        checkpoint = pa.table({"metaData": [None, schema(columns)["metaData"]]})
        folder = tmp_path / "home/tables" / table.replace(".", "/") / "_delta_log"
        parquet.write_table(checkpoint, folder / f"{1:020}.checkpoint.parquet")
    assert told(conf) == []
    log(tmp_path / "home", "marketing.contacts", 3, schema(["listed_at"]))
    assert ["has no column 'client_id'" in line for line in told(conf)] == [True]


def test_a_model_of_one_table_names_columns_too(conf: Path, tmp_path: Path) -> None:
    for table, columns in COLUMNS.items():
        log(tmp_path / "home", table, 0, schema(columns))
    model = conf / "models/customer/repeat_purchase.yaml"
    rows = "table: marketing.contacts\n  time: listed_a\n  columns: {age: long}"
    replace(model, "entities: domains.customer.repeat_purchase:entities", rows)
    fields = [line.split(": ")[1] for line in told(conf)]
    assert fields == ["task.label", "entity", "training_data.time", "training_data.columns.age"]


def test_a_real_table_is_read(conf: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(tables.location("sales.order_lines")).parents[2]
    monkeypatch.setenv("TOILE_HOME", str(home))
    rows = tables.spark.createDataFrame([(1, 2, "2024-01-01")], COLUMNS["sales.order_lines"])
    tables.replace("sales.order_lines", rows)
    (note,) = told(conf)
    assert "2 tables are not here yet" in note


def test_a_table_that_a_catalog_lacks_is_a_mistake(conf: Path, workspace: Workspace) -> None:
    (workspace.root / "tables").mkdir()
    for table in ("sales.order_lines", "marketing.contacts"):
        (workspace.root / f"tables/ml.{table}.json").write_text(json.dumps(COLUMNS[table]))
    (problem,) = told(conf, "production")
    assert "tables.marketing.responses: there is no table marketing.responses in production." in problem


def test_tables_out_of_reach_are_a_note_that_they_were_not_looked_at(conf: Path) -> None:
    (problem,) = find_in_tables(Conf(conf, "staging"))
    assert problem.severity == "note"
    assert "are not looked at: there is no folder /mnt/toile/tables here" in str(problem)


def test_one_table_that_may_not_be_looked_at_hides_nothing_of_the_others(
    conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Schemas.columns

    def forbidden(schemas: Schemas, table: str) -> frozenset[str] | None:
        if table == "sales.order_lines":
            raise InfrastructureError("it is forbidden")
        return look(schemas, table)

    monkeypatch.setattr(Schemas, "columns", forbidden)
    monkeypatch.setenv("TOILE_HOME", str(tmp_path))
    found = list(map(str, find_in_tables(Conf(conf, "local"))))
    assert any("is not looked at: it is forbidden" in problem for problem in found)
    assert any("marketing.contacts" in problem for problem in found)
