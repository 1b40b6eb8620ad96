"""JSON Schemas of the files under conf/, for editors and for review, and the reference that is made from them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from toile.config.durations import PATTERN, format_duration
from toile.config.features import FeatureView
from toile.config.model import ModelConfig
from toile.config.platform import Environment, Platform
from toile.config.prices import Prices
from toile.config.reference import render_reference
from toile.config.section import Section
from toile.config.suites import Suite

SCHEMAS: dict[str, tuple[str, type[Section], frozenset[str]]] = {
    "model": ("models/<domain>/<model>.yaml", ModelConfig, frozenset({"domain", "name"})),
    "platform": ("platform.yaml", Platform, frozenset()),
    "environment": ("environments/<environment>.yaml", Environment, frozenset({"name"})),
    "prices": ("prices.yaml", Prices, frozenset()),
    "feature_view": ("features/<view>.yaml", FeatureView, frozenset({"name"})),
    "suite": ("expectations/<suite>.yaml", Suite, frozenset({"name"})),
}
REFERENCE = "../docs/configuration.md"


def render_schemas() -> dict[str, str]:
    """Path below conf/ -> text of every schema, and of the reference; keys that the file's path gives are left out."""
    schemas = {name: _schema(kind, by_path) for name, (_, kind, by_path) in SCHEMAS.items()}
    reference = render_reference({f"conf/{SCHEMAS[name][0]}": schema for name, schema in schemas.items()})
    # Defaults may be inherited from platform.yaml, so an editor must not insist on keys; `toile check` does.
    schemas["model"]["required"] = []
    texts = {f"{name}.schema.json": json.dumps(schema, indent=2, sort_keys=True) for name, schema in schemas.items()}
    return {**{name: f"{text}\n" for name, text in texts.items()}, REFERENCE: reference}


def outdated(root: Path, texts: dict[str, str]) -> dict[Path, str]:
    """Path -> text of what is not current. A conf/ that lies elsewhere than in a clone has no docs/ to keep current."""
    there = {root / name: text for name, text in texts.items() if (root / name).parent.is_dir()}
    return {path: text for path, text in there.items() if not path.is_file() or path.read_text() != text}


def _schema(kind: type[Section], by_path: frozenset[str]) -> dict[str, Any]:
    schema: dict[str, Any] = kind.model_json_schema()
    for key in by_path:
        del schema["properties"][key]
    schema["required"] = [key for key in schema.get("required", []) if key not in by_path]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    _write_durations(schema)
    return schema


def _write_durations(part: Any) -> None:
    """Default lengths of time as they are written in YAML; pydantic gives them as ISO 8601."""
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
        _write_durations(child)
    if isinstance(part, dict) and part.get("pattern") == PATTERN and "default" in part:
        part["default"] = format_duration(TypeAdapter(timedelta).validate_python(part["default"]))
