"""The only module that reads and writes tables: Delta, by path on a laptop, by catalog name elsewhere."""

import json
import time
from datetime import UTC, datetime
from functools import reduce
from hashlib import sha256
from pathlib import Path

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as sf

from toile.config.platform import CatalogTables, Environment
from toile.errors import DataError
from toile.home import tables_folder

ABSENT = {"TABLE_OR_VIEW_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "PATH_NOT_FOUND", "DELTA_PATH_DOES_NOT_EXIST"}
CONFLICT_PAUSES = (1, 2, 4, 8)
# A champion's training rows are read by their version for as long as it is monitored. Delta keeps 7 and 30 days.
KEPT = {"delta.deletedFileRetentionDuration": "interval 730 days", "delta.logRetentionDuration": "interval 730 days"}


class Tables:
    """The tables of one environment. Names are `<schema>.<table>` everywhere in Toile."""

    def __init__(self, spark: SparkSession, environment: Environment) -> None:
        self.spark = spark
        self._where = environment.tables

    def location(self, name: str) -> str:
        """The path, or the full name, under which the table is found."""
        if isinstance(self._where, CatalogTables):
            return f"{self._where.catalog}.{name}"
        return f"{tables_folder(self._where.root)}/{name.replace('.', '/')}"

    def exists(self, name: str) -> bool:
        if not isinstance(self._where, CatalogTables) and "://" not in self.location(name):
            return (Path(self.location(name)) / "_delta_log").is_dir()
        try:
            self._load(name).schema  # noqa: B018 -- Connect analyses lazily; asking for the schema makes it look
        except AnalysisException as error:
            if error.getCondition() in ABSENT:
                return False
            raise
        return True

    def version(self, name: str) -> int:
        """The table's newest Delta version.

        Raises:
            DataError: there is no such table.
        """
        self._require(name)
        newest = self.spark.sql(f"DESCRIBE HISTORY {self._sql_name(name)} LIMIT 1").select("version").first()
        return int(newest[0])

    def read(self, name: str, *, version: int | None = None, at: datetime | None = None) -> DataFrame:
        """The table as it is, as it was in a version, or as it was at a time.

        Raises:
            DataError: there is no such table.
        """
        self._require(name)
        return self._load(name, version, at)

    def replace(
        self,
        name: str,
        frame: DataFrame,
        *,
        partition: dict[str, str] | None = None,
        origin: dict[str, str] | None = None,
    ) -> int:
        """Replaces one partition, or the whole table, in one atomic step; returns the new version.

        `partition` maps column to value; the frame holds these columns. Rows outside the partition stay as they are.
        `origin` says what it was made from; `written` tells it again.
        """
        told = json.dumps({"partition": partition or {}, "origin": origin or {}}, sort_keys=True)
        writer = frame.write.format("delta").mode("overwrite").options(**KEPT, userMetadata=told)
        if partition:
            self._create(name, frame, partition)
            writer = writer.partitionBy(*partition)
            writer = writer.option("replaceWhere", " AND ".join(f"{k} = '{v}'" for k, v in partition.items()))
            writer = writer.option("mergeSchema", "true")
        else:
            writer = writer.option("overwriteSchema", "true")
        self._save(writer, name)
        return self.version(name)

    def written(self, name: str, partition: dict[str, str]) -> tuple[int, dict[str, str]]:
        """The version in which `replace` last wrote this partition, and the origin that it was told.

        Raises:
            DataError: there is no such table, or nothing ever wrote this partition.
        """
        self._require(name)
        history = self.spark.sql(f"DESCRIBE HISTORY {self._sql_name(name)}")
        told = sf.get_json_object("userMetadata", "$.partition")
        this = told == json.dumps(partition, sort_keys=True, separators=(",", ":"))
        row = history.where(this).orderBy(sf.desc("version")).select("version", "userMetadata").first()
        if row is None:
            raise _no_rows(name, partition)
        return int(row[0]), json.loads(row[1])["origin"]

    def origin(self, name: str) -> dict[str, str]:
        """What the newest version was made from, as `replace` was told; empty where something else wrote it."""
        self._require(name)
        newest = self.spark.sql(f"DESCRIBE HISTORY {self._sql_name(name)} LIMIT 1").select("userMetadata").first()
        return dict(json.loads(newest[0])["origin"]) if newest[0] else {}

    def append(self, name: str, frame: DataFrame, *, run_key: str) -> int:
        """Appends rows once per run key: the same call again changes nothing; returns the newest version."""
        application = sha256(f"{name}/{run_key}".encode()).hexdigest()
        writer = frame.write.format("delta").mode("append").option("mergeSchema", "true")
        self._save(writer.option("txnAppId", application).option("txnVersion", "1"), name)
        return self.version(name)

    def partition(self, name: str, values: dict[str, str], *, version: int | None = None) -> DataFrame:
        """The rows of one partition.

        Raises:
            DataError: there is no such table, or the partition is empty.
        """
        rows = self.read(name, version=version).where(
            reduce(Column.__and__, (sf.col(k) == v for k, v in values.items()))
        )
        if rows.isEmpty():
            raise _no_rows(name, values)
        return rows

    def _load(self, name: str, version: int | None = None, at: datetime | None = None) -> DataFrame:
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        if at is not None:
            reader = reader.option("timestampAsOf", at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
        location = self.location(name)
        return reader.table(location) if isinstance(self._where, CatalogTables) else reader.load(location)

    def _create(self, name: str, frame: DataFrame, partition: dict[str, str]) -> None:
        """Makes the table, empty, where there is none: two first writers then replace their own partitions only."""
        if not self.exists(name):
            empty = self.spark.createDataFrame([], frame.schema)
            writer = empty.write.format("delta").mode("ignore").options(**KEPT)
            self._save(writer.partitionBy(*partition), name)

    def _save(self, writer: DataFrameWriter, name: str) -> None:
        """Writes; where another writer was quicker, once more: what a killed job had begun goes on in the server."""
        location = self.location(name)
        save = writer.saveAsTable if isinstance(self._where, CatalogTables) else writer.save
        for seconds in (*CONFLICT_PAUSES, None):
            try:
                save(location)
            except PySparkException as error:
                if seconds is None or "DELTA_CONCURRENT" not in str(error):
                    raise
                time.sleep(seconds)
            else:
                return

    def _sql_name(self, name: str) -> str:
        location = self.location(name)
        return location if isinstance(self._where, CatalogTables) else f"delta.`{location}`"

    def _require(self, name: str) -> None:
        if not self.exists(name):
            raise DataError(
                f"there is no table {name} ({self.location(name)}). Import or build it first: "
                "`toile data simulate` makes order lines, `toile data simulate-campaign` calls, "
                "`toile data import` either from real data, `toile run gate` a model's rows."
            )


def _no_rows(name: str, partition: dict[str, str]) -> DataError:
    wanted = ", ".join(f"{column}={value}" for column, value in partition.items())
    return DataError(f"{name} has no rows for {wanted}. Run the job that writes them first.")
