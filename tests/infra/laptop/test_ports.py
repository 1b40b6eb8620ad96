import socket
from collections.abc import Iterator

import pytest

from laptop import ports
from laptop.ports import choose_port, is_free
from toile.errors import InfrastructureError


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_gives_way_to_the_next_free_one(busy: int) -> None:
    assert not is_free(busy)
    assert choose_port(busy) > busy


def test_the_remembered_port_is_taken_again_while_it_is_free(busy: int) -> None:
    remembered = choose_port(busy + 1)
    assert choose_port(busy, remembered) == remembered
    assert choose_port(remembered, busy) == remembered


def test_two_services_never_share_a_port(busy: int) -> None:
    first = choose_port(busy)
    assert choose_port(busy, taken=[first]) not in {busy, first}


def test_a_port_is_free_again_right_after_a_connection_was_closed() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = listener.accept()
            accepted.close()
    assert is_free(port)


def test_no_free_port_is_told_with_the_range(busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "TRIES", 1)
    with pytest.raises(InfrastructureError, match=f"ports {busy} to {busy} of 127.0.0.1 are all in use"):
        choose_port(busy)
