"""10,000 spoilt files: each is a sound part or tells located mistakes, at once, and none touches another model."""

import os
import re
import resource
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.jobs.config.mutations import mutate

from toile.config import Conf, InvalidConfig
from toile.config.problems import Path_, Problem
from toile.config.section import Section
from toile.config.yaml_source import MAX_BYTES, lines_of, read_yaml
from toile.home import REPOSITORY

SEED = os.environ.get("SEED", "0")
FILES, ROUND = 10_000, 50
INTACT = "customer.repeat_purchase"
SECONDS = 2.0  # of the processor, for one file of at most 256 KB
GROWTH = 512 * 1024  # KB
KINDS = {"models/customer": "models/*/*.yaml", "features": "features/*.yaml", "expectations": "expectations/*.yaml"}
INTERNAL = re.compile(
    r"Error\b|Traceback|pydantic|yaml\.\w+\.|NoneType|\bdict\b|<class|<function| object at |instance of"
)


def sections(kind: type[Section] = Section) -> set[str]:
    return {kind.__name__}.union(*map(sections, kind.__subclasses__()))


def test_every_spoilt_file_tells_what_is_wrong_with_it_and_leaves_the_others_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"SEED={SEED} ", end="")
    conf = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    texts = {folder: [path.read_text() for path in sorted(conf.glob(files))] for folder, files in KINDS.items()}
    digest, memory = Conf(conf).load_model(INTACT).digest, peak()
    for first in range(0, FILES, ROUND):
        spoilt = [spoil(conf, texts, number) for number in range(first, first + ROUND)]
        fresh = Conf(conf)
        for file in spoilt:
            require_told(fresh, file)
        assert fresh.load_model(INTACT).digest == digest, f"SEED={SEED}: one of {first}-{first + ROUND} has an effect"
        for file in spoilt:
            file.unlink()
    assert peak() - memory < GROWTH


def test_each_value_that_is_read_has_a_place_and_each_place_a_value(tmp_path: Path) -> None:
    texts = [path.read_text() for files in KINDS.values() for path in sorted((REPOSITORY / "conf").glob(files))]
    file, read = tmp_path / "spoilt.yaml", 0
    for number in range(2000):
        random = Random(f"places/{SEED}/{number}")
        file.write_bytes(mutate(random.choice(texts), random.choice(texts), random))
        with suppress(InvalidConfig):
            source = read_yaml(file)
            assert source.places.values.keys() == paths_in(source.data), f"SEED={SEED}, {number}"
            read += 1
    assert read > 500


def paths_in(value: Any, path: Path_ = ()) -> set[Path_]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths_in(item, (*path, key)) for key, item in inside))


@pytest.mark.parametrize("value", ["!!map nonsense", "!!seq nonsense", "!!int [1]", "!!str {a: 1}", "!!float {}"])
def test_a_tag_that_does_not_fit_its_value_is_told(tmp_path: Path, value: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"params: {value}\n")
    source = read_yaml(file)
    assert (source.data, len(source.problems)) == ({"params": None}, 1)


def test_a_file_of_nothing_but_mistakes_tells_them_and_not_that_it_is_empty(tmp_path: Path) -> None:
    conf = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    (conf / "features" / "odd.yaml").write_text("<<: {owner: x}\n!y b: 1\n")
    with pytest.raises(InvalidConfig) as caught:
        Conf(conf).load_view("odd")
    told = str(caught.value)
    assert "merges (<<) are not read" in told
    assert "a key must be a plain word" in told
    assert "empty" not in told


def spoil(conf: Path, texts: dict[str, list[str]], number: int) -> Path:
    """Writes a mutation of a model file; in one of five, of a view or a suite."""
    random = Random(f"{SEED}/{number}")
    folder = random.choice([*KINDS, *["models/customer"] * 7])
    file = conf / folder / f"spoilt_{number}.yaml"
    file.write_bytes(mutate(random.choice(texts[folder]), random.choice(texts["models/customer"]), random))
    return file


def require_told(conf: Conf, file: Path) -> None:
    loads: dict[str, Callable[[str], object]] = {"features": conf.load_view, "expectations": conf.load_suite}
    before = time.process_time()
    try:
        part = (loads[file.parent.name] if file.parent.name in loads else load_model(conf))(file.stem)
        assert part
    except InvalidConfig as error:
        problems = error.problems
    else:
        problems = []
    taken = time.process_time() - before
    assert taken < SECONDS, f"SEED={SEED} {file.name}: {taken:.1f} s"
    # What a model asks of the suite that it names may be told there.
    lengths = {told: line_count(conf.root.parent / told) for told in {problem.file for problem in problems}}
    if file.parent.name in loads:
        assert set(lengths) <= {file.relative_to(conf.root.parent)}
    for problem in problems:
        assert is_told(problem, lengths[problem.file]), f"SEED={SEED} {file.name}: {str(problem)!r}"


def load_model(conf: Conf) -> Callable[[str], object]:
    return lambda name: conf.load_model(f"customer.{name}").digest


def is_told(problem: Problem, length: int) -> bool:
    """Whether a person can find and read it: in the file, in one line, in words that are not Python's."""
    internal = INTERNAL.search(problem.message) or set(re.findall(r"\w+", problem.message)) & NAMES
    return (
        1 <= problem.line <= length
        and problem.column >= 1
        and str(problem).isprintable()
        and len(str(problem)) < 1500
        and not internal
    )


def line_count(file: Path) -> int:
    """The last line that a mistake may be told of; none but the first of a file that is too large to be read."""
    raw = file.read_bytes() if file.stat().st_size <= MAX_BYTES else b""
    try:
        return len(lines_of(raw.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return raw.count(b"\n") + 1


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


NAMES = {name for name in sections() if name[1:] != name[1:].lower()}
"""Classes of two words, such as TrainingData; one word, such as Suite, may be English."""
