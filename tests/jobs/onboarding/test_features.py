from datetime import timedelta

import numpy as np
import pytest

from toile.onboarding.decisions import Decisions
from toile.onboarding.features import Choice, choose_features
from toile.onboarding.look import Look

DAY = 86_400.0


def choice_of(look: Look, task: str = "classification", label: str = "bought") -> Choice:
    words = {"domain": "marketing", "name": "leads", "owner": "marketing-squad", "description": "", "limits": ""}
    delay = timedelta(days=14)
    told = Decisions(**words, task=task, label=label, label_delay=delay, entity="lead_id", time="seen_at")
    return choose_features(look, told)


def test_what_is_personal_or_gives_the_answer_away_is_left_out_with_the_reason(look: Look) -> None:
    choice = choice_of(look)
    assert choice.left_out == {
        "called_at": "it is a date: bring what it tells as a number",
        "e_mail": "it is personal, by its name",
        "contact": "it holds e-mail addresses",
        "order_number": "it is an identifier",
        "country": "it is always the same",
        "remark": "nearly every row has its own",
        "refund": "it gives the label away",
        "first_order": "its gaps give the label away",
    }
    assert choice.taken == {
        **{"channel": "string", "visits": "long", "age": "double", "loyal": "boolean", "discount": "double"},
        "spent": "double",
    }
    assert choice.doubted == {}


def test_a_number_that_ranks_as_the_label_does_is_left_out_of_a_regression(look: Look) -> None:
    look.sample["discount"] = look.sample["spent"] ** 2
    choice = choice_of(look, "regression", "spent")
    assert choice.left_out["discount"] == "it gives the label away"
    assert {"bought", "first_order", "channel"} <= set(choice.taken)


@pytest.mark.parametrize("of_the_young", [0.0, 0.3])
def test_a_column_that_young_rows_lack_is_left_out_as_filled_in_with_the_label(look: Look, of_the_young: float) -> None:
    rows, chance = look.sample, np.random.default_rng(1)
    young = rows["seen_at"] > 350 * DAY
    rows["bought"] = rows["bought"].astype(object).where(~young)
    rows["discount"] = rows["discount"].where(~young | (chance.random(len(rows)) < of_the_young))
    choice = choice_of(look)
    assert choice.left_out["discount"] == "it is filled in with the label"
    assert "age" in choice.taken  # a seventh of all rows lack it, young and old


@pytest.mark.parametrize(("task", "label"), [("classification", "bought"), ("regression", "spent")])
def test_a_column_that_nearly_gives_the_label_away_is_taken_and_doubted(look: Look, task: str, label: str) -> None:
    rows = look.sample
    answer = rows[label].astype(float)
    rows["discount"] += (2.5 if task == "classification" else 0.1) * answer
    choice = choice_of(look, task, label)
    assert choice.doubted == {"discount": "it gives much of the label away"}
    assert "discount" in choice.taken
