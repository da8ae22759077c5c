"""One HTTP call to an engine on this host: no proxy, no redirect, a short patience."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

HOST = "127.0.0.1"
NO_ANSWER = 0
"""The status of a call that got no answer at all."""


def call(port: int, method: str, path: str, timeout: float = 10) -> tuple[int, bytes]:
    """The status and the body of the answer; NO_ANSWER where the engine is not there."""
    connection = HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(method, path, headers={"Connection": "close", "Content-Length": "0"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException):
        return NO_ANSWER, b""
    finally:
        connection.close()


def get_json(port: int, path: str) -> Any:
    """The JSON that the engine answers; None where it answers anything else."""
    status, body = call(port, "GET", path)
    if status != 200:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None
