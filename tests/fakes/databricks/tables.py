"""Tables of Unity Catalog: what `tables/<catalog>.<schema>.<table>.json` under the root lists as columns."""

import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request

from tests.fakes.databricks.refusals import not_found

router = APIRouter()


@router.get("/api/2.1/unity-catalog/tables/{name}")
async def describe(request: Request, name: str) -> dict[str, Any]:
    root: Path = request.app.state.root
    file = root / "tables" / f"{name}.json"
    if not file.is_file():
        raise not_found(f"Table '{name}' does not exist.")
    return {"full_name": name, "columns": [{"name": column} for column in json.loads(file.read_text())]}
