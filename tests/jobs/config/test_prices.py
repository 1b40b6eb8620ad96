import shutil
from pathlib import Path
from typing import Any

import pytest

from toile.commands.check import find_in_files
from toile.config import Conf
from toile.config.backends import DatabricksBackend
from toile.config.prices import Prices, rate_of
from toile.home import REPOSITORY

PRICES = Prices.model_validate(
    {
        "currency": "USD",
        "looked_up": "2026-11-01",
        "job_cluster": {
            "per_dbu": 0.1,
            "nodes": {"m.large": {"per_hour": 0.2, "dbus_per_hour": 0.5}},
            "spot_discount": 0.25,
            "start_up_minutes": 6,
        },
        "serverless": {"per_dbu": 0.3, "dbus_per_hour": {"STANDARD": 4}},
    }
)
MODEL = "models/customer/repeat_purchase.yaml"
BUDGET = "defaults: {budget: {per_month: 200}}\n"


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    return Conf(Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")), "production")


def change(conf: Conf, file: str, right: str, wrong: str) -> list[str]:
    """What `toile check` tells after the change, without the libraries."""
    text = (conf.root / file).read_text()
    assert right in text
    (conf.root / file).write_text(text.replace(right, wrong, 1))
    return [str(problem) for problem in find_in_files(conf)]


@pytest.mark.parametrize(
    ("compute", "per_hour", "half_an_hour"),
    [
        ({"kind": "job_cluster", "node_type": "m.large"}, 0.25, 0.15),  # the driver alone, 6 minutes of start-up
        ({"kind": "job_cluster", "node_type": "m.large", "workers": 2}, 0.75, 0.45),
        ({"kind": "job_cluster", "node_type": "m.large", "workers": 2, "spot": "aws"}, 0.65, 0.39),  # no DBU is cheaper
        ({"kind": "serverless"}, 1.2, 0.6),
    ],
)
def test_a_job_costs_its_machines_and_its_dbus_from_their_start_on(
    compute: dict[str, Any], per_hour: float, half_an_hour: float
) -> None:
    if compute["kind"] == "job_cluster":
        compute = {**compute, "spark_version": "17.3"}
    backend = DatabricksBackend.model_validate(
        {"kind": "databricks", "connection": "c", "artifacts": "/Volumes/a/b/c", "compute": compute}
    )

    rate = rate_of(backend, PRICES)

    assert rate.per_hour == pytest.approx(per_hour)
    assert rate.cost_of(1800) == pytest.approx(half_an_hour)


def test_a_missing_budget_is_told_of_each_model_where_compute_costs_money(conf: Conf) -> None:
    found = change(conf, "environments/production.yaml", BUDGET, "")

    assert len(found) == len(conf.model_ids)
    assert found[0].startswith(f"conf/{MODEL}:2:1: budget: is required where compute costs money: 0.73 USD per hour ")
    assert "Write budget: {per_month: 200} here, or into defaults of environments/production.yaml." in found[0]
    assert find_in_files(Conf(conf.root, "local")) == []


def test_a_workspace_needs_a_price_table_and_a_cluster_that_is_there_anyway_does_not(conf: Conf) -> None:
    (conf.root / "prices.yaml").unlink()

    [found] = find_in_files(conf)

    assert str(found).startswith("conf/environments/production.yaml:7:83: backend.compute.node_type: this costs ")
    assert find_in_files(Conf(conf.root, "staging")) == []


def test_a_model_without_a_budget_still_has_its_dags(conf: Conf) -> None:
    change(conf, "environments/production.yaml", BUDGET, "")

    assert Conf(conf.root, "production").load_model("customer.repeat_purchase").config.budget is None


def test_compute_without_a_price_is_told_at_the_environment(conf: Conf) -> None:
    [told] = change(conf, "environments/production.yaml", "m7gd.xlarge", "m9x.huge")

    assert told.startswith(
        "conf/environments/production.yaml:7:83: backend.compute.node_type: conf/prices.yaml has no "
    )
    assert "price of 'm9x.huge'. Add it to job_cluster.nodes, which has m7gd.2xlarge, m7gd.xlarge" in told


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("currency: USD", "currency: dollars", ":3:11: currency: 'dollars' does not fit: expected a currency's three "),
        (
            '"2026-11-01"',
            '"2026-13-41"',
            ": looked_up: '2026-13-41' does not fit: there is no such day, for month must",
        ),
        ("per_dbu: 0.15", "per_dbu: -1", ":9:12: job_cluster.per_dbu: -1 does not fit: "),
        (
            "spot_discount",
            "spot_discout",
            ": job_cluster.spot_discout: is not known here. Did you mean 'spot_discount'",
        ),
    ],
)
def test_a_mistake_in_the_price_table_is_told_at_its_place(conf: Conf, right: str, wrong: str, told: str) -> None:
    [found] = change(conf, "prices.yaml", right, wrong)

    assert found.startswith("conf/prices.yaml:")
    assert told in found


def test_a_budget_is_no_part_of_what_a_model_is(conf: Conf) -> None:
    """A verdict of model validation outlives a budget that is raised."""
    digest = Conf(conf.root, "production").load_model("customer.repeat_purchase").digest

    change(conf, MODEL, "owner:", "budget: {per_month: 9}\nowner:")

    assert Conf(conf.root, "production").load_model("customer.repeat_purchase").digest == digest
