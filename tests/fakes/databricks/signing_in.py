"""Who may ask: holders of the personal access token, and service principals that fetched a token by OAuth."""

import secrets
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from tests.fakes.databricks import CLIENT_ID, CLIENT_SECRET
from tests.fakes.databricks.refusals import Refusal

WORKSPACE_ID = "1234567890123456"
router = APIRouter()


async def require_token(request: Request) -> None:
    """Raises a Refusal unless the request carries a token of this workspace."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        message = "Credential was not sent or was of an unsupported type for this API."
        raise Refusal(401, "401", message)
    if token not in request.app.state.tokens:
        raise Refusal(403, "403", "Invalid access token.")


@router.get("/.well-known/databricks-config")
async def describe_host(request: Request) -> dict[str, str]:
    return {"oidc_endpoint": f"{request.base_url}oidc", "workspace_id": WORKSPACE_ID, "cloud": "AWS"}


@router.get("/oidc/.well-known/oauth-authorization-server")
async def describe_oidc(request: Request) -> dict[str, str]:
    base = f"{request.base_url}oidc/v1"
    return {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}


@router.post("/oidc/v1/token")
async def grant_token(request: Request) -> Any:
    """OAuth's client credentials, in the header or in the form."""
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    kind, _, basic = request.headers.get("authorization", "").partition(" ")
    given = b64decode(basic).decode() if kind.lower() == "basic" else ""
    client, _, secret = (given or f"{form.get('client_id')}:{form.get('client_secret')}").partition(":")
    if form.get("grant_type") != "client_credentials":
        return JSONResponse({"error": "unsupported_grant_type", "error_description": "Unknown grant type."}, 400)
    if (client, secret) != (CLIENT_ID, CLIENT_SECRET):
        return JSONResponse({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    token = secrets.token_hex(16)
    request.app.state.tokens.add(token)
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": form.get("scope", "all-apis")}
