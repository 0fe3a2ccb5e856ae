"""Client: a service may close what it kept open, but not leave a ticket without an answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from evaluation.client import ask_all
from evaluation.errors import EvaluationError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Talk = Callable[[socket.socket], None]


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """The URL of a service whose every connection is such a talk."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def answer_once(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(ANSWER)


def hang_up(connection: socket.socket) -> None:
    connection.recv(65_536)


def break_off(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(ANSWER[:-2])


def talk_nonsense(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"no HTTP at all\r\n\r\n")


def test_a_connection_that_the_service_closed_is_opened_anew() -> None:
    with talking(answer_once) as url:
        sample = ask_all(url, [b"{}"] * 5, connections=1, limit_s=10)
    assert (sample.tickets, sample.errors) == (5, 0)


def test_whoever_is_hung_up_on_was_not_answered() -> None:
    for talk in (hang_up, break_off, talk_nonsense):
        with talking(talk) as url:
            sample = ask_all(url, [b"{}"] * 3, connections=1, limit_s=10)
        assert (sample.tickets, sample.errors, sample.unheard, sample.lost) == (0, 3, 0, 3)


def test_tickets_that_a_service_did_not_live_to_see_are_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def serve_once() -> None:
            connection, _ = listener.accept()
            listener.close()
            with connection:
                answer_once(connection)

        thread = threading.Thread(target=serve_once, daemon=True)
        thread.start()
        sample = ask_all(url, [b"{}"] * 4, connections=1, limit_s=10)
        thread.join()
    assert (sample.tickets, sample.errors, sample.unheard, sample.lost) == (1, 3, 3, 0)


def test_where_nothing_listens_the_url_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(EvaluationError, match=url):
        ask_all(url, [b"{}"] * 2, connections=1, limit_s=10)
