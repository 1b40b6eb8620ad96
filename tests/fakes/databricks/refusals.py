"""What the workspace answers to a request that it does not take, in the form of Databricks' REST API."""

from fastapi import Request
from fastapi.responses import JSONResponse


class Refusal(Exception):  # noqa: N818 -- it is an answer, not a fault
    """An answer with a status, an error code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def invalid(message: str) -> Refusal:
    return Refusal(400, "INVALID_PARAMETER_VALUE", message)


def malformed(message: str) -> Refusal:
    return Refusal(400, "MALFORMED_REQUEST", f"Could not parse request object: {message}")


def not_found(message: str) -> Refusal:
    return Refusal(404, "RESOURCE_DOES_NOT_EXIST", message)


async def answer_refusal(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return JSONResponse({"error_code": refusal.code, "message": refusal.message}, refusal.status)


async def answer_unknown_route(request: Request, _error: Exception) -> JSONResponse:
    message = f"No API found for '{request.method} {request.url.path}'"
    return JSONResponse({"error_code": "ENDPOINT_NOT_FOUND", "message": message}, 404)
