"""What a job is given: its spec, its model, and the services of its environment, opened when first used."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toile.config import Conf, Names, ResolvedModel
from toile.contract import JobResult, JobSpec, Verdict
from toile.errors import ConfigError
from toile.store import Store, open_store

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from toile.features.sources import AsOfSources
    from toile.tables import Tables


@dataclass
class JobContext:
    """One run of one job."""

    spec: JobSpec
    model: ResolvedModel
    timings: dict[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, spec: JobSpec, conf_root: Path) -> "JobContext":
        """Reads the spec's model from conf/.

        Raises:
            InvalidConfig: the model's files have mistakes.
            ConfigError: the configuration is not the one that the spec was made from.
        """
        model = Conf(conf_root, spec.environment).load_model(spec.model)
        if spec.config_digest and spec.config_digest != model.digest:
            raise ConfigError(
                f"{spec.model}: the configuration changed (digest {model.digest}) after this job was asked for "
                f"(digest {spec.config_digest}). Clear the task, or trigger the DAG anew."
            )
        return cls(spec, model)

    @cached_property
    def names(self) -> Names:
        return Names.of(self.spec.model, self.model.environment)

    @cached_property
    def store(self) -> Store:
        """Where results lie."""
        return open_store(self.model.environment.results)

    @cached_property
    def spark(self) -> "SparkSession":
        from toile.session import open_session

        with self.step("session"):
            return open_session(self.model.environment)

    @cached_property
    def tables(self) -> "Tables":
        from toile.tables import Tables

        return Tables(self.spark, self.model.environment)

    @cached_property
    def sources(self) -> "AsOfSources":
        """The source tables as they were known at the spec's as_of."""
        from toile.features.sources import AsOfSources

        return AsOfSources(self.tables, self.model.platform, self.spec.as_of)

    @property
    def as_of(self) -> str:
        return self.spec.as_of.isoformat()

    def parameter(self, name: str) -> str:
        """A parameter that this job cannot do without.

        Raises:
            ConfigError: the spec does not carry it.
        """
        value = self.spec.parameters.get(name)
        if not value:
            raise ConfigError(f"job {self.spec.job}: the parameter {name!r} is missing.")
        return value

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a step, in wall seconds, and tells of it on the log."""
        started = time.perf_counter()
        print(f"[{self.spec.job}] {name} ...", flush=True)  # noqa: T201 -- a job's standard output is its task log
        try:
            yield
        finally:
            self.timings[name] = round(self.timings.get(name, 0.0) + time.perf_counter() - started, 3)

    def result(self, verdict: Verdict, **values: Any) -> JobResult:
        """This run's result; `values` are the further fields of JobResult."""
        spec = self.spec
        return JobResult(
            run_key=spec.run_key,
            job=spec.job,
            model=spec.model,
            as_of=spec.as_of,
            verdict=verdict,
            timings=dict(self.timings),
            **values,
        )
