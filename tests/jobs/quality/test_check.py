"""What `toile check` says about suites before there is data."""

from pathlib import Path

import pytest

from toile.config import Conf
from toile.config.explain import fit
from toile.config.suites import Suite
from toile.config.yaml_source import read_yaml
from toile.home import REPOSITORY
from toile.quality.check import check_suite

HEAD = "description: A suite.\nowner: data-platform\nexpectations:\n"
BETWEEN = "expect_column_values_to_be_between"


def problems_of(tmp_path: Path, *expectations: str) -> list[str]:
    file = tmp_path / "suite.yaml"
    file.write_text(HEAD + "".join(f"  - {expectation}\n" for expectation in expectations))
    source = read_yaml(file, Path("suite.yaml"))
    suite, problems = fit(Suite, source, name="suite")
    assert suite, problems
    return [str(problem) for problem in check_suite(suite, source)]


@pytest.mark.parametrize(
    ("expectation", "problem"),
    [
        (
            "{type: expect_column_values_to_be_nul, severity: warn, arguments: {column: a}}",
            "suite.yaml:4:12: expectations.0.type: there is no expectation 'expect_column_values_to_be_nul' on Spark. "
            "Did you mean 'expect_column_values_to_be_null'?",
        ),
        (
            "{type: expect_column_values_to_match_like_pattern, severity: warn, arguments: {column: a}}",
            "suite.yaml:4:12: expectations.0.type: there is no expectation "
            "'expect_column_values_to_match_like_pattern' on Spark. "
            "Did you mean 'expect_column_values_to_match_regex'?",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a, minvalue: 1, max_value: 3}}}}",
            f"suite.yaml:4:87: expectations.0.arguments.minvalue: {BETWEEN} takes no such argument. "
            "Did you mean 'min_value'?",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{max_value: 3}}}}",
            "suite.yaml:4:75: expectations.0.arguments.column: is required but not given.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a}}}}",
            "suite.yaml:4:75: expectations.0.arguments: min_value and max_value cannot both be None.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: 7, min_value: 1}}}}",
            "suite.yaml:4:84: expectations.0.arguments.column: 7 does not fit: str type expected.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a, min_value: '1'}}}}",
            "suite.yaml:4:98: expectations.0.arguments.min_value: '1' is text, but float is expected. "
            "Write it without quotes.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a, min_value: [1]}}}}",
            "suite.yaml:4:98: expectations.0.arguments.min_value: [1] does not fit: value is not a valid float.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a, min_value: 1, row_condition: true}}}}",
            "suite.yaml:4:116: expectations.0.arguments.row_condition: must be Spark SQL, such as 'quantity < 0'.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a, min_value: 1, condition_parser: spark}}}}",
            f"suite.yaml:4:101: expectations.0.arguments.condition_parser: {BETWEEN} takes no such argument. "
            "Delete this: a row_condition is Spark SQL.",
        ),
        (
            f"{{type: {BETWEEN}, severity: warn, arguments: {{column: a, min_value: 50, max_value: 1}}}}",
            "suite.yaml:4:98: expectations.0.arguments.min_value: 50 is above max_value 1. Swap them.",
        ),
        (
            "{type: expect_column_values_to_match_regex, severity: warn, arguments: {column: a, regex: '^C?[0-9+$'}}",
            "suite.yaml:4:95: expectations.0.arguments.regex: '^C?[0-9+$' is no regular expression: "
            "unterminated character set at position 3.",
        ),
        (
            "{type: expect_column_mean_to_be_between, severity: quarantine, arguments: {column: a, min_value: 1}}",
            "suite.yaml:4:56: expectations.0.severity: expect_column_mean_to_be_between judges the table as a whole "
            "and cannot say which rows to move aside. Write warn or block.",
        ),
        (
            f"{{type: {BETWEEN}, severity: quarantine, arguments: {{column: a, min_value: 1, mostly: 0.9}}}}",
            f"suite.yaml:4:58: expectations.0.severity: {BETWEEN} moves every failing row aside, so mostly has no "
            "meaning. Set the suite's max_quarantined instead.",
        ),
        (
            "{type: expect_column_values_to_be_unique, severity: quarantine, "
            "arguments: {column: a, row_condition: a > 1}}",
            "suite.yaml:4:57: expectations.0.severity: expect_column_values_to_be_unique cannot move rows aside "
            "under a row_condition. Delete the row_condition, or write warn or block.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write_instead(
    tmp_path: Path, expectation: str, problem: str
) -> None:
    assert problems_of(tmp_path, expectation) == [problem]


@pytest.mark.parametrize("regex", [r"\p{L}+", "(?<year>[0-9]{4})", "[a-z&&[^b]]", r"\Q[\E", "(?<=a{1,3})b"])
def test_a_regex_that_java_reads_and_python_does_not_is_let_through(tmp_path: Path, regex: str) -> None:
    arguments = f"{{column: a, regex: '{regex}'}}"
    assert not problems_of(
        tmp_path, f"{{type: expect_column_values_to_match_regex, severity: warn, arguments: {arguments}}}"
    )


def test_the_mistakes_of_all_expectations_are_told_at_once(tmp_path: Path) -> None:
    twice = "{type: expect_column_to_exist, severity: block, arguments: {column: a}}"
    wrong = "{type: expect_column_to_exist, severity: block, arguments: {colum: a, mostly: 1}}"
    assert problems_of(tmp_path, wrong, twice, twice) == [
        "suite.yaml:4:65: expectations.0.arguments.colum: expect_column_to_exist takes no such argument. "
        "Did you mean 'column'?",
        "suite.yaml:4:75: expectations.0.arguments.mostly: expect_column_to_exist takes no such argument. "
        "Known: column, column_index.",
        "suite.yaml:4:64: expectations.0.arguments.column: is required but not given.",
        "suite.yaml:6:12: expectations.2.type: says the same as the one in line 5. Delete one.",
    ]


@pytest.mark.parametrize("name", Conf(REPOSITORY / "conf").suite_names())
def test_the_suites_of_conf_have_no_mistakes(name: str) -> None:
    conf = Conf(REPOSITORY / "conf")
    assert check_suite(conf.load_suite(name), conf.suite_source(name)) == []
