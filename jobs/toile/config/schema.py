"""JSON Schemas of the files under conf/, for editors and for review."""

import json
from pathlib import Path
from typing import Any

from toile.config.features import FeatureView
from toile.config.model import ModelConfig, Section
from toile.config.platform import Environment, Platform
from toile.config.suites import Suite

SCHEMAS: dict[str, tuple[type[Section], frozenset[str]]] = {
    "model": (ModelConfig, frozenset({"domain", "name"})),
    "platform": (Platform, frozenset()),
    "environment": (Environment, frozenset({"name"})),
    "feature_view": (FeatureView, frozenset({"name"})),
    "suite": (Suite, frozenset({"name"})),
}


def render_schemas() -> dict[str, str]:
    """File name -> text of every schema; keys that the file's path gives are left out."""
    return {f"{name}.schema.json": _render(kind, by_path) for name, (kind, by_path) in SCHEMAS.items()}


def save_schemas(root: Path) -> list[Path]:
    """Writes every schema into the folder and returns the paths of those that changed."""
    changed = []
    for name, text in render_schemas().items():
        path = root / name
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
            changed.append(path)
    return changed


def _render(kind: type[Section], by_path: frozenset[str]) -> str:
    schema: dict[str, Any] = kind.model_json_schema()
    for key in by_path:
        del schema["properties"][key]
    # Defaults may be inherited from platform.yaml, so an editor must not insist on keys; `toile check` does.
    schema["required"] = [key for key in schema.get("required", []) if key not in by_path and kind is not ModelConfig]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
