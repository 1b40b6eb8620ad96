"""What a request asks for, wherever it is written."""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from tests.fakes.databricks.refusals import invalid, malformed


@dataclass(frozen=True)
class Arguments:
    """The fields of a request: Airflow's trigger sends those of a GET in its body, all others in the query."""

    body: dict[str, Any]
    query: dict[str, str]

    def find(self, name: str) -> Any:
        return self.body.get(name, self.query.get(name))

    def text(self, name: str) -> str:
        if (value := self.find(name)) is None:
            raise invalid(f"Missing required field: {name}")
        return str(value)

    def number(self, name: str, default: int | None = None) -> int:
        value = self.find(name) if default is None or self.find(name) is not None else default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise invalid(f"Missing required field: {name}" if value is None else f"{name}: not a number") from None

    def flag(self, name: str) -> bool:
        return str(self.find(name)).lower() == "true"


async def read_arguments(request: Request) -> Arguments:
    text = await request.body()
    try:
        body = json.loads(text) if text else {}
    except ValueError as error:
        raise malformed(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise malformed("not an object.")
    return Arguments(body, dict(request.query_params))
