import pytest

from toile.config import Conf
from toile.home import REPOSITORY
from toile.registry.card import find_gaps


@pytest.mark.parametrize(
    ("given", "gaps"),
    [
        ({}, []),
        ({"limits": " "}, ["the model card has no limits: say in the model file what it must not be used for"]),
        (
            {"description": "", "limits": ""},
            [
                "the model card has no description: say in the model file what the model is for",
                "the model card has no limits: say in the model file what it must not be used for",
            ],
        ),
    ],
)
def test_a_card_with_gaps_says_what_is_missing(given: dict[str, str], gaps: list[str]) -> None:
    config = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase").config
    assert find_gaps(config.model_copy(update=given)) == gaps
