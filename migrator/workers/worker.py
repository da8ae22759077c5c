"""A worker process from the inside. It is started as a file: up here it imports the standard library alone."""

from __future__ import annotations

import os
import pickle
import sys
from typing import IO

SIZE = 8
"""Bytes before each message, which say how long it is."""


def write(pipe: IO[bytes], data: bytes) -> None:
    """Send one message."""
    pipe.write(len(data).to_bytes(SIZE, "big"))
    pipe.write(data)
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes:
    """The next message; empty where the other side is gone, also in the middle of it."""
    size = int.from_bytes(pipe.read(SIZE), "big")
    data = pipe.read(size)
    return data if len(data) == size else b""


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each task until the other side is gone. An answer is what the call gave, or why it gave nothing."""
    from migrator.workers.packing import Packed, pack, unpack

    while data := read(tasks):
        try:
            call, given, named = unpack(Packed(data))
            answer = pack((call(*given, **named), None))
        except Exception as error:
            answer = pack((None, type(error).__name__))
        write(answers, answer.data)


def _main() -> None:
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whoever prints must not print into an answer
    sys.path[:] = pickle.loads(read(tasks))
    import gc

    import codemods.work  # noqa: F401

    gc.freeze()  # what is imported stays, and no collection has to walk it
    try:
        serve(tasks, answers)
    except BrokenPipeError:
        os._exit(1)  # nobody waits for an answer any more


if __name__ == "__main__":
    _main()
