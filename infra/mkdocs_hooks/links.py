"""A hook of MkDocs: links from a page to the repository's files, which lie outside the site.

On a git host they work as they stand. On the site they lead to `repo_url` where that is set, else the path is shown.
One whose file does not exist is a warning, at which a strict build fails.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.pages import Page

log = get_plugin_logger("links")
_FENCE = re.compile(r"^(?P<fence>```+).*?^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?P<text>[^\]\n]+)\]\((?P<target>\.[^)\s#]+)(?P<anchor>#[^)\s]+)?\)")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Writes the links to files outside docs/ anew; what stands in fences is left alone."""
    root, docs = Path(config.config_file_path).parent, Path(config.docs_dir)

    def written(link: re.Match[str]) -> str:
        file = Path(posixpath.normpath(docs / Path(page.file.src_uri).parent / link["target"]))
        if file.is_relative_to(docs):
            return link[0]
        if not file.exists() or not file.is_relative_to(root):
            log.warning("%s: there is no file %r, which it links to", page.file.src_uri, link["target"])
            return link[0]
        return _shown(link["text"], file.relative_to(root).as_posix(), config.repo_url)

    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(written, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(written, markdown[end:])])


def _shown(text: str, path: str, repository: str | None) -> str:
    if repository:
        return f"[{text}]({repository.rstrip('/')}/blob/HEAD/{path})"
    bare = text.strip("`")
    return f"`{path}`" if path.endswith(bare) else f"{text} (`{path}`)"
