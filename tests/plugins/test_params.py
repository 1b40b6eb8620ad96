from datetime import date

import pytest
from airflow.sdk.exceptions import ParamValidationError

from toile_airflow.asks import Ask
from toile_airflow.params import FORMS, misfits, unknown_keys

DAY = date(2011, 6, 1)


def test_a_mistyped_key_is_told_with_the_one_that_was_meant() -> None:
    assert unknown_keys("train", {"windw": "90d", "as_of": None}) == [
        "'windw' is no parameter of train. Did you mean 'window'?"
    ]


@pytest.mark.parametrize(
    ("stage", "ask", "words"),
    [
        ("monitor", Ask(as_of=DAY, force=True), "force needs a reason"),
        ("register", Ask(as_of=DAY, action="rollback", reason=" "), "a rollback needs a reason"),
        ("register", Ask(as_of=DAY, action="promote"), "no version"),
        ("validate", Ask(as_of=DAY), "no version"),
    ],
)
def test_what_an_ask_lacks_is_told(stage: str, ask: Ask, words: str) -> None:
    [problem] = misfits(stage, ask)

    assert words in problem


@pytest.mark.parametrize(
    ("stage", "ask"),
    [
        ("monitor", Ask(as_of=DAY, force=True, reason="late labels were mended")),
        ("score", Ask(as_of=DAY)),
        ("register", Ask(as_of=DAY, action="rollback", reason="scores look wrong")),
        ("validate", Ask(as_of=DAY, version="4")),
    ],
)
def test_a_whole_ask_has_no_misfits(stage: str, ask: Ask) -> None:
    assert misfits(stage, ask) == []


@pytest.mark.parametrize("stage", FORMS)
def test_every_field_of_a_form_is_described_and_valid_as_it_stands(stage: str) -> None:
    for param in FORMS[stage].values():
        assert param.schema["title"]
        param.resolve()


def test_only_reports_can_be_forced_for_any_other_run_is_new_work_already() -> None:
    assert [stage for stage, form in FORMS.items() if "force" in form] == ["monitor"]


@pytest.mark.parametrize(
    ("stage", "field", "value"),
    [
        ("train", "window", "180"),
        ("train", "as_of", "2011-13-01"),
        ("train", "reason", 7),
        ("monitor", "force", "yes"),
    ],
)
def test_the_form_itself_refuses_what_is_ill_typed(stage: str, field: str, value: object) -> None:
    with pytest.raises(ParamValidationError):
        FORMS[stage][field].__copy__().resolve(value)
