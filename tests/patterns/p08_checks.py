"""P8: whether a client is connected; an attribute of that name on anything else says nothing of it."""

from patterns.case import Case

ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {verdict}


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}

    def health(self):
        {check}
{rest}"""
OUTER = """

class App:
    def __init__(self):
        self.engine = Engine()

    def health(self):
        {check}
"""


def engine(check: str, rest: str = "", verdict: str = "rewrite") -> str:
    return ENGINE.format(check=check, rest=rest, verdict=verdict)


LOOKED = "the client is inspected with {}() here; what that means on the target is not known"

IS = (
    Case("alone", engine("return self.bus.is_connected  #: attribute rewrite")),
    Case(
        "behind a test for None", engine("return self.bus is not None and self.bus.is_connected  #: attribute rewrite")
    ),
    Case("behind a test for truth", engine("return bool(self.bus and self.bus.is_connected)  #: attribute rewrite")),
    Case("denied", engine("if not self.bus.is_connected: return None  #: attribute rewrite")),
    Case("in a dict", engine('return {"bus": self.bus.is_connected}  #: attribute rewrite')),
    Case("in a choice", engine('return "up" if self.bus.is_connected else "down"  #: attribute rewrite')),
    Case(
        "through another object",
        engine("return True", OUTER.format(check="return self.engine.bus.is_connected  #: attribute rewrite")),
    ),
    Case(
        "behind hasattr",
        engine(
            'return hasattr(self.bus, "is_connected") and self.bus.is_connected  #: dynamic rewrite, attribute rewrite'
        ),
    ),
    Case(
        "behind hasattr of its owner",
        engine('return hasattr(self, "bus") and self.bus.is_connected  #: attribute rewrite'),
    ),
    Case("by getattr", engine('return getattr(self.bus, "is_connected", False)  #: dynamic rewrite')),
    Case("by getattr, or None", engine('return not getattr(self.bus, "is_connected", None)  #: dynamic rewrite')),
    Case(
        "by getattr, and None is told",
        engine('return getattr(self.bus, "is_connected", None)  #: dynamic refuse', verdict="refuse"),
        (LOOKED.format("getattr"),),
    ),
    Case(
        "by its class",
        engine("return isinstance(self.bus, BufferedMessageBusClient)  #: dynamic rewrite, reference rewrite"),
    ),
    Case("in a text", engine('return f"{self.bus.is_connected}"  #: attribute rewrite')),
    Case(
        "a method that only the target has",
        engine('return hasattr(self.bus, "publish_message")  #: dynamic refuse', verdict="refuse"),
        (LOOKED.format("hasattr"),),
        warned=("activates: the wrapper has no publish_message, so this never found it; the target has it",),
    ),
    Case("whether there is one at all", engine("return self.bus is not None")),
)

IS_NOT = (
    Case(
        "is_connected of another object",
        engine(
            "return self.socket.is_connected  #!",
            "\n\nclass Feed:\n    is_connected = False\n\n\nfeed = Feed()\nprint(feed.is_connected)  #!\n",
        ),
    ),
    Case("is_connected without a client", "def health(redis):\n    return redis.is_connected  #!\n"),
    Case(
        "an engine's own is_connected",
        engine("return self.is_connected  #!"),
    ),
)
