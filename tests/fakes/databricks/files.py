"""Files: those of volumes by the Files API, those of the workspace by import; all lie under the root."""

import base64
import os
import tempfile
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from tests.fakes.databricks.arguments import Arguments, read_arguments
from tests.fakes.databricks.refusals import Refusal, invalid, not_found

router = APIRouter()


def _file(request: Request, path: str) -> Path:
    """Where a path of a volume lies; its volume must be there, the folders within it need not."""
    parts = Path("/", path).parts
    if len(parts) < 5 or parts[1] != "Volumes" or ".." in parts:
        raise invalid(f"Invalid path: /{path}. Expected /Volumes/<catalog>/<schema>/<volume>/...")
    root: Path = request.app.state.root
    if not root.joinpath(*parts[1:5]).is_dir():
        raise not_found(f"Volume '{'.'.join(parts[2:5])}' does not exist.")
    return root.joinpath(*parts[1:])


@router.put("/api/2.0/fs/files/{path:path}", status_code=204)
async def upload(request: Request, path: str, overwrite: bool = False) -> None:
    file = _file(request, path)
    if file.exists() and not overwrite:
        raise Refusal(409, "ALREADY_EXISTS", f"The file /{path} already exists. Use overwrite to replace it.")
    await _write(file, request.stream())


@router.head("/api/2.0/fs/files/{path:path}")
@router.get("/api/2.0/fs/files/{path:path}")
async def download(request: Request, path: str) -> Response:
    file = _file(request, path)
    if not file.is_file():
        raise Refusal(404, "NOT_FOUND", f"The file /{path} does not exist.")
    changed = formatdate(file.stat().st_mtime, usegmt=True)
    return FileResponse(file, headers={"last-modified": changed}, media_type="application/octet-stream")


@router.delete("/api/2.0/fs/files/{path:path}", status_code=204)
async def delete(request: Request, path: str) -> None:
    file = _file(request, path)
    if not file.is_file():
        raise Refusal(404, "NOT_FOUND", f"The file /{path} does not exist.")
    file.unlink()


@router.put("/api/2.0/fs/directories/{path:path}", status_code=204)
async def make_directory(request: Request, path: str) -> None:
    _file(request, path).mkdir(parents=True, exist_ok=True)


@router.head("/api/2.0/fs/directories/{path:path}")
async def find_directory(request: Request, path: str) -> None:
    if not _file(request, path).is_dir():
        raise Refusal(404, "NOT_FOUND", f"The directory /{path} does not exist.")


@router.get("/api/2.0/fs/directories/{path:path}")
async def list_directory(request: Request, path: str) -> dict[str, Any]:
    folder = _file(request, path)
    await find_directory(request, path)
    return {"contents": [_describe(request.app.state.root, entry) for entry in sorted(folder.iterdir())]}


@router.delete("/api/2.0/fs/directories/{path:path}", status_code=204)
async def delete_directory(request: Request, path: str) -> None:
    folder = _file(request, path)
    await find_directory(request, path)
    if any(folder.iterdir()):
        raise invalid(f"The directory /{path} is not empty.")
    folder.rmdir()


@router.post("/api/2.0/workspace/import")
async def import_file(request: Request, arguments: Annotated[Arguments, Depends(read_arguments)]) -> dict[str, Any]:
    file = _workspace_file(request, arguments.text("path"))
    if file.exists() and not arguments.body.get("overwrite", False):
        raise Refusal(400, "RESOURCE_ALREADY_EXISTS", f"Path ({arguments.text('path')}) already exists.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(arguments.text("content")))
    return {}


@router.post("/api/2.0/workspace/mkdirs")
async def make_folders(request: Request, arguments: Annotated[Arguments, Depends(read_arguments)]) -> dict[str, Any]:
    _workspace_file(request, arguments.text("path")).mkdir(parents=True, exist_ok=True)
    return {}


@router.get("/api/2.0/workspace/get-status")
async def get_status(request: Request, arguments: Annotated[Arguments, Depends(read_arguments)]) -> dict[str, Any]:
    path = arguments.text("path")
    file = _workspace_file(request, path)
    if not file.exists():
        raise not_found(f"Path ({path}) doesn't exist.")
    return {"path": path, "object_type": "DIRECTORY" if file.is_dir() else "FILE", "object_id": file.stat().st_ino}


def _workspace_file(request: Request, path: str) -> Path:
    if not path.startswith("/") or ".." in path:
        raise invalid(f"Path ({path}) must be absolute.")
    root: Path = request.app.state.root
    return root / "Workspace" / path.removeprefix("/Workspace").lstrip("/")


async def _write(file: Path, chunks: AsyncIterator[bytes]) -> None:
    """Whole or not at all, as object stores do it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".upload-")
    with os.fdopen(descriptor, "wb") as part:
        async for chunk in chunks:
            part.write(chunk)
    Path(name).replace(file)


def _describe(root: Path, entry: Path) -> dict[str, Any]:
    told = {"path": f"/{entry.relative_to(root)}", "name": entry.name, "is_directory": entry.is_dir()}
    if not entry.is_dir():
        told |= {"file_size": entry.stat().st_size, "last_modified": round(entry.stat().st_mtime * 1000)}
    return told
