"""Listener: a toy service over HTTP, whose status for each posted body a test decides."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Decide = Callable[[bytes], int]


@contextlib.contextmanager
def listening(decide: Decide = lambda body: 200) -> Iterator[str]:
    """The URL of a service that answers `{}` to everything, with the status that `decide` gives to a posted body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(200)

        def do_POST(self) -> None:
            self._send(decide(self.rfile.read(int(self.headers["Content-Length"]))))

        def _send(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
