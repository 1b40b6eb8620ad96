import numpy as np
import pandas as pd
import pytest

from toile.errors import DataError
from toile.evaluation.holdout import Holdout
from toile.tasks import template_of
from toile.tasks.predictions import Predictions

TASK = template_of("classification")

FRAME = pd.DataFrame(
    {"customer_id": ["a", "b", "b"], "label": [0, 1, 1], "event_time": pd.to_datetime(["2011-08-30"] * 3)}
)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="label"), "columns ['label'] are missing"),
        (FRAME.head(0), "there are no rows"),
        (FRAME.assign(label=[0, 1, np.nan]), "1 of 3 labels are neither 0 nor 1"),
        (FRAME.assign(label=[0, 1, 2]), "1 of 3 labels are neither 0 nor 1"),
        (FRAME.assign(customer_id=pd.Series(["a", None, None])), "2 rows have no customer_id"),
    ],
)
def test_rows_that_cannot_be_judged_are_bad_data(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError) as error:
        Holdout.from_frame(TASK, frame, {}, entity="customer_id", label="label")
    assert message in str(error.value)


def test_a_row_without_a_period_is_bad_data() -> None:
    with pytest.raises(DataError, match="1 rows have no week"):
        Holdout.from_frame(
            TASK, FRAME.assign(week=[1.0, 2.0, None]), {}, entity="customer_id", label="label", period="week"
        )


@pytest.mark.parametrize(
    ("predictions", "problem"),
    [
        (Predictions.of([0.1, 0.2, 0.3]), {}),
        (Predictions.of_rule([-300.0, 5.0, 7.0], prior=0.4), {}),
        (Predictions.of([0.1, 0.2]), {"candidate": "2 predictions for 3 held-out rows"}),
        (Predictions.of([0.1, np.nan, np.nan]), {"candidate": "2 of 3 predictions are missing"}),
        (Predictions.of_rule([np.nan, 1, 2], prior=0.4), {"candidate": "1 of 3 predictions are missing"}),
        (Predictions.of([0.1, 1.2, 0.3]), {"candidate": "1 of 3 values are no probability in [0, 1]"}),
    ],
)
def test_unsound_predictions_are_named(predictions: Predictions, problem: dict[str, str]) -> None:
    holdout = Holdout.from_frame(TASK, FRAME, {"candidate": predictions}, entity="customer_id", label="label")
    assert holdout.check() == problem


def test_holdout_knows_its_rows_entities_and_days() -> None:
    holdout = Holdout.from_frame(TASK, FRAME, {}, entity="customer_id", label="label")
    assert (holdout.rows, holdout.entities) == (3, 2)
    assert holdout.periods is None
    assert holdout.mean_label == pytest.approx(2 / 3)
    assert holdout.first == holdout.last == pd.Timestamp("2011-08-30")
