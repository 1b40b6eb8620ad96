"""`make demo`: the life of one model or of several on this machine, run by the scheduler, shown while it happens."""

import argparse
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from laptop.airflow_api import AirflowApi, DagRun
from laptop.course import Course, run_courses
from laptop.data_sets import DataSet, data_sets
from laptop.outcome import links, print_status, read_outcomes
from laptop.progress import Progress
from laptop.series import ALL, FIRST_LOOK, SERIES, choose_models
from laptop.services import Services, sole_demo
from laptop.stack import SPARK_SLOTS, Stack
from toile.config import Conf, ResolvedModel
from toile.config.names import SPARK_POOL
from toile.errors import ToileError
from toile.home import conf_root, environment_name, toile_home
from toile.parent import die_with_parent

FAILED, INTERRUPTED = 1, 130


def main(arguments: list[str] | None = None) -> int:
    """Runs the demo; returns 0 where every Dag run is green and each model has all that its life should leave."""
    options = _parse(arguments)
    console = Console()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    die_with_parent()
    try:
        plan = Plan.of(options)
        with sole_demo(toile_home()) as left, Services(toile_home()) as services:
            if left:
                console.print(f"ended what an earlier demo had left: {', '.join(left)}")
            status = run_demo(services, plan, console)
            if not options.exit:
                _stay_up(services, console)
            console.print("stopping the services ...")
            return status
    except ToileError as error:
        print(f"demo: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        console.print("stopped.")
        return INTERRUPTED


@dataclass(frozen=True)
class Plan:
    """Whose life a demo runs, and on what data."""

    models: Mapping[str, ResolvedModel]
    data: Mapping[str, DataSet]

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Plan":
        """What the command line asks for.

        Raises:
            ConfigError: a model or a path does not exist, the files of a model have mistakes, or the home holds other
                data.
        """
        conf = Conf(conf_root(), environment_name())
        models = {name: conf.load_model(name) for name in choose_models(options.models, conf.model_ids)}
        data = data_sets(
            {SERIES[name].data for name in models},
            sales=options.data and options.data.resolve(), campaign=options.campaign and options.campaign.resolve(),
            customers=options.customers, seed=options.seed,
        )  # fmt: skip
        for source in data.values():
            source.require()
        return cls(models, data)

    def course(self, api: AirflowApi, name: str) -> Course:
        """The way of one of its models through its series."""
        return Course(api, name, f"{self.data[SERIES[name].data].identity}-{self.models[name].digest[:6]}")


def run_demo(services: Services, plan: Plan, console: Console) -> int:
    """Starts everything, runs the series, and prints what has come of them."""
    stack, names = Stack.plan(services.record.ports), list(plan.models)
    services.record.ports = dict(stack.ports)
    with Progress(console, names) as progress:
        start_everything(services, stack, plan.data.values(), progress)
        api = AirflowApi(stack.url("airflow"))
        api.make_pool(SPARK_POOL, SPARK_SLOTS)
        for name in names:
            progress.say(f"the scheduler runs {name} as of {', '.join(step.as_of for step in SERIES[name].steps)}")

        def watch(runs: Sequence[DagRun]) -> None:
            services.require_alive()
            progress.show(runs)

        runs = run_courses(api, [plan.course(api, name) for name in names], watch)
        progress.say(f"{len(runs)} Dag runs, {sum(run.state == 'success' for run in runs)} of them green")
    for run in runs:
        if run.state == "failed":
            _print(f"\n{run.dag_id} {run.run_id} failed. {_last_lines(api.failed_log(run))}", console)
    return _conclude(stack, plan, runs, console)


def _conclude(stack: Stack, plan: Plan, runs: Sequence[DagRun], console: Console) -> int:
    """Prints the outcome of every model; of one alone its whole status."""
    names = list(plan.models)
    outcomes = read_outcomes(stack, plan.models.values(), runs)
    if len(names) == 1:
        print_status(stack, names)
    else:
        _print("\n" + "\n".join(outcome.line(stack.url("mlflow")) for outcome in outcomes) + "\n", console)
    _print(links(stack, names), console)
    missing = [
        f"{outcome.name}: {shortcoming}"
        for outcome in outcomes
        for shortcoming in outcome.shortcomings(may_be_refused=len(names) > 1)
    ]
    for shortcoming in missing:
        _print(f"MISSING: {shortcoming}", console)
    return FAILED if missing else 0


def start_everything(services: Services, stack: Stack, data: Iterable[DataSet], progress: Progress) -> None:
    """Starts the services, and brings the data in while Airflow comes up."""
    progress.say("starting Spark Connect and MLflow, migrating Airflow's database")
    spark, mlflow, airflow = stack.spark(), stack.mlflow(), stack.airflow()
    services.begin("airflow-migration", stack.airflow_command("db", "migrate"), stack.airflow_environment)
    services.start(spark)
    services.start(mlflow)
    services.wait(spark)
    services.wait(mlflow)
    absent = []
    for source in data:
        progress.say(f"{source} is there already" if source.is_present() else f"bringing in {source}")
        if not source.is_present():
            absent.append(source)
            services.begin(f"data-{source.name}", source.command, stack.environment)
    services.finish("airflow-migration")
    progress.say("starting Airflow")
    for service in airflow:
        services.start(service)
    for source in absent:
        services.finish(f"data-{source.name}")
        source.remember()
        progress.say(f"the {source.name} data are in the tables")
    for service in airflow:
        services.wait(service)
    progress.say(f"Airflow is up: {stack.url('airflow')}")


def _stay_up(services: Services, console: Console) -> None:
    console.print("\nEverything stays up. Ctrl-C ends it.")
    try:
        while True:
            services.require_alive()
            time.sleep(1)
    except KeyboardInterrupt:
        return


def _last_lines(log: str, count: int = 12) -> str:
    """What the job itself and its verdict said, without Airflow's own framing."""
    lines = [line for line in log.splitlines() if line.strip() and not line.startswith("::")]
    return "\n".join(f"  {line}" for line in lines[-count:])


def _print(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _interrupt(*_signal: object) -> None:
    raise KeyboardInterrupt


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--models", nargs="+", default=[FIRST_LOOK], metavar="MODEL", help=f"names, or {ALL}")
    parser.add_argument("--campaign", type=Path, help="bank-marketing data")
    parser.add_argument("--data", type=Path, help="online-retail data: tar.gz, folder, csv or xlsx")
    parser.add_argument("--customers", type=int, default=3000, help="size of the simulated market")
    parser.add_argument("--seed", type=int, default=0, help="seed of the simulated market")
    parser.add_argument("--exit", action="store_true", help="end with status instead of staying up")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
