"""What Spark fits against the fit of one machine, and the words where there are no workers.

Run as a program it has a classic Spark session, which no process has beside one of Spark Connect, and leaves what it
fitted in a folder.
"""

import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import FunctionTransformer

from toile.commands.trial_fit import refusal
from toile.config import Conf, Names
from toile.config.model import LinearTrainer, ModelConfig, XGBoost
from toile.config.platform import Environment
from toile.errors import ConfigError, DataError
from toile.home import REPOSITORY
from toile.session import open_session
from toile.spark_server import laptop_settings, server_environment
from toile.tables import Tables
from toile.tasks.predictions import Array
from toile.training import rows as reading
from toile.training.distributed import _prepare
from toile.training.fit import TrainingSet, fit_candidate
from toile.training.rows import HOLDOUT, TRAIN, _sample, features_of, gather_rows
from toile.training.trainers import build_candidate

AS_OF, ROWS, ABOVE = "2011-09-08", 20_000, 10_000
COLUMNS = {"spend": "double", "orders": "long", "is_member": "boolean", "country": "string"}
KEYS = ["customer_id", "event_time"]


def configured(distributed_above: int | None) -> ModelConfig:
    config = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase").config
    params = {"n_estimators": 60, "max_depth": 3}
    trainer = XGBoost(kind="xgboost", params=dict(params), distributed_above=distributed_above)
    return config.model_copy(update={"trainer": trainer})


def rows(count: int) -> pd.DataFrame:
    """Whose label goes by numbers, by words, and by whether these are known; a fifth is held out."""
    generator, number = np.random.default_rng(0), np.arange(count)
    spend, orders = generator.gamma(2, 50, count), generator.integers(1, 9, count)
    country = generator.choice(["France", "Spain", "Peru"], count, p=[0.6, 0.398, 0.002])
    no_spend, no_country = generator.random(count) < 0.2, generator.random(count) < 0.1
    odds = np.where(no_spend, 1.5, (spend - 100) / 50) + (country == "Spain") + 0.3 * (orders - 4) - 2 * no_country
    return pd.DataFrame({
        "customer_id": [f"c{one}" for one in number],
        "event_time": pd.Timestamp("2011-01-01") + pd.to_timedelta(number % 90, "D"),
        "bought_again": (generator.random(count) < 1 / (1 + np.exp(-odds))).astype(int),
        "spend": np.where(no_spend, np.nan, spend),
        "orders": orders,
        "is_member": generator.random(count) < 0.5,
        "country": np.where(no_country, None, country),
        "split": np.where(number % 5, TRAIN, HOLDOUT),
        "as_of": AS_OF,
    })  # fmt: skip


def write(tables: Tables, count: int, model: str = "customer.repeat_purchase") -> int:
    frame = tables.spark.createDataFrame(rows(count)).replace(float("nan"), None)
    return tables.replace(Names(model).training_rows, frame, partition={"as_of": AS_OF})


