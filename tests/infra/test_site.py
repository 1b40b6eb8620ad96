"""MkDocs checks the links between pages (`make docs`); these look at what it does not see."""

import logging
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.structure.files import File, Files

from mkdocs_hooks import links, pages
from toile.home import REPOSITORY


def page_of(tmp_path: Path, repository: str | None = None) -> tuple[Any, Any]:
    """A page docs/runbooks/gate.md, and the site's settings."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "gate.py").touch()
    config = SimpleNamespace(
        config_file_path=str(tmp_path / "mkdocs.yml"), docs_dir=str(tmp_path / "docs"), repo_url=repository
    )
    return SimpleNamespace(file=SimpleNamespace(src_uri="runbooks/gate.md")), config


@pytest.mark.parametrize("page", [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md"], ids=lambda path: path.name)
def test_what_the_first_pages_link_to_is_there(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)\s#]+)", page.read_text())

    assert [target for target in targets if not (REPOSITORY / target).exists()] == []


@pytest.mark.parametrize(
    ("repository", "written"),
    [
        (None, "see the gate (`jobs/gate.py`)"),
        ("https://host/toile", "see [the gate](https://host/toile/blob/HEAD/jobs/gate.py)"),
    ],
)
def test_a_link_out_of_the_site_is_a_path_or_leads_to_the_repository(
    tmp_path: Path, repository: str | None, written: str
) -> None:
    page, config = page_of(tmp_path, repository)

    assert links.on_page_markdown("see [the gate](../../jobs/gate.py)", page, config) == written


def test_a_link_to_a_file_that_is_not_there_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    page, config = page_of(tmp_path)

    with caplog.at_level(logging.WARNING):
        links.on_page_markdown("[gate](../../jobs/gaet.py)", page, config)

    assert "runbooks/gate.md: there is no file '../../jobs/gaet.py'" in caplog.text


def test_links_between_pages_and_links_in_fences_stay(tmp_path: Path) -> None:
    page, config = page_of(tmp_path)
    text = "[life](../life.md)\n```text\n[gate](../../jobs/gate.py)\n```\n"

    assert links.on_page_markdown(text, page, config) == text


def test_a_pattern_in_the_navigation_stands_for_the_pages_that_stand_nowhere_else() -> None:
    names = ("index.md", "costs.md", "life.md", "backends/README.md", "backends/local.md")
    config: Any = SimpleNamespace(
        nav=["index.md", "tutorial*.md", {"How to": [{"Where": "backends/*.md"}, "*.md"]}, "life.md"]
    )
    files = Files([File(name, "docs", "site", use_directory_urls=True) for name in names])

    pages.on_files(files, config)

    where = {"Where": ["backends/README.md", "backends/local.md"]}
    assert config.nav == ["index.md", {"How to": [where, "costs.md"]}, "life.md"]
