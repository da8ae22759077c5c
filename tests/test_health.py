"""Which routes of an engine are asked for, and what is made of their answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from migrator.live.ports import free_ports
from migrator.observing.health import ask_engine, ask_engines

ROUTES = {
    "/openapi.json": {},
    "/health": {"get": {}},
    "/stats": {"get": {"parameters": [{"name": "since", "required": False}]}},
    "/search": {"get": {"parameters": [{"name": "word", "required": True}]}},
    "/orders/{id}": {"get": {}},
    "/orders": {"post": {}},
    "/broken": {"get": {}},
    "/odd": "no mapping",
}


class Handler(BaseHTTPRequestHandler):
    """An engine that describes itself, and remembers what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = json.dumps({"paths": ROUTES}).encode() if self.path == "/openapi.json" else b""
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal of the tests."""


@contextmanager
def engine() -> Iterator[tuple[int, list[str]]]:
    """The engine's port, and what it is asked."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Handler,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_routes_that_need_nothing_are_asked_for_and_no_other() -> None:
    with engine() as (port, asked):
        assert ask_engine(port) == {
            "GET /health": 200,
            "GET /broken": 500,
            "GET /openapi.json": 200,
            "GET /stats": 200,
        } or ask_engine(port) == {"GET /health": 200, "GET /broken": 500, "GET /stats": 200}
        assert "/search" not in asked
        assert "/orders" not in asked


def test_routes_that_were_recorded_are_asked_for_again() -> None:
    with engine() as (port, asked):
        assert ask_engine(port, ("/stats", "/broken")) == {"GET /stats": 200, "GET /broken": 500}
    assert asked == ["/stats", "/broken"]


def test_an_engine_that_is_not_there_is_left_out() -> None:
    (absent,) = free_ports(1)
    with engine() as (port, _):
        assert list(ask_engines({port: "ml", absent: "risk"})) == ["ml"]
    assert ask_engine(absent) == {"GET /health": 0}
