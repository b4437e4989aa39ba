"""A service that speaks the contract over HTTP, and says what a test told it to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOKEN = "the-hubs-own-secret"


@dataclass
class Asked:
    path: str
    body: dict[str, Any]
    token: str


@dataclass
class FarSide:
    url: str = ""
    admission: dict[str, Any] = field(default_factory=dict)
    refusal: dict[str, Any] | None = None
    raw: bytes | None = None
    failures: int = 0
    silent: Event | None = None
    asked: list[Asked] = field(default_factory=list)

    def admit(self, **admission: Any) -> None:
        limits = {
            "memory_bytes": None,
            "memory_guarantee_bytes": None,
            "cpu": None,
            "cpu_guarantee": None,
        }
        self.admission = {
            "reservation_id": "seat-1",
            "course": "data8",
            "role": "student",
            "environment": {"COURSEHUB_COURSE": "data8"},
            "notebook_dir": "",
            **admission,
            "limits": limits | admission.get("limits", {}),
        }

    def refuse(self, *, status: int, code: str, detail: str, **more: Any) -> None:
        self.refusal = {"type": "about:blank", "status": status, "code": code, "detail": detail}
        self.refusal |= more

    def told(self, last: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.endswith(last)]

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        self.asked.append(asked)
        if self.silent:
            self.silent.wait(20)
        if self.failures:
            self.failures -= 1
            return 503, b"{}"
        if not asked.path.endswith("/admissions"):
            return 204, b""
        if self.raw is not None:
            return 201, self.raw
        if self.refusal:
            return self.refusal["status"], json.dumps(self.refusal).encode()
        return 201, json.dumps(self.admission).encode()


@contextmanager
def far_side() -> Iterator[FarSide]:
    service = FarSide()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = self.headers["Authorization"].removeprefix("Bearer ")
            status, content = service.answer(Asked(self.path, body, token))
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except BrokenPipeError:  # who asked has stopped waiting
                return

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}/services/coursehub/"
    service.admit()
    try:
        yield service
    finally:
        if service.silent:
            service.silent.set()
        server.shutdown()
        server.server_close()
        thread.join()
