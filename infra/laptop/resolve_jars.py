"""Resolves the jars of requirements/jars.txt with Spark's own Ivy and keeps those that Spark does not ship itself."""

import re
import shutil
import sys
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

SETTINGS = Path(__file__).with_name("ivysettings.xml")


def read_coordinates(file: Path) -> list[str]:
    """The Maven coordinates in the file, one a line; lines that start with # are comments."""
    lines = (line.strip() for line in file.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def artifact(jar: Path) -> str:
    """The artifact's name without its version: `commons-logging` of `commons-logging-1.3.0.jar`."""
    return re.sub(r"-\d[\w.\-]*$", "", jar.stem)


def missing_jars(resolved: list[Path], shipped: list[Path]) -> list[Path]:
    """Those resolved jars (named `<organisation>_<artifact>-<version>.jar`) whose artifact Spark does not ship."""
    known = {artifact(jar) for jar in shipped}
    return sorted(jar for jar in resolved if artifact(jar).partition("_")[2] not in known)


def resolve(coordinates: list[str], ivy: Path) -> list[Path]:
    """Has Spark download the artifacts and all they need; its session does nothing else."""
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars.packages", ",".join(coordinates))
        .config("spark.jars.ivy", str(ivy))
        .config("spark.jars.ivySettings", str(SETTINGS))
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.stop()
    return sorted((ivy / "jars").glob("*.jar"))


def main(coordinates: Path, home: Path) -> None:
    """Fills `jars/` under the home in one step: a reader sees the former folder or the whole new one."""
    ivy = home / "ivy"
    shutil.rmtree(ivy / "jars", ignore_errors=True)
    resolved = resolve(read_coordinates(coordinates), ivy)
    shipped = list((Path(pyspark.__file__).parent / "jars").glob("*.jar"))
    fresh, target = home / "jars.new", home / "jars"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for jar in missing_jars(resolved, shipped):
        shutil.copy2(jar, fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
