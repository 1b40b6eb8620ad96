import pytest

from toile.config.model import FairnessGap, NonInferiority, Superiority, Threshold
from toile_airflow.doc import gate_in_words


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (Threshold(metric="roc_auc", min=0.7), "roc_auc at least 0.7"),
        (Threshold(metric="log_loss", min=0.1, max=0.5), "log_loss at least 0.1 and at most 0.5"),
        (
            FairnessGap(metric="roc_auc", slice_by="country", max_gap=0.1),
            "roc_auc differs by at most 0.1 between the values of country",
        ),
        (Superiority(metric="roc_auc", beats="naive"), "roc_auc beats naive, the whole paired interval above zero"),
        (
            NonInferiority(metric="roc_auc", no_worse_than="champion", margin=0.02, slice_by="country", min_rows=300),
            "roc_auc no worse than champion by more than 0.02, for every country of 300 rows or more",
        ),
    ],
)
def test_a_gate_is_told_in_words(gate: Threshold | Superiority | NonInferiority, words: str) -> None:
    assert gate_in_words(gate) == words
