"""A hook of MkDocs: the site's pages come from the folders, so that a new one is never missing from the navigation."""

from fnmatch import fnmatch
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Writes out the navigation's entries that have a `*`."""
    pages = sorted(file.src_uri for file in files.documentation_pages())
    named = set(_named(config.nav))
    free = [page for page in pages if page not in named]
    config.nav = _written_out(config.nav, free)
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Refuses what a browser would need the network for."""
    if "```mermaid" in markdown:
        raise PluginError(f"{page.file.src_uri}: diagrams of Mermaid need a script from the network. Draw an SVG.")
    return markdown


def _named(entry: Any) -> list[str]:
    """Every page that the navigation names by itself."""
    if isinstance(entry, str):
        return [entry]
    values = entry.values() if isinstance(entry, dict) else entry
    return [name for value in values for name in _named(value)]


def _written_out(entry: Any, free: list[str]) -> Any:
    """The entry with its patterns replaced by those of the `free` pages that lie in the very folder."""
    if isinstance(entry, dict):
        return {title: _written_out(value, free) for title, value in entry.items()}
    if isinstance(entry, list):
        return [one for value in entry for one in _as_list(_written_out(value, free), value)]
    if "*" not in entry:
        return entry
    found = [page for page in free if fnmatch(page, entry) and page.count("/") == entry.count("/")]
    for page in found:
        free.remove(page)
    return found


def _as_list(found: Any, entry: Any) -> list[Any]:
    return found if isinstance(entry, str) and isinstance(found, list) else [found]
