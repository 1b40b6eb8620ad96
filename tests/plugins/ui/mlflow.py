"""A stand-in for MLflow's server, and what jobs have left there of one model."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from toile.contract import FACT, HISTORY, Fact

RUN = "#/experiments/0/runs/0123456789abcdef"
AUC = (0.733, 0.699, 0.765)
ALPHA = {
    "champion": Fact(at=datetime.now(UTC) - timedelta(days=12), version="3", verdict="promote", as_of=date(2011, 9, 8),
                     metric="roc_auc", figures={"roc_auc": AUC}, mlflow_run=RUN),
    "gate__training": Fact(verdict="passed", as_of=date(2011, 9, 8), report="https://reports/gate.html"),
    "drift": Fact(verdict="warned", as_of=date(2011, 10, 6), reason='<script>alert("drift")</script>'),
    "performance": Fact(verdict="passed", as_of=date(2011, 9, 8), figures={"roc_auc": (0.701, 0.66, 0.74)}),
    "score": Fact(as_of=date(2011, 10, 6), version="3", figures={"rows": (1234,)}),
    "cost": Fact(as_of=datetime.now(UTC).date(), figures={"EUR": (7.5,)}),
}  # fmt: skip
VALIDATIONS = [Fact(version="2", verdict="refused", metric="roc_auc", figures={"candidate": (0.69, 0.65, 0.73)}),
           Fact(version="3", verdict="passed", metric="roc_auc", figures={"candidate": AUC})]  # fmt: skip


@dataclass
class Mlflow:
    """The few endpoints of MLflow's server that the page asks: the `calls` in order, the models `told` of."""

    address: str = ""
    experiments: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def knows(self, model: str, history: list[Fact] | None = None, **facts: Fact) -> None:
        tags = {f"{FACT}{name.replace('__', '.')}": fact.tag() for name, fact in facts.items()}
        if history:
            tags[HISTORY] = f"[{','.join(fact.tag() for fact in history)}]"
        self.experiments[model] = {"toile.kind": "model", **tags}

    def answer(self, endpoint: str, query: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(endpoint)
        if endpoint == "experiments/search":
            start, size = int(query.get("page_token", 0)), query["max_results"]
            name = re.search(r"and name = '(.*)'$", query["filter"])
            asked = [one for one in enumerate(self.experiments.items()) if not name or one[1][0] == name[1]]
            found = asked[start : start + size]
            self.told += [model for _, (model, _) in found]
            more = {"next_page_token": str(start + size)} if start + size < len(asked) else {}
            return {"experiments": [self._experiment(number, *about) for number, about in found], **more}
        kind = "ledger" if "'ledger'" in query["filter"] else "train"
        return {"runs": [run for run in self.runs if {"key": "toile.kind", "value": kind} in run["data"]["tags"]]}

    @staticmethod
    def _experiment(number: int, name: str, tags: dict[str, str]) -> dict[str, Any]:
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        return {"experiment_id": str(number), "name": name, "tags": pairs}


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"key": f"toile.{key}", "value": value} for key, value in tags.items()]


def entry(action: str, version: str, *, former: str, run_key: str) -> dict[str, Any]:
    """A line of the ledger, as MLflow has it."""
    tags = pairs(kind="ledger", action=action, version=version, former=former, run_key=run_key, reason="better")
    return {"info": {"start_time": 1317772800000, "status": "FINISHED"}, "data": {"tags": tags}}


@contextmanager
def started_mlflow() -> Iterator[Mlflow]:
    known = Mlflow()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(known.answer(self.path.removeprefix("/api/2.0/mlflow/"), query)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        known.address = f"http://127.0.0.1:{server.server_port}"
        yield known
        server.shutdown()
