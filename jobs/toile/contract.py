"""The records that cross the border between Airflow and the jobs: JobSpec out; JobResult, or JobFailure, back."""

import json
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toile.errors import ConfigError
from toile.store import Readable, Store

RESULT_FILE, FAILURE_FILE = "result.json", "failure.json"
FACT, HISTORY = "toile.fact.", "toile.history"
"""Tags of a model's MLflow experiment: its facts by name, and the facts of its last validations as a JSON list."""
MODEL_EXPERIMENT = {"toile.kind": "model"}
"""The tag by which experiments of models are told from others."""
SMOKE = "/smoke"
"""What follows a promotion's run key in that of the ledger's entry by which its smoke test undid it."""


class Verdict(StrEnum):
    """What a job concluded. `REFUSED` closes the gate behind it; it is a result, not a fault."""

    PASSED = "passed"
    WARNED = "warned"
    REFUSED = "refused"


class JobSpec(BaseModel):
    """One run of one job, complete: the same spec always means the same work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str = Field(description="A module of toile.jobs: gate, train, validate, promote, score, monitor.")
    model: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="<domain>.<model>")
    environment: str = "local"
    as_of: date = Field(description="The job sees no data of this day (00:00 UTC) or later.")
    window: str | None = Field(default=None, description="Overrides the length of the training window, such as 180d.")
    run_key: str = Field(pattern=r"^[a-z][a-z0-9_.]*/[a-z]+/\d{4}-\d{2}-\d{2}-[0-9a-f]{12}$")
    config_digest: str | None = Field(default=None, description="Digest of the configuration this spec was made from.")
    wheel: str | None = Field(default=None, description="The very wheel that the job runs from; None: this machine's.")
    parameters: dict[str, str] = Field(default_factory=dict, description="What only this job needs, such as version.")

    @classmethod
    def build(
        cls,
        *,
        job: str,
        model: str,
        as_of: date,
        identity: str,
        parameters: dict[str, str] | None = None,
        environment: str = "local",
        window: str | None = None,
        config_digest: str | None = None,
    ) -> "JobSpec":
        """A spec whose run key is derived from the work and from `identity`: who asks (an Airflow dag run, a CLI call).

        Two specs with equal arguments have equal run keys, so that a retry finds what the first try left.
        """
        parameters = parameters or {}
        work = [job, model, environment, as_of.isoformat(), window, parameters, config_digest]
        seal = json.dumps([*work, identity], sort_keys=True)
        run_key = f"{model}/{job}/{as_of.isoformat()}-{sha256(seal.encode()).hexdigest()[:12]}"
        return cls(
            job=job,
            model=model,
            as_of=as_of,
            environment=environment,
            window=window,
            run_key=run_key,
            config_digest=config_digest,
            parameters=parameters,
        )

    @classmethod
    def parse(cls, text: str) -> "JobSpec":
        """Reads a spec from JSON, or from the file that a `file:` URI or a path names.

        Raises:
            ConfigError: the text is neither, or the record does not fit; every misfit is named.
        """
        if not text.lstrip().startswith("{"):
            path = Path(unquote(urlsplit(text).path) if text.startswith("file:") else text)
            if not path.is_file():
                raise ConfigError(
                    f"job spec: {text!r} is neither JSON nor a file. Pass the JSON of a JobSpec or a path."
                )
            try:
                text = path.read_text("utf-8")
            except UnicodeDecodeError as error:
                raise ConfigError(f"job spec: {path} is no text. Pass the JSON of a JobSpec.") from error
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            misfits = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'spec'}: {e['msg']}" for e in error.errors())
            raise ConfigError(f"job spec: {misfits}") from error


class Cost(BaseModel):
    """Of one try of a job, the start-up of its compute included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    estimated: float
    actual: float
    currency: str


class JobResult(BaseModel):
    """What a job leaves behind as `result.json` under its run key; small, so that it can travel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_key: str
    job: str
    model: str
    as_of: date
    verdict: Verdict
    reasons: list[str] = Field(default_factory=list, description="Why the verdict is not `passed`, worst first.")
    model_version: str | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(default_factory=dict, description="Name -> URI of what the job wrote.")
    rows: dict[str, int] = Field(default_factory=dict, description="Name -> count of rows read or written.")
    mlflow_run_id: str | None = None
    timings: dict[str, float] = Field(default_factory=dict, description="Step -> seconds.")
    cost: Cost | None = Field(default=None, description="Where compute costs money.")
    finished_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    def save(self, store: Store) -> None:
        """Writes `result.json` under the run key, atomically."""
        store.write(f"{self.run_key}/{RESULT_FILE}", self.model_dump_json(indent=2).encode() + b"\n")

    @classmethod
    def load(cls, store: Readable, run_key: str) -> "JobResult | None":
        """The result under this run key, or None where no job has finished there."""
        text = store.read(f"{run_key}/{RESULT_FILE}")
        return cls.model_validate_json(text) if text else None

    def describe(self) -> str:
        """The result in the few lines that a task log needs."""
        lines = [f"[{self.job}] {self.verdict.upper()}  {self.model} as of {self.as_of}"]
        lines += [f"  reason: {reason}" for reason in self.reasons]
        lines += [f"  {name}: {count:,} rows" for name, count in self.rows.items()]
        lines += [f"  {name}: {value:.4g}" for name, value in self.metrics.items()]
        lines += [f"  {name}: {uri}" for name, uri in self.outputs.items()]
        if self.cost:
            lines.append(f"  cost: {self.cost.actual:.2f} {self.cost.currency}, {self.cost.estimated:.2f} estimated")
        return "\n".join([*lines, "  seconds: " + ", ".join(f"{k} {v:.1f}" for k, v in self.timings.items())])


class JobFailure(BaseModel):
    """A mistake that ended a job, as `failure.json` under its run key: where nobody sees the exit status, it tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_key: str
    error: str = Field(description="Which of Toile's own errors it was.")
    message: str
    failed_at: datetime = Field(default_factory=lambda: datetime.now(UTC), description="A retry leaves it as it is.")

    def save(self, store: Store) -> None:
        """Writes `failure.json` under the run key, atomically."""
        store.write(f"{self.run_key}/{FAILURE_FILE}", self.model_dump_json(indent=2).encode() + b"\n")

    @classmethod
    def load(cls, store: Readable, run_key: str) -> "JobFailure | None":
        """The newest mistake under this run key, if there was one."""
        text = store.read(f"{run_key}/{FAILURE_FILE}")
        return cls.model_validate_json(text) if text else None


Figure = Annotated[tuple[float, ...], Field(min_length=1)]
"""A value alone, or a value with the low and the high end of its interval."""


class Fact(BaseModel):
    """What one kind of work last concluded about a model: small, for one list call of MLflow gives those of all models.

    It repeats what runs and ledger say, and decides nothing: whoever decides reads those.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    as_of: date | None = Field(default=None, description="What it is about: a training date, a scored day.")
    verdict: str | None = None
    version: str | None = None
    metric: str | None = Field(default=None, description="Whose figures they are, where they are told by model.")
    figures: dict[str, Figure] = Field(default_factory=dict)
    reason: str | None = Field(default=None, max_length=500)
    actor: str | None = None
    mlflow_run: str | None = Field(default=None, description="Place of the run in MLflow's pages.")
    report: str | None = Field(default=None, description="URI of the page that was drawn.")

    def tag(self) -> str:
        """Itself as JSON, without what it does not tell."""
        return self.model_dump_json(exclude_none=True, exclude={"figures"} if not self.figures else None)
