"""Measures what each try of a job costs, whatever becomes of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from toile.config import Conf, InvalidConfig
from toile.config.address import masked
from toile.contract import Cost, JobSpec
from toile.home import conf_root

if TYPE_CHECKING:
    from toile.costs.charges import Charges


@dataclass
class Meter:
    """Of one try; without charges, where compute costs nothing, it measures nothing."""

    outcome: str = "failed"
    """Of a try that goes through: its verdict, or `found` where an earlier try had its result already."""
    charges: "Charges | None" = None
    mlflow_run_id: str = ""
    estimated: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    def open(self, spec: JobSpec) -> None:
        conf = Conf(conf_root(), spec.environment)
        try:
            conf.model_file(spec.model)  # no experiment is made for a name that was mistyped
            _ = conf.environment
        except InvalidConfig:
            return  # the job tells it
        if conf.rate is None:
            return
        from toile.costs.charges import Charges
        from toile.registry.tracking import connect

        charges = Charges(connect(conf.environment), spec.model, conf.environment, conf.rate)
        self.mlflow_run_id, self.estimated = charges.open(spec)
        self.charges = charges

    def read(self) -> Cost | None:
        """What this try has cost so far."""
        if self.charges is None:
            return None
        rate = self.charges.rate
        return Cost(estimated=self.estimated, actual=rate.cost_of(self._seconds), currency=rate.currency)

    def close(self) -> None:
        if self.charges:
            self.charges.close(self.mlflow_run_id, self._seconds, self.outcome)

    @property
    def _seconds(self) -> float:
        return round(time.perf_counter() - self.started, 3)


@contextmanager
def metered(spec: JobSpec) -> Iterator[Meter]:
    """Opens the charge of this try and closes it, with `failed` unless the meter was told another outcome."""
    meter = Meter()
    with _told():
        meter.open(spec)
    try:
        yield meter
    finally:
        with _told():
            meter.close()


@contextmanager
def _told() -> Iterator[None]:
    """Says on the log what keeps the cost from being counted: no fault of book-keeping may cost the work itself."""
    try:
        yield
    except Exception as error:
        print(f"[cost] not counted: {type(error).__name__}: {masked(str(error))}", flush=True)  # noqa: T201 -- the task log
