"""The workspace as one application: its APIs, what is asked of every request, and the tests' own way in."""

from pathlib import Path
from typing import Any

from databricks.sdk.service.iam import AccessControlRequest
from fastapi import Depends, FastAPI, Request, Response

from tests.fakes.databricks import CLIENT_ID, TOKEN, files, jobs, signing_in, tables
from tests.fakes.databricks.clusters import NODE_TYPES, RUNTIMES
from tests.fakes.databricks.faults import Faults, Misbehaving
from tests.fakes.databricks.fields import check_record
from tests.fakes.databricks.jobs import AllRuns, Asked
from tests.fakes.databricks.refusals import Refusal, answer_refusal, answer_unknown_route
from tests.fakes.databricks.runs import Runs, describe_effects
from tests.fakes.databricks.signing_in import WORKSPACE_ID, require_token
from tests.fakes.databricks.wheels import Wheels


def build_workspace(root: Path, environment: dict[str, str], setup_seconds: float) -> tuple[FastAPI, Misbehaving]:
    """The application, and the same with its faults around it."""
    app = FastAPI(openapi_url=None)
    faults = Faults()
    app.state.root, app.state.faults, app.state.permissions = root, faults, {}
    app.state.jobs, app.state.tokens = {}, {TOKEN}
    app.state.runs = Runs(root, Wheels(root, environment), faults, setup_seconds)
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(404, answer_unknown_route)
    app.add_exception_handler(405, answer_unknown_route)
    app.include_router(signing_in.router)
    for router in (jobs.router, files.router, tables.router):
        app.include_router(router, dependencies=[Depends(require_token)])
    _add_workspace(app)
    _add_controls(app)
    return app, Misbehaving(app, faults, app.state.runs.name_of)


def _add_workspace(app: FastAPI) -> None:
    """The small APIs: who one is, what clusters there are, and permissions."""
    signed_in = [Depends(require_token)]

    @app.get("/api/2.0/preview/scim/v2/Me", dependencies=signed_in)
    async def me(response: Response) -> dict[str, Any]:
        response.headers["X-Databricks-Org-Id"] = WORKSPACE_ID
        return {"id": "1", "userName": CLIENT_ID, "displayName": "toile", "active": True}

    @app.get("/api/2.1/clusters/list-node-types", dependencies=signed_in)
    async def node_types() -> dict[str, Any]:
        return {
            "node_types": [
                {"node_type_id": name, "num_cores": cores, "memory_mb": memory, "instance_type_id": name}
                for name, (cores, memory) in NODE_TYPES.items()
            ]
        }

    @app.get("/api/2.1/clusters/spark-versions", dependencies=signed_in)
    async def spark_versions() -> dict[str, Any]:
        return {"versions": [{"key": version, "name": version} for version in RUNTIMES]}

    @app.get("/api/2.0/permissions/{kind}/{identifier}", dependencies=signed_in)
    async def permissions(request: Request, kind: str, identifier: str) -> dict[str, Any]:
        return _permissions(request, kind, identifier)

    @app.put("/api/2.0/permissions/{kind}/{identifier}", dependencies=signed_in)
    @app.patch("/api/2.0/permissions/{kind}/{identifier}", dependencies=signed_in)
    async def permit(request: Request, kind: str, identifier: str, asked: Asked) -> dict[str, Any]:
        entries = asked.body.get("access_control_list", [])
        for entry in entries:
            check_record(entry, AccessControlRequest)
        kept = request.app.state.permissions.get((kind, identifier), []) if request.method == "PATCH" else []
        request.app.state.permissions[kind, identifier] = [*kept, *entries]
        return _permissions(request, kind, identifier)


def _permissions(request: Request, kind: str, identifier: str) -> dict[str, Any]:
    given = request.app.state.permissions.get((kind, identifier), [])
    listed = [
        {
            **{name: value for name, value in entry.items() if name != "permission_level"},
            "all_permissions": [{"permission_level": entry["permission_level"], "inherited": False}],
        }
        for entry in given
    ]
    return {"object_id": f"/{kind}/{identifier}", "object_type": kind.rstrip("s"), "access_control_list": listed}


def _add_controls(app: FastAPI) -> None:
    """What only tests ask: faults to come, faults that came, and what has run how often."""

    @app.put("/fake/faults")
    async def plan(request: Request, asked: Asked) -> dict[str, Any]:
        body = {"faults": [], "rates": {}, "seed": 0, **asked.body}
        request.app.state.faults.plan(**body)
        return {}

    @app.get("/fake/faults")
    async def faults(request: Request) -> dict[str, int]:
        return dict(request.app.state.faults.done)

    @app.get("/fake/runs")
    async def runs(all_runs: AllRuns) -> list[dict[str, Any]]:
        return [{**run.describe(), "run_name": run.name, "settings": run.settings} for run in all_runs.all()]

    @app.get("/fake/effects")
    async def effects(all_runs: AllRuns) -> list[dict[str, Any]]:
        return describe_effects(all_runs.all())
