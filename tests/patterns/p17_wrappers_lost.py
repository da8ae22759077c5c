"""P17: where a wrapper's client gets lost, and the place that says so."""

from patterns.case import Case
from patterns.p17_wrappers import IMPORT, MADE, TELL, wrapped

ONE = "the client {} here, where it can no longer be followed"


def said(how: str) -> str:
    """The reason: what is in a container is followed."""
    return "the client is one of several in a container here" if "several" in how else ONE.format(how)


LOST = {
    "a dict of clients": (
        """\


class Engine:
    async def start(self, name):
        bus = MAKE
        await bus.start()  #: start $
        self.buses = {name: bus}  #: contained $

    async def tell(self):
        await self.buses["main"].TELL  #: publish $
""",
        "is one of several in a container",
    ),
    "a list of clients": (
        """\


class Engine:
    async def start(self):
        bus = MAKE
        await bus.start()  #: start $
        self.buses = [bus]  #: contained $

    async def tell(self):
        for bus in self.buses:
            await bus.TELL  #: publish $
""",
        "is one of several in a container",
    ),
    "a value that is put into a dict": (
        """\


class Engine:
    def __init__(self):
        self.buses = {}

    async def start(self, name):
        bus = MAKE
        await bus.start()  #: start $
        self.buses[name] = bus  #: contained $
""",
        "is one of several in a container",
    ),
    "a list that grows": (
        """\


class Engine:
    async def start(self, buses):
        bus = MAKE
        await bus.start()  #: start $
        buses.append(bus)  #: escape $
""",
        "is handed to append",
    ),
    "an object of a list": (
        """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


engines = [Engine()]


async def tell():
    for engine in engines:
        await engine.bus.TELL  #: escape $
""",
        "may be the `bus` of an object that cannot be followed",
    ),
    "an object that is a parameter of nobody": (
        """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


async def tell(engine):
    await engine.bus.TELL  #: escape $
""",
        "may be the `bus` of an object that cannot be followed",
    ),
    "a function of another library": (
        """\
from other import register


async def start():
    bus = MAKE
    await bus.start()  #: start $
    register(bus)  #: escape $
""",
        "is handed to register",
    ),
}

IS = (
    *(Case(f"a wrapper in {name}", wrapped(text, "refuse"), (said(how),)) for name, (text, how) in LOST.items()),
    Case(
        "a wrapper in a choice that a parameter may decide",
        wrapped(
            """\


class Engine:
    def __init__(self, bus=None):
        self.bus = bus

    async def start(self):
        self.bus = self.bus or MAKE
        await self.bus.start()  #: start $
        await self.bus.TELL  #: publish $
""",
            "refuse",
        ),
        ("what is used here may also be something that is not known",),
    ),
    Case(
        "a wrapper that its own class makes a parameter of",
        wrapped(
            """\


class Base:
    def __init__(self, bus):
        self.bus = bus

    async def start(self):
        await self.bus.start()  #: start $
        await self.bus.TELL  #: publish $


class Engine(Base):
    def __init__(self):
        bus = MAKE
        super().__init__(bus)


Engine()
""",
        ),
        warned=("activates: before the start this raises, where the wrapper only said False",),
    ),
    Case(
        "a wrapper in async with",
        IMPORT.format("refuse")
        + f"\n\nasync def tell():\n    async with {MADE} as bus:  #: construct refuse, with refuse, config refuse\n"
        f"        await bus.{TELL}  #: publish refuse\n",
        ("the client is a context manager here, which the target is not",),
    ),
    Case(
        "a subclass of the wrapper",
        IMPORT.format("refuse")
        + "\n\nclass Bus(BufferedMessageBusClient):  #: subclass refuse\n    pass\n\n\nasync def main():\n"
        "    bus = Bus(MessageBusConfig())  #: construct refuse, config refuse\n"
        "    await bus.start()  #: start refuse\n"
        f"    await bus.{TELL}  #: publish refuse\n",
        ("the client is of a class of its own, `Bus`",),
    ),
    *(
        Case(
            f"a wrapper that another module passes on {how}",
            f"from bus import {names}  #: passed on {verdict}, passed on {verdict}\n\n\nasync def main():\n"
            f"    bus = Bus(Config())  #: construct {verdict}, config {verdict}\n"
            f"    await bus.start()  #: start {verdict}\n    await bus.{TELL}  #: publish {verdict}\n",
            because,
            more={
                "bus.py": "from enhanced_messagebus_client import "
                f"BufferedMessageBusClient as Bus  #: import {verdict}\n"
                f"from enhanced_messagebus_client import MessageBusConfig as Config  #: import {verdict}\n"
                '__all__ = ["Bus", "Config"]\n'
            },
        )
        for how, names, verdict, because in (
            ("under another name", "Bus, Config", "rewrite", ()),
            (
                "with all else",
                "*",
                "refuse",
                (
                    "enhanced_messagebus_client.BufferedMessageBusClient is imported by way of another module",
                    "enhanced_messagebus_client.MessageBusConfig is imported by way of another module",
                ),
            ),
        )
    ),
    Case(
        "a wrapper whose place a test gives to a mock",
        wrapped(
            "\n\nclass Engine:\n    async def start(self):\n        self.bus = MAKE\n"
            "        await self.bus.start()  #: start $\n",
            "refuse",
        ),
        ("what is used here may also be another mock",),
        more={
            "test_service.py": "from unittest.mock import AsyncMock\nfrom service import Engine\n\n\n"
            "def test_it():\n    engine = Engine()\n    engine.bus = AsyncMock()\n"
            "    engine.bus.publish.assert_not_called()  #: attribute refuse\n"
        },
    ),
)
