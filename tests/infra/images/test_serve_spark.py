from pathlib import Path

import pytest

from images.jobs.serve_spark import command


def test_other_containers_reach_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars/delta.jar").touch()
    monkeypatch.setenv("TOILE_HOME", str(tmp_path))
    settings = [word for word in command() if word.startswith("spark.connect.grpc.binding")]
    assert settings == ["spark.connect.grpc.binding.address=0.0.0.0", "spark.connect.grpc.binding.port=15002"]
