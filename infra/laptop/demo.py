"""`make demo`: one model's life on this machine, run by the scheduler and shown while it happens."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from laptop.airflow_api import AirflowApi, DagRun
from laptop.order_lines import OrderLines
from laptop.outcome import links, print_status, read_status, shortcomings
from laptop.progress import Progress
from laptop.series import MODEL, SERIES, Series
from laptop.services import Services, sole_demo
from laptop.stack import SPARK_SLOTS, Stack
from toile.config import Conf
from toile.config.names import SPARK_POOL
from toile.errors import ToileError
from toile.home import conf_root, environment_name, toile_home
from toile.spark_server import die_with_parent

FAILED, INTERRUPTED = 1, 130


def main(arguments: list[str] | None = None) -> int:
    """Runs the demo; returns 0 where every Dag run is green and the model has all that its life should leave."""
    options = _parse(arguments)
    console = Console()
    lines = OrderLines(options.data and options.data.resolve(), options.customers, options.seed)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    die_with_parent()
    try:
        lines.require()
        with sole_demo(toile_home()) as left, Services(toile_home()) as services:
            if left:
                console.print(f"ended what an earlier demo had left: {', '.join(left)}")
            status = run_demo(services, lines, console)
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


def run_demo(services: Services, lines: OrderLines, console: Console) -> int:
    """Starts everything, runs the series, and prints what has come of it."""
    config = Conf(conf_root(), environment_name()).load_model(MODEL)
    stack = Stack.plan(services.record.ports)
    services.record.ports = dict(stack.ports)
    with Progress(console) as progress:
        start_everything(services, stack, lines, progress)
        api = AirflowApi(stack.url("airflow"))
        api.make_pool(SPARK_POOL, SPARK_SLOTS)
        progress.say(f"the scheduler runs {MODEL} as of {', '.join(step.as_of for step in SERIES)}")

        def watch(runs: Sequence[DagRun]) -> None:
            services.require_alive()
            progress.show(runs)

        runs = Series(api, f"{lines.identity}-{config.digest[:6]}", watch).run()
        progress.say(f"{len(runs)} Dag runs, {sum(run.state == 'success' for run in runs)} of them green")
    for run in runs:
        if run.state == "failed":
            _print(f"\n{run.dag_id} {run.run_id} failed. {_last_lines(api.failed_log(run))}", console)
    print_status(stack)
    _print(links(stack), console)
    missing = shortcomings(runs, read_status(stack))
    for shortcoming in missing:
        _print(f"MISSING: {shortcoming}", console)
    return FAILED if missing else 0


def start_everything(services: Services, stack: Stack, lines: OrderLines, progress: Progress) -> None:
    """Starts the services, and brings the data in while Airflow comes up."""
    progress.say("starting Spark Connect and MLflow, migrating Airflow's database")
    spark, mlflow, airflow = stack.spark(), stack.mlflow(), stack.airflow()
    services.begin("airflow-migration", stack.airflow_command("db", "migrate"), stack.airflow_environment)
    services.start(spark)
    services.start(mlflow)
    services.wait(spark)
    services.wait(mlflow)
    present = lines.is_present()
    progress.say(f"{lines} is there already" if present else f"bringing in {lines}")
    if not present:
        services.begin("data", lines.command, stack.environment)
    services.finish("airflow-migration")
    progress.say("starting Airflow")
    for service in airflow:
        services.start(service)
    if not present:
        services.finish("data")
        lines.remember()
        progress.say("the data is in the tables")
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
    parser.add_argument("--data", type=Path, help="online-retail data: tar.gz, folder, csv or xlsx")
    parser.add_argument("--customers", type=int, default=3000, help="size of the simulated market")
    parser.add_argument("--seed", type=int, default=0, help="seed of the simulated market")
    parser.add_argument("--exit", action="store_true", help="end with status instead of staying up")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
