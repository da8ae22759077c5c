"""P17: where a wrapper's client lives and is followed."""

from patterns.case import Case

IMPORT = "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {}\n"
MADE = "BufferedMessageBusClient(MessageBusConfig())"
MARK = "  #: construct {0}, config {0}"
TELL = 'publish("portfolio.update.x", {"a": 1})'
UNCONNECTED = ("a constructor", "a global that is made at once")
EARLY = "activates: before the start this raises, where the wrapper only said False"


def wrapped(text: str, verdict: str = "rewrite") -> str:
    """The text with what it names: `MAKE` is the construction, `TELL` a publish; `$` stands for the verdict."""
    made = text.replace("MAKE", f"{MADE}{MARK}").replace("{0}", "$")
    return IMPORT.format(verdict) + made.replace("TELL", TELL).replace("$", verdict)


FOLLOWED = {
    "an async start": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "a constructor": """\


class Engine:
    def __init__(self):
        self.bus = MAKE

    async def start(self):
        await self.bus.start()  #: start $
        await self.bus.TELL  #: publish $
""",
    "the second of several base classes": """\


class Named:
    name = "engine"


class Starting:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


class Engine(Named, Starting):
    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "a base class, where another one uses it": """\


class Telling:
    async def tell(self):
        await self.bus.TELL  #: publish $


class Starting:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


class Engine(Telling, Starting):
    pass
""",
    "a global of the module": """\

bus = None


async def start():
    global bus
    bus = MAKE
    await bus.start()  #: start $


async def tell():
    await bus.TELL  #: publish $
""",
    "a global that is made at once": """\

bus = MAKE


async def start():
    await bus.start()  #: start $
    await bus.TELL  #: publish $
""",
    "an accessor with a global": """\

_bus = None


async def get_bus():
    global _bus
    if _bus is None:
        _bus = MAKE
        await _bus.start()  #: start $
    return _bus


async def tell():
    await (await get_bus()).TELL  #: publish $
""",
    "a dict that holds it alone": """\


class Engine:
    def __init__(self):
        self.buses = {}

    async def start(self):
        bus = MAKE
        await bus.start()  #: start $
        self.buses["main"] = bus  #: contained $

    async def tell(self):
        await self.buses["main"].TELL  #: publish $
""",
    "a display of a dict": """\


class Engine:
    async def start(self):
        bus = MAKE
        await bus.start()  #: start $
        self.buses = {"main": bus}  #: contained $

    async def tell(self):
        await self.buses["main"].TELL  #: publish $
""",
    "a dependency of FastAPI": """\
from contextlib import asynccontextmanager
from fastapi import Depends, FastAPI, Request


@asynccontextmanager
async def lifespan(app):
    app.state.bus = MAKE
    await app.state.bus.start()  #: start $
    yield
    await app.state.bus.stop()  #: stop $


app = FastAPI(lifespan=lifespan)


def get_bus(request: Request):
    return request.app.state.bus


@app.get("/")
async def route(bus=Depends(get_bus)):
    await bus.TELL  #: publish $
""",
    "an object that `async with` enters": """\


class Engine:
    async def __aenter__(self):
        self.bus = MAKE
        await self.bus.start()  #: start $
        return self

    async def __aexit__(self, *error):
        await self.bus.stop()  #: stop $


async def main():
    async with Engine() as engine:
        await engine.bus.TELL  #: publish $


asyncio.run(main())
""",
    "an object that is made at once": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


engine = Engine()


async def tell():
    await engine.bus.TELL  #: publish $
""",
    "the state of a websocket's application": """\


async def start(app):
    app.state.bus = MAKE
    await app.state.bus.start()  #: start $


async def tell(websocket):
    await websocket.app.state.bus.TELL  #: publish $
""",
    "the result of a factory": """\


async def make():
    bus = MAKE
    await bus.start()  #: start $
    return bus


class Engine:
    async def start(self):
        self.bus = await make()

    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "a parameter": """\


async def tell(bus):
    await bus.TELL  #: publish $


async def main():
    bus = MAKE
    await bus.start()  #: start $
    await tell(bus)
""",
    "another object's attribute": """\


class Teller:
    def __init__(self, bus):
        self.bus = bus

    async def tell(self):
        await self.bus.TELL  #: publish $


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $
        self.teller = Teller(self.bus)
""",
    "another object's attribute that is set": """\


class Teller:
    def __init__(self):
        self.bus = None

    async def tell(self):
        await self.bus.TELL  #: publish $


class Engine:
    async def start(self):
        bus = MAKE
        await bus.start()  #: start $
        self.teller = Teller()
        self.teller.bus = bus
""",
    "the state of an application": """\
from fastapi import FastAPI

app = FastAPI()


async def start():
    app.state.bus = MAKE
    await app.state.bus.start()  #: start $


async def tell():
    await app.state.bus.TELL  #: publish $
""",
    "the state of a request's application": """\


async def start(app):
    app.state.bus = MAKE
    await app.state.bus.start()  #: start $


async def tell(request):
    await request.app.state.bus.TELL  #: publish $
""",
    "a lifespan": """\
from contextlib import asynccontextmanager


@asynccontextmanager
async def lifespan(app):
    bus = MAKE
    await bus.start()  #: start $
    app.state.bus = bus
    yield
    await bus.stop()  #: stop $
""",
    "an attribute of the class": """\


class Engine:
    bus = None

    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "an attribute of the class by its name": """\


class Engine:
    bus = None

    @classmethod
    async def start(cls):
        cls.bus = MAKE
        await cls.bus.start()  #: start $

    async def tell(self):
        await Engine.bus.TELL  #: publish $
""",
    "a base class": """\


class Base:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


class Engine(Base):
    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "a subclass": """\


class Base:
    async def tell(self):
        await self.bus.TELL  #: publish $


class Engine(Base):
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $
""",
    "a mixin": """\


class Telling:
    async def tell(self):
        await self.bus.TELL  #: publish $


class Engine(Telling, dict):
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $
""",
    "a property": """\


class Engine:
    async def start(self):
        self._bus = MAKE
        await self._bus.start()  #: start $

    @property
    def bus(self):
        return self._bus

    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "an alias": """\


class Engine:
    async def start(self):
        bus = self.bus = MAKE
        await bus.start()  #: start $

    async def tell(self):
        other = self.bus
        await other.TELL  #: publish $
""",
    "a closure": """\


async def start():
    bus = MAKE
    await bus.start()  #: start $

    async def tell():
        await bus.TELL  #: publish $

    return tell
""",
    "a nonlocal name": """\


async def main():
    bus = None

    async def start():
        nonlocal bus
        bus = MAKE
        await bus.start()  #: start $

    await start()
    await bus.TELL  #: publish $
""",
    "one of a tuple": """\


class Engine:
    async def start(self):
        made = MAKE
        await made.start()  #: start $
        self.bus, self.count = made, 0

    async def tell(self):
        await self.bus.TELL  #: publish $
""",
    "a walrus": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    async def tell(self):
        if bus := self.bus:
            await bus.TELL  #: publish $
""",
}

IS = tuple(
    Case(f"a wrapper in {name}", wrapped(text), warned=(EARLY,) if name in UNCONNECTED else ())
    for name, text in FOLLOWED.items()
)
