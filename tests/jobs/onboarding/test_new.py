"""`toile new` on a terminal and without one; the table is looked at by a stand-in."""

import io
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from toile.cli import main
from toile.config import Conf
from toile.home import REPOSITORY
from toile.onboarding.look import Look

TOLD = {
    "--table": "marketing.leads",
    "--name": "leads",
    "--label": "bought",
    "--label-delay": "14d",
    "--owner": "marketing-squad",
    "--description": "Will a lead buy within 14 days?",
    "--limits": "Not for credit decisions.",
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lay_table(folder: Path) -> None:
    """What says that a Delta table is there, and which columns it has."""
    schema = {"type": "struct", "fields": [{"name": "lead_id", "type": "string", "nullable": True, "metadata": {}}]}
    log = folder / "_delta_log" / f"{0:020}.json"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"metaData": {"schemaString": json.dumps(schema)}}))


@pytest.fixture
def conf(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Conf:
    root = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    monkeypatch.setenv("TOILE_CONF", str(root))
    monkeypatch.setenv("TOILE_HOME", str(tmp_path))
    for table in ("marketing.leads", "marketing.contacts"):
        lay_table(tmp_path / "tables" / table.replace(".", "/"))
    monkeypatch.setattr("toile.commands.new.open_tables", lambda _: SimpleNamespace(read=lambda name: name))
    monkeypatch.setattr("toile.onboarding.look.look_at", lambda *_: look)
    return Conf(root)


def flags(**changes: str) -> list[str]:
    given = TOLD | {f"--{name}": value for name, value in changes.items()}
    return ["new", *(word for pair in given.items() for word in pair if pair[1])]


def test_without_a_terminal_every_missing_flag_is_named_and_nothing_is_asked(
    conf: Conf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "--name", "leads", "--label", "bought"]) == 2
    told = capsys.readouterr().err
    assert [flag for flag in TOLD if f"{flag} is missing, and this is no terminal to ask on: " in told] == [
        *("--table", "--label-delay", "--owner", "--description", "--limits")
    ]


