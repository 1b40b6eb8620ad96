"""What the commands are asked is looked at before Spark or any library is loaded."""

import re
from pathlib import Path

import pytest

from toile.cli import main
from toile.commands.arguments import counted, exit_status
from toile.commands.run_parameters import KNOWN, OF_ANY_JOB
from toile.contract import JobResult, JobSpec, Verdict
from toile.home import REPOSITORY
from toile.run import JOBS

RUN = ("run", "train", "customer.repeat_purchase", "2011-09-08")
GATE = ("run", "gate", *RUN[2:])
PROMOTE = ("run", "promote", *RUN[2:])
MONITOR = ("run", "monitor", *RUN[2:])


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise AssertionError("this takes seconds")

    for name in ("data.open_tables", "run_stage.run_job", "rollback.run_job"):
        monkeypatch.setattr(f"toile.commands.{name}", fail)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("data", "import", "online-retail", "nowhere.xlsx"), "'nowhere.xlsx': there is no such file or folder"),
        (("data", "simulate", "--customers", "0"), "--customers: '0' is no whole number above zero"),
        (("data", "simulate", "--days", "-3"), "--days: '-3' is no whole number above zero"),
        (("data", "simulate", "--days", "100"), "--drift-date 2011-10-01 is not between 2010-06-01 and 2010-09-09"),
        ((*RUN, "--window", "1 year"), "--window: '1 year' is no length of time; write 180d, 26w or 12h"),
        ((*RUN, "version"), "'version' is no NAME=VALUE"),
        ((*RUN, "version=1"), "job train has no parameter 'version'. Known: reason, actor."),
        (GATE, "job gate needs purpose. Write purpose=training|scoring."),
        ((*GATE, "purpose=test"), "purpose=test does not fit. Write purpose=training|scoring."),
        ((*GATE, "purpos=training"), "job gate has no parameter 'purpos'. Known: purpose, trigger, reason, actor."),
        ((*PROMOTE, "version=newest"), "version=newest does not fit. Write version=<number>|trained."),
        (PROMOTE, "job promote needs version."),
        ((*PROMOTE, "action=rollback"), "job promote needs reason."),
        ((*MONITOR, "force=true"), "job monitor needs reason. Write reason=<text>."),
        ((*MONITOR, "force=true", "reason= "), "'reason= ' is no NAME=VALUE"),
    ],
)
def test_a_mistake_in_the_arguments_is_told_before_anything_starts(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(list(arguments))
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("lines.parquet", "", "expected a folder of CSVs, or a file ending in"),
        ("empty.csv", "", "Empty CSV file"),
        ("other.csv", "item_id,clicks\n1,2\n", "this is not Online Retail"),
    ],
)
def test_a_file_that_is_no_data_set_is_told_before_spark_starts(
    tmp_path: Path, name: str, content: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(content)
    assert main(["data", "import", "online-retail", str(tmp_path / name)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", [("check",), ("status",), ("costs",), ("schema", "--check"), RUN])
def test_a_folder_of_configuration_that_does_not_exist_is_named(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOILE_CONF", "/nonexistent")
    assert main(list(command)) == 2
    assert capsys.readouterr().err == "toile: there is no folder /nonexistent.\n"


def test_one_is_counted_in_the_singular() -> None:
    assert (counted(1, "entry", "entries"), counted(2, "entry", "entries")) == ("1 entry", "2 entries")
    assert (counted(0, "report"), counted(1, "report"), counted(1200, "row")) == ("0 reports", "1 report", "1,200 rows")


def test_the_known_parameters_are_those_that_the_jobs_read() -> None:
    package = REPOSITORY / "jobs" / "toile"
    files = [file for file in package.rglob("*.py") if file.parent != package / "commands"]
    read = {word for file in files for word in re.findall(r"parameters?(?:\.get)?\([\"'](\w+)", file.read_text())}
    assert set(KNOWN) == set(JOBS)
    assert {name for known in KNOWN.values() for name in known} | set(OF_ANY_JOB) == read


def test_the_help_of_run_lists_the_parameters_of_each_job(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["run", "--help"])
    shown = capsys.readouterr().out
    assert "toile data simulate\n  toile run gate" in shown
    assert "promote    version=<number>|trained [action=promote|rollback]" in shown
    assert "no version means the\nformer champion" in shown


@pytest.mark.parametrize("command", [(*GATE, "purpose=training"), ("rollback", RUN[2], "--reason", "complaints")])
def test_a_refusal_has_the_same_exit_status_in_every_command(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(spec: JobSpec) -> JobResult:
        return JobResult(
            run_key=spec.run_key, job=spec.job, model=spec.model, as_of=spec.as_of, verdict=Verdict.REFUSED
        )

    for name in ("run_stage", "rollback"):
        monkeypatch.setattr(f"toile.commands.{name}.run_job", refuse)
    assert main(list(command)) == exit_status(Verdict.REFUSED) == 3