def main(folder: Path) -> None:
    """Fits on one machine, and twice on workers."""
    like = Conf(REPOSITORY / "conf").environment
    spark = {**laptop_settings(), **like.spark, "spark.master": "local[2]", "spark.log.level": "ERROR"}
    where = like.tables.model_copy(update={"root": str(folder / "tables")})
    environment: Environment = like.model_copy(update={"spark": spark, "spark_session": "classic", "tables": where})
    tables = Tables(open_session(environment), environment)
    version, fitted = write(tables, ROWS), {}
    for name, above in (("one machine", None), ("workers", ABOVE), ("workers again", ABOVE)):
        config = configured(above)
        gathered = gather_rows(tables, config, COLUMNS, AS_OF, version)
        build = partial(build_candidate, config.trainer, "classification", COLUMNS, 0)
        here = TrainingSet.of(gathered.parts[TRAIN], config, COLUMNS)
        candidate = fit_candidate(build, config, COLUMNS, gathered, here)
        fitted[name] = {"candidate": candidate, "parts": gathered.parts, "told": gathered.told}
    (folder / "fitted.pickle").write_bytes(pickle.dumps(fitted))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("workers")
    program = [sys.executable, __file__, str(folder)]
    done = subprocess.run(program, env=server_environment(), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return pickle.loads((folder / "fitted.pickle").read_bytes())  # noqa: S301 -- our own


def answer(fit: Any, held_out: pd.DataFrame) -> Array:
    """Of a process without Spark."""
    probabilities: Array = fit["candidate"].predict_proba(features_of(held_out, COLUMNS))[:, 1]
    return probabilities


def test_workers_fit_what_one_machine_fits(fitted: Any) -> None:
    held_out = fitted["one machine"]["parts"][HOLDOUT]
    pd.testing.assert_frame_equal(fitted["workers"]["parts"][HOLDOUT], held_out)
    for chosen in (held_out, held_out[held_out["spend"].isna()], held_out[held_out["country"].isna()]):
        one, many = (
            roc_auc_score(chosen["bought_again"], answer(fitted[name], chosen)) for name in ("one machine", "workers")
        )
        assert one > 0.65
        assert many == pytest.approx(one, abs=0.01)


def test_as_many_workers_fit_the_same_trees_again(fitted: Any) -> None:
    held_out = fitted["workers"]["parts"][HOLDOUT]
    np.testing.assert_array_equal(answer(fitted["workers again"], held_out), answer(fitted["workers"], held_out))


def test_the_sample_is_bounded_and_the_run_tells_of_it(fitted: Any) -> None:
    sample, all_rows = fitted["workers"]["parts"][TRAIN], fitted["one machine"]["parts"][TRAIN]
    assert 0.9 * ABOVE < len(sample) + ROWS / 5 <= ABOVE
    assert len(sample.merge(all_rows[KEYS], on=KEYS)) == len(sample)
    assert fitted["one machine"]["told"] == ""
    assert fitted["workers"]["told"].startswith("2 Spark workers fitted the model to 16,000 rows; all else")
    assert f"a sample of {len(sample):,} of them" in fitted["workers"]["told"]


def test_without_workers_the_error_says_what_to_set(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    version = write(tables, 1001)
    with pytest.raises(ConfigError, match=r"there are 1,001 rows, and above 1,000 .* spark_session: classic in"):
        gather_rows(tables, configured(1000), COLUMNS, AS_OF, version)
    assert gather_rows(tables, configured(1001), COLUMNS, AS_OF, version).counts == {TRAIN: 800, HOLDOUT: 201}
    monkeypatch.setattr(reading, "MAX_ROWS", 1000)
    with pytest.raises(DataError, match=r"more than 1,000 rows for one machine\. .*distributed_above: 1000"):
        gather_rows(tables, configured(None), COLUMNS, AS_OF, version)


def test_spark_fits_a_line_to_all_rows_and_the_rest_goes_by_a_sample(tables: Tables) -> None:
    config = Conf(REPOSITORY / "conf").load_model("customer.spend_12w").config
    trainer = LinearTrainer(kind="linear", distributed_above=1500)
    task = config.task.model_copy(update={"label": "bought_again"})
    config = config.model_copy(update={"task": task, "trainer": trainer})
    version, columns = write(tables, 3000, config.id), {name: kind for name, kind in COLUMNS.items() if name != "spend"}
    gathered = gather_rows(tables, config, columns, AS_OF, version)
    assert gathered.counts == {TRAIN: 2400, HOLDOUT: 600}
    assert 700 < len(gathered.parts[TRAIN]) <= 900
    assert gathered.told.startswith("Spark fitted the model to 2,400 rows; all else")
    fits = [
        fit_candidate(
            partial(build_candidate, trainer, "regression", columns, 0),
            config,
            columns,
            read,
            TrainingSet.of(read.parts[TRAIN], config, columns),
        )
        for read in (gathered, gather_rows(tables, in_memory(config, "normal"), columns, AS_OF, version))
    ]
    assert [fitted.summary.rows for fitted in fits] == [2400, 2400]
    held_out = features_of(gathered.parts[HOLDOUT], columns)
    np.testing.assert_allclose(*(fitted.predict(held_out) for fitted in fits), rtol=1e-9)
    assert gather_rows(tables, in_memory(config, "descent"), columns, AS_OF, version).spread is None


def in_memory(config: ModelConfig, solver: Literal["normal", "descent"]) -> ModelConfig:
    return config.model_copy(update={"trainer": LinearTrainer(kind="linear", solver=solver)})


def test_held_out_rows_must_leave_room_for_a_sample() -> None:
    gated: Any = None  # it is not looked at
    with pytest.raises(DataError, match=r"^6,000 held-out rows leave too little room .* Shorten split\.holdout"):
        _sample(gated, configured(ABOVE), {TRAIN: 90_000, HOLDOUT: 6_000}, ABOVE)


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("spend", np.inf, "infinite values in spend (1). Mend the feature"),
        ("bought_again", 2, "bought_again: 1 of 100 labels are neither 0 nor 1."),
        ("bought_again", None, "bought_again: 1 of 100 labels are neither 0 nor 1."),
    ],
)
def test_workers_tell_of_rows_that_are_unfit(column: str, value: float | None, fault: str) -> None:
    spoilt = rows(100).astype({"bought_again": object})
    spoilt.loc[7, column] = value
    batches = iter([rows(100), rows(0), spoilt])
    sound, unfit = _prepare(
        FunctionTransformer(lambda frame: frame[["spend"]].to_numpy()),
        COLUMNS,
        "bought_again",
        "classification",
        batches,
    )
    assert sound["fault"].isna().all()
    assert unfit["fault"].str.startswith(fault).all()


@pytest.mark.parametrize(
    ("task", "params", "words"),
    [
        ("classification", {"subsample": 0.5, "tree_method": "hist", "objective": "binary:logistic", "n_jobs": 1}, ""),
        ("regression", {"objective": "reg:tweedie", "tweedie_variance_power": 1.4}, ""),
        ("classification", {"objective": "binary:hinge"}, "a distributed fit knows no 'binary:hinge'."),
        ("regression", {"tree_method": "exact"}, "'exact' is for one machine."),
        ("regression", {"booster": "gblinear"}, "no distributed fit takes them: booster `gblinear`"),
    ],
)
def test_a_parameter_that_workers_do_not_take_is_refused_by_check(
    task: str, params: dict[str, Any], words: str
) -> None:
    trainer = XGBoost(kind="xgboost", params=params, distributed_above=ABOVE)
    told = refusal(trainer, task)
    assert told.startswith(words)
    assert bool(told) == bool(words)
    if words:
        assert refusal(trainer.model_copy(update={"distributed_above": None}), task) != told


if __name__ == "__main__":
    main(Path(sys.argv[1]))
