"""The one entry point of every job on every backend: `python -m toile.run SPEC`, or `toile-job --spec=SPEC`.

SPEC is the JSON of a JobSpec, or a path or file: URI to it. The result is `result.json` under the spec's run key.
Exit status: 0 for every verdict (passed, warned, refused); 2 for the author's mistake or bad data, which a retry
cannot mend and which `failure.json` tells beside the result; 1 for any other fault, which it may.
"""

import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import TextIO

from toile.config import Conf
from toile.context import JobContext
from toile.contract import JobFailure, JobResult, JobSpec, Verdict
from toile.costs.meter import Meter, metered
from toile.errors import ConfigError, DataError, ToileError, raised_by_worker
from toile.home import conf_root
from toile.store import open_store

JOBS = ("gate", "monitor", "promote", "reproduce", "score", "train", "validate")
FAULT, MISTAKE = 1, 2


def run_job(spec: JobSpec) -> JobResult:
    """Runs one job, or returns the result that an earlier try with this run key has left.

    A refused result is not kept: the reason may have been mended since, so the job runs anew.
    """
    with metered(spec) as meter:
        return _run(spec, meter)


def _run(spec: JobSpec, meter: Meter) -> JobResult:
    context = JobContext.load(spec, conf_root())
    done = JobResult.load(context.store, spec.run_key)
    if done and done.verdict is not Verdict.REFUSED:
        meter.outcome = "found"
        return done
    if spec.job not in JOBS:
        raise ConfigError(f"there is no job {spec.job!r}. Known: {', '.join(JOBS)}.")
    started = time.perf_counter()
    try:
        result: JobResult = import_module(f"toile.jobs.{spec.job}").run(context)
    except Exception as error:
        if mistake := raised_by_worker(error):
            raise mistake from error
        raise
    timings = {**context.timings, "total": round(time.perf_counter() - started, 3)}
    result = result.model_copy(update={"timings": timings, "cost": meter.read()})
    result.save(context.store)
    meter.outcome = result.verdict
    return result


def main(arguments: list[str] | None = None, out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Runs the job that the one argument specifies; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or arguments[0] in {"-h", "--help"}:
        print(__doc__, file=out)
        return 0 if arguments in (["-h"], ["--help"]) else MISTAKE
    spec = None
    try:
        spec = JobSpec.parse(arguments[0].removeprefix("--spec="))
        print(run_job(spec).describe(), file=out)
    except (ConfigError, DataError) as error:
        print(f"{type(error).__name__}: {error}", file=err)
        if spec:
            _leave_word(spec, error)
        return MISTAKE
    return 0


def _leave_word(spec: JobSpec, error: ToileError) -> None:
    """Tells the mistake in the store: a workspace shows Airflow neither the exit status nor, for sure, the log."""
    # Where the store is unknown or does not answer, the lines above and the exit status are what there is.
    with suppress(ToileError):
        store = open_store(Conf(conf_root(), spec.environment).environment.results)
        JobFailure(run_key=spec.run_key, error=type(error).__name__, message=str(error)).save(store)


def launch() -> None:
    """What `toile-job` calls; Databricks heeds no status that a wheel's entry point returns, only what it raises."""
    if status := main():
        raise SystemExit(status)


if __name__ == "__main__":
    raise SystemExit(main())
