"""Engines with one wrapper client, for tests of what becomes of it."""

from __future__ import annotations

from textwrap import indent

MADE = "BufferedMessageBusClient(MessageBusConfig())"


NAMES = "BufferedMessageBusClient, MessageBusConfig"


TOLD = "await self.bus.publish({arguments})  # here"


def engine(rest: str = "", start: str = "", made: str = MADE, names: str = NAMES, top: str = "") -> str:
    """An engine with one wrapper client: `rest` are further methods, `start` further lines of its start."""
    return f"""\
# ----------------------- a wide line, so that nothing that is rewritten is folded -----------------------
import os
from enhanced_messagebus_client import {names}
{top}

class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = {made}
        await self.bus.start()
{indent(start, " " * 8)}

    async def stop(self):
        await self.bus.stop()

{indent(rest, " " * 4)}
"""


def telling(code: str, names: str = NAMES) -> str:
    """An engine with one more coroutine, whose body is this code."""
    return engine(f"async def tell(self, s, payload, **more):\n{indent(code, ' ' * 4)}\n", names=names)


def publishing(arguments: str, names: str = NAMES) -> str:
    return telling(TOLD.format(arguments=arguments), names)
