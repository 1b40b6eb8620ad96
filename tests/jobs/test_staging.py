import time
from pathlib import Path

import pytest
from pyarrow.fs import FileSelector

from toile.config.platform import CatalogTables, Environment, PathTables
from toile.staging import staging_folder
from toile.store import open_files


def test_what_is_staged_lies_beside_the_tables_where_a_clusters_machines_reach_it(
    environment: Environment, tmp_path: Path
) -> None:
    tables = PathTables(kind="path", root=str(tmp_path / "tables"))
    with staging_folder(environment.model_copy(update={"tables": tables})) as folder:
        assert Path(folder).parent == tmp_path / "tables/_staging"
        (Path(folder) / "rows.parquet").write_text("")
    assert list((tmp_path / "tables/_staging").iterdir()) == []


def test_beside_a_catalogs_tables_it_lies_in_the_volume(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOILE_VOLUMES", str(tmp_path))
    changes = {"tables": CatalogTables(kind="catalog", catalog="ml"), "results": "/Volumes/ml/toile/results"}
    with staging_folder(environment.model_copy(update=changes)) as folder:
        assert Path(folder).parent == tmp_path / "ml/toile/results/_staging"


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_what_a_killed_job_left_a_day_ago_is_swept_away(
    kind: str, environment: Environment, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = str(tmp_path)
    if kind == "s3":  # which Spark calls s3a
        root = f"{request.getfixturevalue('bucket')}/{tmp_path.name}".replace("s3", "s3a", 1)
    files, path = open_files(f"{root}/_staging")
    ages = {"old": 90_000, "new": 80_000}
    left = {age: f"{int(time.time()) - seconds}-{age}" for age, seconds in ages.items()}
    for name in left.values():
        files.create_dir(f"{path}/{name}")
        with files.open_output_stream(f"{path}/{name}/rows") as rows:
            rows.write(b"rows")
    with staging_folder(environment.model_copy(update={"tables": PathTables(kind="path", root=root)})) as folder:
        assert folder.startswith(f"{root}/_staging/")
    assert [info.base_name for info in files.get_file_info(FileSelector(path))] == [left["new"]]
