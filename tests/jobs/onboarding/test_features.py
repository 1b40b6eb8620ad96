from toile.onboarding.features import choose_features
from toile.onboarding.look import Look

APART = ("lead_id", "seen_at", "bought")


def test_what_is_personal_or_gives_the_answer_away_is_left_out_with_the_reason(look: Look) -> None:
    taken, left_out = choose_features(look, "classification", "bought", APART)
    assert left_out == {
        "called_at": "it is a date: bring what it tells as a number",
        "e_mail": "it is personal, by its name",
        "contact": "it holds e-mail addresses",
        "order_number": "it is an identifier",
        "country": "it is always the same",
        "remark": "nearly every row has its own",
        "refund": "it gives the label away",
        "first_order": "its gaps give the label away",
    }
    assert taken == {
        **{"channel": "string", "visits": "long", "age": "double", "loyal": "boolean", "discount": "double"},
        "spent": "double",
    }


def test_a_number_that_ranks_as_the_label_does_is_left_out_of_a_regression(look: Look) -> None:
    look.sample["discount"] = look.sample["spent"] ** 2
    taken, left_out = choose_features(look, "regression", "spent", ("lead_id", "seen_at", "spent"))
    assert left_out["discount"] == "it gives the label away"
    assert {"bought", "first_order", "channel"} <= set(taken)
