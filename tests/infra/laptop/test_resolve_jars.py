from pathlib import Path

import pytest

from laptop.resolve_jars import artifact, missing_jars, read_coordinates


@pytest.mark.parametrize(
    ("jar", "name"),
    [
        ("commons-logging-1.3.0.jar", "commons-logging"),
        ("io.delta_delta-spark_4.1_2.13-4.4.0.jar", "io.delta_delta-spark_4.1_2.13"),
        ("zstd-jni-1.5.7-3.jar", "zstd-jni"),
        ("org.roaringbitmap_shims-0.9.25.jar", "org.roaringbitmap_shims"),
        ("log4j-slf4j2-impl-2.25.3.jar", "log4j-slf4j2-impl"),
    ],
)
def test_an_artifact_is_the_name_before_the_version(jar: str, name: str) -> None:
    assert artifact(Path(jar)) == name


def test_only_jars_that_spark_does_not_ship_are_kept_whatever_their_version() -> None:
    resolved = [Path("com.github.luben_zstd-jni-1.5.7-3.jar"), Path("io.delta_delta-storage-4.4.0.jar")]
    assert missing_jars(resolved, [Path("zstd-jni-1.5.6-9.jar")]) == [Path("io.delta_delta-storage-4.4.0.jar")]


def test_coordinates_are_the_lines_that_are_no_comments(tmp_path: Path) -> None:
    file = tmp_path / "jars.txt"
    file.write_text("# why\nio.delta:delta-spark_4.1_2.13:4.4.0\n\n")
    assert read_coordinates(file) == ["io.delta:delta-spark_4.1_2.13:4.4.0"]
