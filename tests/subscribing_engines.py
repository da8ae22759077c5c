"""Engines that subscribe with a wrapper, for tests of what becomes of subscriptions and handlers."""

from __future__ import annotations

from textwrap import indent

from engines_of_one import WRAPPER, settings_with, texts_of

from codemods.settings import DEFAULT_METHODS, Settings

PRICE = "async def on_price(self, message):\n    print(message.topic, message.payload)\n"


RISK = "async def on_risk(self, message):\n    print(message.payload)\n"


ONLY = """\
def only(self, number):
    \"\"\"A handler of what has this number.\"\"\"
    async def handler(message):
        if message.payload["n"] == number:
            print(message.topic)

    return handler
"""


ONE = 'await self.bus.subscribe("market.data.*", self.on_price)'


def engine(subscribe: str = ONE, rest: str = PRICE, top: str = "") -> str:
    """An engine whose start ends with these lines; `rest` are its further methods."""
    return f"""\
# ------------------------ a wide line, so that nothing that is rewritten is folded ---------------------------------
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
{top}

class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
{indent(subscribe, " " * 8)}

{indent(rest, " " * 4)}
"""


def here(subscribe: str) -> str:
    return engine(f"{subscribe}  # here")


def handled(handler: str) -> str:
    """An engine that subscribes with this handler, which follows its decoration and other methods."""
    return engine(f"{ONE}  # here", handler)


def registering() -> tuple[str, Settings]:
    """A wrapper whose handlers are added without waiting, and what engines.yaml says of it."""
    own = texts_of("")[WRAPPER].decode().replace("async def subscribe(", "def add_message_handler(")
    return own, settings_with(methods={**DEFAULT_METHODS, "add_message_handler": "subscribe"})


def prepared(prepare: str, rest: str = PRICE, begin: str = "", top: str = "") -> str:
    """An engine that makes its client, and prepares it with these lines, before its start connects it."""
    return f"""\
# ------------------------ a wide line, so that nothing that is rewritten is folded ---------------------------------
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
{top}

class Engine:
    def __init__(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
{indent(prepare, " " * 8)}

    async def start(self):
        await self.bus.start()
{indent(begin, " " * 8)}

{indent(rest, " " * 4)}
"""
