import numpy as np
import pandas as pd

from toile.tasks.classification.leakage import suspicious_features

COLUMNS = {"orders": "long", "country": "string"}


def rows(**changes: object) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 400)
    orders = label + generator.normal(0, 1, 400)
    return pd.DataFrame({"label": label, "orders": orders, "country": generator.choice(["ES", "FR"], 400)} | changes)


def test_honest_features_are_not_suspected() -> None:
    assert suspicious_features(rows(), "label", COLUMNS) == []


def test_a_number_that_gives_the_label_away_is_named() -> None:
    label = rows()["label"]
    planted = rows(orders=-100.0 * label)
    assert suspicious_features(planted, "label", COLUMNS) == [
        "leak suspected: orders alone ranks the label with ROC AUC 1.000"
    ]


def test_a_word_that_gives_the_label_away_is_named() -> None:
    planted = rows(country=np.where(rows()["label"] == 1, "ES", "FR"))
    assert len(suspicious_features(planted, "label", COLUMNS)) == 1


def test_words_that_are_all_different_are_no_leak() -> None:
    assert suspicious_features(rows(country=[f"c{i}" for i in range(400)]), "label", COLUMNS) == []
