"""The configuration reference, docs/configuration.md: every key of every file, from the models that read them."""

import re
from collections.abc import Iterator
from typing import Any

from toile.config.section import IN_WORDS

HEAD = """\
# Configuration reference

Made by `bin/toile schema` from `jobs/toile/config`; `make check` fails when it is stale. What a model file does not
state, it inherits from the `defaults` of its environment, then from those of `platform.yaml`; then the default given
here holds.
"""


def render_reference(files: dict[str, dict[str, Any]]) -> str:
    """The reference as Markdown; `files` is path -> JSON Schema."""
    return "\n".join([HEAD, *(line for path, schema in files.items() for line in _file(path, schema))]) + "\n"


def _file(path: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"## `{path}`\n"
    yield from _keys(schema)
    for name, part in sorted(schema.get("$defs", {}).items()):
        if "properties" in part:
            yield f"### {name.lstrip('_')}\n"
            yield from _keys(part)


def _keys(part: dict[str, Any]) -> Iterator[str]:
    if "description" in part:
        yield f"{plain(part['description'])}\n"
    yield "| key | value | default | |\n|---|---|---|---|"
    required = part.get("required", [])
    for key, value in part["properties"].items():
        default = "required" if key in required else _default(value)
        yield f"| `{key}` | {cell(_type(value))} | {cell(default)} | {cell(value.get('description', ''))} |"
    yield ""


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    # The defaults of a section stand at its own keys.
    return "" if default is None or isinstance(default, dict) or default in ("", []) else f"`{default}`"


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return _link(value["$ref"])
    if options := value.get("anyOf") or value.get("oneOf"):
        return " or ".join(dict.fromkeys(_type(option) for option in options if option.get("type") != "null"))
    if "enum" in value or "const" in value:
        return ", ".join(f"`{option}`" for option in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return f"mapping to {_type(inner)}" if isinstance(inner, dict) else "mapping"
    return _plain(value)


def _plain(value: dict[str, Any]) -> str:
    if value.get("pattern") in IN_WORDS:
        return IN_WORDS[value["pattern"]]
    if "examples" in value:
        return f"such as `{value['examples'][0]}`"
    bounds = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    limits = [f"{sign} {value[name]:g}" for name, sign in bounds.items() if name in value]
    return " ".join([str(value.get("type", "any")), " and ".join(limits)]).strip()


def _link(reference: str) -> str:
    name = reference.rpartition("/")[2].lstrip("_")
    return f"[{name}](#{name.lower()})"


def plain(text: str) -> str:
    """The text for Markdown, where <model> would be HTML; code in backticks is as it is."""
    return re.sub(r"(`[^`]*`)|<(?=[a-z])", lambda found: found[1] or "&lt;", text)


def cell(text: str) -> str:
    """The text in one cell of a table."""
    return plain(text).replace("|", "\\|").replace("\n", " ")
