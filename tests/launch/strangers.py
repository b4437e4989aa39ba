"""Servers that nobody here has chosen: each path of one small server misbehaves in its own way."""

import contextlib
import gzip
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

GOOD = {"issuer": "https://lms.example"}
NONE: Mapping[str, str] = {}


class Stranger(BaseHTTPRequestHandler):
    """Answers by path; what it was asked is kept in `asked` of its server."""

    server: "Heard"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        kind = self.path.strip("/").partition("?")[0].replace("-", "_")
        with contextlib.suppress(ConnectionError):
            getattr(self, f"_{kind}", self._good)()

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def _good(self) -> None:
        self._answer(json.dumps(GOOD).encode())

    def _redirect(self) -> None:
        self._answer(b"", status=302, headers={"Location": "/good"})

    def _page(self) -> None:
        self._answer(b"<html>Log in</html>")

    def _deep(self) -> None:
        self._answer(b"[" * 100_000)

    def _huge(self) -> None:
        self._answer(b" " * 1_000_000)

    def _gzip_bomb(self) -> None:
        packed = gzip.compress(b" " * 50_000_000)
        self._answer(packed, headers={"Content-Encoding": "gzip"})

    def _endless(self) -> None:
        self._begin()
        while True:
            self.wfile.write(b" " * 65_536)

    def _drip(self) -> None:
        """One byte now and then, so that no single wait is long."""
        self._begin()
        self._drop_by_drop(b" ")

    def _headers(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        self._drop_by_drop(b"X-More: " + b"a" * 1000 + b"\r\n", pause_s=0)

    def _nothing(self) -> None:
        self.close_connection = True

    def _drop_by_drop(self, drop: bytes, *, pause_s: float = 0.05) -> None:
        while not self.server.over:
            self.wfile.write(drop)
            time.sleep(pause_s)

    def _begin(self) -> None:
        self.send_response(200)
        self.end_headers()

    def _answer(self, body: bytes, *, status: int = 200, headers: Mapping[str, str] = NONE) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """Nothing: a test's terminal is not an access log."""


class Heard(ThreadingHTTPServer):
    """The server, with what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Stranger)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.bodies: list[bytes] = []
        self.over = False

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def stranger(certificate: Path | None = None) -> Iterator[Heard]:
    """The server, until the block ends; on https with a certificate (and its key in the file)."""
    with Heard() as server:
        if certificate:
            secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            secure.load_cert_chain(certificate)
            server.socket = secure.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.over = True
            server.shutdown()
            thread.join()
