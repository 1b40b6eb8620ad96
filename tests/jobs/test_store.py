import os
import threading
from pathlib import Path

import pytest

from toile.errors import ConfigError, InfrastructureError
from toile.home import in_workspace_alone
from toile.store import Store, open_store

KEY = "a.b/train/2011-09-08-0123456789ab/result.json"


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    location = tmp_path if request.param == "folder" else f"{request.getfixturevalue('bucket')}/{tmp_path.name}"
    return open_store(str(location))


def test_what_is_written_is_read_and_listed(store: Store) -> None:
    assert store.read(KEY) is None
    assert store.keys("a.b") == []
    for data in (b"former", b"new"):
        store.write(KEY, data)
    store.write("a.b2/other", b"")
    assert store.read(KEY) == b"new"
    assert store.keys("a.b") == [KEY]


def test_readers_see_the_former_file_or_the_whole_new_one(store: Store) -> None:
    versions = [bytes([letter]) * 300_000 for letter in b"abcdefgh"]
    store.write(KEY, versions[0])
    seen: set[bytes | None] = set()
    writer = threading.Thread(target=lambda: [store.write(KEY, version) for version in versions])
    writer.start()
    while writer.is_alive():
        seen.add(store.read(KEY))
    assert seen <= set(versions)
    assert store.keys("a.b") == [KEY]


def test_other_users_may_read_what_a_folder_holds(tmp_path: Path) -> None:
    former = os.umask(0o022)
    open_store(str(tmp_path)).write(KEY, b"told")
    os.umask(former)
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o644


def test_volumes_lie_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOILE_VOLUMES", str(tmp_path))
    open_store("/Volumes/ml/toile/results").write(KEY, b"told")
    assert (tmp_path / "ml/toile/results" / KEY).read_bytes() == b"told"


def test_a_folder_named_volumes_makes_no_machine_one_of_databricks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    assert in_workspace_alone("/Volumes/ml/toile/results")
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    assert not in_workspace_alone("/Volumes/ml/toile/results")


def test_a_folder_that_cannot_be_written_is_told_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match=r"file: cannot write a/b: .*Not a directory.*Is the address right"):
        open_store(str(tmp_path / "file")).write("a/b", b"")


def test_a_bucket_that_does_not_exist_is_told(bucket: str) -> None:
    with pytest.raises(InfrastructureError, match=r"s3://absent: cannot write probe: .*bucket does not exist"):
        open_store("s3://absent").write("probe", b"told")


def test_a_store_of_no_known_kind_is_told() -> None:
    with pytest.raises(ConfigError, match=r"gs://bucket: there are no stores of kind gs://. Write a folder"):
        open_store("gs://bucket")


def test_sparks_word_for_s3_means_the_same_store(bucket: str, tmp_path: Path) -> None:
    open_store(f"{bucket}/{tmp_path.name}").write(KEY, b"told")
    assert open_store(f"s3a{bucket.removeprefix('s3')}/{tmp_path.name}").read(KEY) == b"told"
