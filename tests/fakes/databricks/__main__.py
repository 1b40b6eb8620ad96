"""Starts the workspace: `python -m tests.fakes.databricks --port 0 --root DIR [--env NAME=VALUE ...]`."""

import argparse
import json
import socket
from pathlib import Path

import uvicorn

from tests.fakes.databricks.app import build_workspace


def main() -> None:
    """Serves until it is asked to end; the first line of its output is its address."""
    given = _read_arguments()
    root = given.root.resolve()
    (root / "Volumes").mkdir(parents=True, exist_ok=True)
    app, misbehaving = build_workspace(root, dict(pair.split("=", 1) for pair in given.env), given.setup_seconds)
    if given.faults:
        app.state.faults.plan(**{"faults": [], "rates": {}, "seed": 0, **json.loads(given.faults)})
    listener = socket.create_server(("127.0.0.1", given.port), backlog=512)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    # asyncio's own loop: its transports give the socket that a fault resets.
    config = uvicorn.Config(misbehaving, loop="asyncio", proxy_headers=False, log_level="critical", lifespan="off")
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        app.state.runs.end()


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.databricks", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--root", type=Path, required=True, help="a folder for volumes, workspace files and logs")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="what runs see, besides PATH")
    parser.add_argument("--setup-seconds", type=float, default=0.05, help="how long a cluster takes to start")
    parser.add_argument("--faults", help='JSON: {"faults": [...], "rates": {...}, "seed": 7}')
    return parser.parse_args()


if __name__ == "__main__":
    main()
