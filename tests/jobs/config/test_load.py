"""Model files of tests/conf: the valid ones load, the invalid ones give exactly the problems they expect."""

import re
import shutil
from pathlib import Path

import pytest

from toile.config import Conf, InvalidConfig
from toile.home import REPOSITORY

FIXTURES = REPOSITORY / "tests" / "conf"


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    """The real configuration with room for one more model."""
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    return Conf(tmp_path / "conf")


def add(conf: Conf, fixture: Path) -> str:
    shutil.copy(fixture, conf.root / "models" / "customer" / "added.yaml")
    return "customer.added"


@pytest.mark.parametrize("fixture", sorted((FIXTURES / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_valid_file_loads(conf: Conf, fixture: Path) -> None:
    assert conf.load_model(add(conf, fixture)).config.owner == "customer-squad"


@pytest.mark.parametrize("fixture", sorted((FIXTURES / "invalid").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_invalid_file_gives_each_problem_with_its_place(conf: Conf, fixture: Path) -> None:
    with pytest.raises(InvalidConfig) as caught:
        conf.load_model(add(conf, fixture))
    expected = [line.removeprefix("# expect: ") for line in fixture.read_text().splitlines() if "# expect: " in line]
    found = [str(problem).removeprefix("conf/models/customer/added.yaml:") for problem in caught.value.problems]
    assert found == expected


def test_one_broken_file_leaves_the_others_alone(conf: Conf) -> None:
    add(conf, FIXTURES / "invalid" / "tab.yaml")
    models, broken = conf.load_all()
    assert "customer.repeat_purchase" in models
    assert list(broken) == ["customer.added"]


def test_a_worker_that_asks_for_one_model_lists_no_others(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda folder, _: pytest.fail(f"{folder} is listed"))
    assert conf.model_file("customer.repeat_purchase").is_file()


def test_a_model_inherits_what_it_does_not_say(conf: Conf) -> None:
    config = conf.load_model(add(conf, FIXTURES / "valid" / "smallest.yaml")).config
    assert config.validation.resamples == 1000
    assert config.approval == "none"  # the platform says required, the local environment none


def test_a_wrong_inherited_value_is_told_where_it_stands(conf: Conf) -> None:
    platform = conf.root / "platform.yaml"
    platform.write_text(platform.read_text().replace("confidence: 0.95", "confidence: 95"))
    with pytest.raises(InvalidConfig, match=r"^conf/platform\.yaml:\d+:28: validation\.confidence: 95 does not fit"):
        conf.load_model("customer.repeat_purchase")


def test_the_digest_follows_the_meaning_and_not_the_layout(conf: Conf) -> None:
    before = conf.load_model("customer.repeat_purchase").digest
    path = conf.model_file("customer.repeat_purchase")
    path.write_text("# a comment\n" + path.read_text())
    assert Conf(conf.root).load_model("customer.repeat_purchase").digest == before
    path.write_text(path.read_text().replace("max_depth: 3", "max_depth: 4"))
    assert Conf(conf.root).load_model("customer.repeat_purchase").digest != before


def test_an_unknown_environment_is_told_with_the_known_ones(conf: Conf) -> None:
    with pytest.raises(InvalidConfig, match=r"no environment 'locla'. Did you mean 'local'"):
        Conf(conf.root, "locla").load_model("customer.repeat_purchase")


def test_a_file_that_is_too_large_or_no_text_is_refused(conf: Conf) -> None:
    path = conf.model_file("customer.repeat_purchase")
    path.write_bytes(b"a: " + b"x" * 300_000)
    with pytest.raises(InvalidConfig, match="300,003 bytes"):
        conf.load_model("customer.repeat_purchase")
    path.write_bytes(b"a: b\nc: \xff\n")
    with pytest.raises(InvalidConfig, match=r":2:1: not UTF-8"):
        Conf(conf.root).load_model("customer.repeat_purchase")


def test_a_folder_with_the_name_of_a_model_file_is_told(conf: Conf) -> None:
    (conf.root / "models" / "customer" / "added.yaml").mkdir()
    _models, broken = conf.load_all()
    assert "conf/models/customer/added.yaml:1:1: is a folder, but its name is that of a file." in str(
        broken["customer.added"]
    )


@pytest.mark.parametrize("folder", ["kunden_überblick", "Customers", "my.domain"])
def test_a_domain_of_other_characters_is_told_with_what_to_rename(conf: Conf, folder: str) -> None:
    (conf.root / "models" / "customer").rename(conf.root / "models" / folder)
    with pytest.raises(
        InvalidConfig, match=f"the folder's name '{folder}' .* lower-case ASCII letters.* Rename the fol"
    ):
        conf.load_model(f"{folder}.repeat_purchase")


@pytest.mark.parametrize(
    ("key", "address", "sound"),
    [
        ("artifacts: /mnt/toile/wheels", "artifacts: s3:/toile/wheels", False),
        ("artifacts: /mnt/toile/wheels", "artifacts: wheels", False),
        ("artifacts: /mnt/toile/wheels", "artifacts: s3a://toile/wheels", True),
        ("root: /mnt/toile/tables", "root: tables", False),
        ("root: /mnt/toile/tables", "root: abfss://toile@account.dfs.core.windows.net/tables", True),
        ("results: /mnt/toile/results", "results: gs://toile/results", False),
        ("results: /mnt/toile/results", "results: s3://key:secret@toile/results", False),
    ],
)
def test_an_address_that_leads_nowhere_is_told_in_words(conf: Conf, key: str, address: str, sound: bool) -> None:
    file = conf.root / "environments/staging.yaml"
    assert key in file.read_text()
    file.write_text(file.read_text().replace(key, address))
    staging = Conf(conf.root, "staging")
    if sound:
        assert staging.environment
        return
    with pytest.raises(InvalidConfig, match=r"expected a folder from / on, s3://<bucket>/... or abfss:") as caught:
        _ = staging.environment
    assert "secret" not in str(caught.value)


def test_a_volume_may_end_with_a_slash_and_may_not_be_half(conf: Conf) -> None:
    file = conf.root / "environments/production.yaml"
    text = file.read_text().replace("/Volumes/ml/toile/wheels", "/Volumes/ml/toile/wheels/")
    file.write_text(text.replace("/Volumes/ml/toile/results", "/Volumes/ml/toile/results/"))
    assert Conf(conf.root, "production").environment
    file.write_text(text.replace("/Volumes/ml/toile/wheels/", "/Volumes/ml/wheels"))
    with pytest.raises(
        InvalidConfig, match=r"artifacts: '/Volumes/ml/wheels' .* expected a folder of a volume, written"
    ):
        _ = Conf(conf.root, "production").environment


def test_a_kind_alone_is_told_how_to_be_written(conf: Conf) -> None:
    file = conf.root / "environments/production.yaml"
    file.write_text(re.sub(r"compute: {.*}", "compute: serverless", file.read_text()))
    with pytest.raises(InvalidConfig, match=r"expected a mapping of keys to values\. Write {kind: serverless}\.$"):
        _ = Conf(conf.root, "production").environment


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("toile_model: mine", "backend.tags.toile_model: 'toile_model' does not fit: what begins with toile_ is ours"),
        ("bad key!: x", "backend.tags.bad key!: 'bad key!' does not fit: expected letters, digits, spaces and "),
        ("key: a*", "backend.tags.key: 'a*' does not fit: expected letters, digits, spaces and "),
        ("cost centre/2: a@b.c+d", ""),
    ],
)
def test_a_tag_that_databricks_refuses_or_that_is_ours_is_told(conf: Conf, tag: str, told: str) -> None:
    file = conf.root / "environments/production.yaml"
    file.write_text(file.read_text().replace("  timeout_minutes: 240", f"  tags: {{{tag}}}"))
    if not told:
        assert Conf(conf.root, "production").environment
        return
    with pytest.raises(InvalidConfig, match=re.escape(told)):
        _ = Conf(conf.root, "production").environment