def test_all_mistakes_that_need_no_table_are_told_at_once_before_it_is_opened(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr("toile.commands.new.open_tables")
    wrong = {
        "table": "marketing.leeds", "domain": "X", "name": "Bad Name", "task": "clasification",
        "label-delay": "soon", "owner": "marketing", "description": "x",
    }  # fmt: skip
    assert main(flags(**wrong, limits="")) == 2
    assert capsys.readouterr().err.removeprefix("toile: ").splitlines() == [
        "--table: there is no 'marketing.leeds'. Did you mean 'marketing.leads'?",
        "--domain: 'X' does not fit: write lower-case ASCII letters, digits and _, with a letter first.",
        "--name: 'Bad Name' does not fit: write lower-case ASCII letters, digits and _, with a letter first.",
        "--task: there is no 'clasification'. Did you mean 'classification'?",
        "--label-delay: 'soon' does not fit: expected a length of time such as 28d, 12w or 6h.",
        "--owner: there is no 'marketing'. Did you mean 'marketing-squad'?",
        "--description: 'x' does not fit: string should have at least 10 characters.",
        "--limits is missing, and this is no terminal to ask on: what it must not be used for.",
    ]


def test_a_name_that_is_taken_is_told_before_the_table_is_opened(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags(time="seen_at")) == 0
    monkeypatch.delattr("toile.commands.new.open_tables")
    assert main(flags(time="seen_at")) == 2
    assert "--name: 'leads' is taken: marketing.leads is already there" in capsys.readouterr().err


def test_all_mistakes_that_the_table_shows_are_told_at_once(conf: Conf, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(flags(label="boght", entity="lead")) == 2
    told = capsys.readouterr().err.partition("toile: ")[2].splitlines()
    assert [line.partition(" ")[::2] for line in told] == [
        ("--label:", "there is no 'boght'. Did you mean 'bought'?"),
        (
            "--time",
            "is missing, and this is no terminal to ask on: the column that says when a row came to be known. "
            "Known: seen_at, called_at.",
        ),
        ("--entity:", "there is no 'lead'. Did you mean 'lead_id'?"),
    ]


def test_without_a_terminal_a_choice_that_the_table_leaves_open_must_be_given(
    conf: Conf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags()) == 2
    assert "--time is missing, and this is no terminal to ask on: the column that" in capsys.readouterr().err
    assert main(flags(time="seen_at")) == 0
    config = Conf(conf.root).load_model("marketing.leads").config
    assert (config.entity, config.task.kind) == ("lead_id", "classification")


def test_a_column_in_doubt_is_shown_on_the_terminal_and_in_the_model_file(
    conf: Conf, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    look.sample["discount"] += 2.5 * look.sample["bought"]
    assert main(flags(time="seen_at")) == 0
    told = "look again at discount: it gives much of the label away. Is it known at the row's time?"
    assert told in capsys.readouterr().out
    written = (conf.root / "models/marketing/leads.yaml").read_text()
    assert "# Known at the row's time? discount (gives much of the label away)\n" in written


def test_on_a_terminal_what_flags_leave_out_is_asked_until_the_answer_fits(
    conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The table; task, entity and domain as they are proposed, a time and an owner that there is not before one that is.
    answers = ["marketing.leads", "", "seen_on", "seen_at", "", "", "nobody", "marketing-squad", "Not for credit."]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(answers) + "\n"))
    assert main(flags(table="", owner="", limits="")) == 0
    config = Conf(conf.root).load_model("marketing.leads").config
    assert (config.owner, config.limits, config.entity) == ("marketing-squad", "Not for credit.", "lead_id")


def test_on_a_terminal_a_wrong_answer_is_told_with_the_reason_and_asked_again(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Each wrong answer is followed by one that fits; the task and the domain are as they are proposed.
    answers = [
        *("campaign", "clicks.raw", "marketing.leads", "channel", "bought", "forecast", ""),
        *("sku", "14d", "", "Leads", "leads", "x", "Will a lead buy within 14 days?"),
    ]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(answers) + "\n"))
    asked = {"table": "", "label": "", "label-delay": "", "name": "", "description": ""}
    assert main(flags(**asked, time="seen_at", entity="lead_id")) == 0
    out, err = capsys.readouterr()
    assert "[classification/regression] (classification)" in " ".join(out.split())
    assert [line.partition(" ")[::2] for line in err.splitlines() if line.startswith("--")] == [
        ("--table:", "'campaign' does not fit: write a table, written schema.table."),
        ("--table:", "there is no 'clicks.raw'. Known: marketing.contacts, marketing.leads."),
        ("--label:", "marketing.leads: 'channel' is a string, and a label is a number, yes or no, or 0 or 1. "
                     "Write it so."),
        ("--label-delay:", "'sku' does not fit: expected a length of time such as 28d, 12w or 6h."),
        ("--name:", "'Leads' does not fit: write lower-case ASCII letters, digits and _, with a letter first."),
        ("--description:", "'x' does not fit: string should have at least 10 characters."),
    ]  # fmt: skip
    assert Conf(conf.root).load_model("marketing.leads").config.description == answers[-1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"table": "leads"}, "--table: 'leads' does not fit: write a table, written schema.table."),
        ({"label": "boght"}, "--label: there is no 'boght'. Did you mean 'bought'?"),
        ({"label": "channel"}, "'channel' is a string, and a label is a number, yes or no, or 0 or 1."),
        ({"owner": "marketing"}, "--owner: there is no 'marketing'. Did you mean 'marketing-squad'?"),
        (
            {"label-delay": "two weeks"},
            "--label-delay: 'two weeks' does not fit: expected a length of time such as 28d",
        ),
        ({"name": "Leads"}, "--name: 'Leads' does not fit: write lower-case ASCII letters"),
        (
            {"table": "marketing.contacts", "time": "called_at"},
            "--time: platform.yaml lists marketing.contacts with event_time 'listed_at', by which all models read it, "
            "and not 'called_at'. Leave --time out.",
        ),
        ({"task": "forecast"}, "--task forecast: it looks at whole series, which a function returns"),
    ],
)
def test_a_flag_that_does_not_fit_is_told_with_what_to_write(
    conf: Conf, changes: dict[str, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags(**({"time": "seen_at"} | changes))) == 2
    assert message in capsys.readouterr().err
    assert "marketing.leads" not in Conf(conf.root).model_ids


def test_the_end_of_input_at_a_question_ends_it_in_a_line(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(""))

    assert main(["new"]) == 130
    assert capsys.readouterr().err == "toile: stopped.\n"
