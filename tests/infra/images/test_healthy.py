import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from images.healthy import is_healthy


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 200 if self.path == "/health" else 500
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps({"scheduler": {"status": "healthy"}, "triggerer": {"status": None}}).encode())

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Page) as page:
        thread = threading.Thread(target=page.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{page.server_port}"
        page.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "part", "healthy"),
    [
        ("/health", None, True),
        ("/health", "scheduler", True),
        ("/health", "triggerer", False),
        ("/broken", None, False),
    ],
)
def test_a_page_that_answers_is_healthy_when_its_part_says_so(
    server: str, path: str, part: str | None, healthy: bool
) -> None:
    assert is_healthy(server + path, part) is healthy


def test_a_port_is_healthy_while_somebody_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        assert is_healthy(address)
    assert not is_healthy(address)


def test_an_address_where_nobody_listens_is_not_healthy() -> None:
    assert not is_healthy("http://127.0.0.1:9/health")
