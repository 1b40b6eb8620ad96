from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from laptop.airflow_api import DagRun
from laptop.progress import Progress

MODELS = ["customer.repeat_purchase", "pricing.price_elasticity"]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _run(dag_id: str, state: str) -> DagRun:
    return DagRun(dag_id, f"demo__{state}", state, BEGIN, BEGIN.replace(second=7))


RUNS = [
    _run("customer.repeat_purchase.train", "success"),
    _run("customer.repeat_purchase.validate", "queued"),
    _run("pricing.price_elasticity.train", "failed"),
]


def _shown(models: list[str], *, terminal: bool, looks: int = 1) -> str:
    written = StringIO()
    console = Console(file=written, force_terminal=terminal, width=80, color_system=None)
    with Progress(console, models) as progress:
        for _ in range(looks):
            progress.show(RUNS)
    return written.getvalue()


def test_elsewhere_than_in_a_terminal_each_change_is_one_line() -> None:
    first, second = _shown(MODELS, terminal=False, looks=3).splitlines()
    assert first.split()[-5:] == ["success", "customer.repeat_purchase.train", "demo__success", "7", "s"]
    assert "failed   pricing.price_elasticity.train " in second


def test_a_terminal_shows_several_models_one_to_a_row() -> None:
    rows = [line.split() for line in _shown(MODELS, terminal=True).splitlines()]
    shown = {row[0]: row[1:] for row in rows if row and row[0] in MODELS}
    assert shown == {MODELS[0]: ["1", "queued"], MODELS[1]: ["failed"]}


def test_a_terminal_shows_every_run_of_one_model() -> None:
    shown = _shown(MODELS[:1], terminal=True)
    assert "demo__success" in shown
    assert "demo__queued" in shown
