"""P17: where a wrapper's client gets out of sight, and the message that may be its own."""

from patterns.case import Case
from patterns.p17_wrappers import wrapped

PUBLISH = "the client may be what publish() is called on here, where it can no longer be followed"
SUBSCRIBE = PUBLISH.replace("publish()", "subscribe()")
UNSEEN = {
    "out of an object that nobody knows, under another name": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


async def tell(engine):
    bus = engine.bus
    await bus.TELL  #: escape $
""",
    "by a property of an object that nobody knows": """\


class Engine:
    async def start(self):
        self.own = MAKE
        await self.own.start()  #: start $

    @property
    def bus(self):
        return self.own


async def tell(engine):
    await engine.bus.TELL  #: escape $
""",
    "by a property that is a call": """\


class Engine:
    async def start(self):
        self.own = MAKE
        await self.own.start()  #: start $

    bus = property(lambda self: self.own)

    async def tell(self):
        await self.bus.TELL  #: escape $
""",
    "by the keyword of a pattern": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


async def tell(thing):
    match thing:
        case Engine(bus=bus):
            await bus.TELL  #: escape $
""",
    "by a subscript of an object": """\


class Buses:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    def __getitem__(self, name):
        return self.bus


async def tell():
    await Buses()["a"].TELL  #: escape $
""",
    "by a call of an object": """\


class Given:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    def __call__(self):
        return self.bus


given = Given()


async def tell():
    await given().TELL  #: escape $
""",
    "by globals": """\


async def start():
    global bus
    bus = MAKE
    await bus.start()  #: start $


async def tell():
    await globals()["bus"].TELL  #: escape $
""",
    "by a protocol": """\
from typing import Protocol


class HasBus(Protocol):
    bus: object


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


async def tell(engine: HasBus):
    await engine.bus.TELL  #: escape $
""",
}

IS = (
    *(Case(f"a wrapper {name}", wrapped(text, "refuse"), (PUBLISH,)) for name, text in UNSEEN.items()),
    Case(
        "a wrapper by the name of its module, in another file",
        wrapped("\nbus = MAKE\n\n\nasync def start():\n    await bus.start()  #: start $\n", "refuse"),
        (SUBSCRIBE,),
        more={
            "other.py": "import importlib\n\n\nasync def hear(handler):\n"
            '    module = importlib.import_module(".service", __package__)\n'
            '    await module.bus.subscribe("risk.metric.*", handler)  #: escape refuse\n'
        },
    ),
)

HERE = """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $
        await self.bus.TELL  #: publish $
"""
IS_NOT = (
    Case(
        "a message on something unknown, to a topic that has no route",
        wrapped(f'{HERE}\n\nasync def tell(mqtt):\n    await mqtt.publish("devices/a", {{}})  #!\n'),
    ),
    Case(
        "a message on an object of one's own, to a topic with a route",
        wrapped(
            f"{HERE}\n\nclass Hub:\n    async def publish(self, topic, payload):\n        pass\n\n\n"
            "async def tell():\n    await Hub().TELL  #!\n"
        ),
    ),
    Case(
        "a message of a test on what a fixture gives",
        wrapped(HERE),
        more={"test_other.py": 'async def test_it(hub):\n    await hub.publish("risk.metric.a", {})  #!\n'},
    ),
)
