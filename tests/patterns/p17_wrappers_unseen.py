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
    "by globals": """\


async def start():
    global bus
    bus = MAKE
    await bus.start()  #: start $


async def tell():
    await globals()["bus"].TELL  #: escape $
""",
    "out of an object of a dict, to a topic that is not known": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


engines = {"a": Engine()}


async def tell(topic):
    bus = engines["a"].bus
    await bus.publish(topic, {})  #: escape $
""",
    "as an argument, to a topic that is not known": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


async def tell(engine, topic):
    await use(engine.bus, topic)


async def use(bus, topic):
    await bus.publish(topic, {})  #: escape $
""",
    "as a result, to a topic that is not known": """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


def bus_of(engine):
    return engine.bus


async def tell(engine, topic):
    await bus_of(engine).publish(topic, {})  #: escape $
""",
    "by an expression that is a text": """\

bus = MAKE


async def start():
    await bus.start()  #: start $


async def tell(topic):
    await eval("bus").publish(topic, {})  #: escape $
""",
    "by the name that Python gives to a private attribute": """\


class Engine:
    async def start(self):
        self.__bus = MAKE
        await self.__bus.start()  #: start $


async def tell(topic):
    await Engine()._Engine__bus.publish(topic, {})  #: escape $
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
GIVEN = "the client is given out by `{}`, which is not called by its name here, where it can no longer be followed"
GIVEN_OUT = {
    "__getitem__": """\


class Buses:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    def __getitem__(self, name):
        return self.bus  #: escape $


async def tell():
    await Buses()["a"].TELL  #: escape $
""",
    "__call__": """\


class Given:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $

    def __call__(self):
        return self.bus  #: escape $


given = Given()


async def tell():
    await given().TELL  #: escape $
""",
}

TAKEN = PUBLISH.replace("publish() is called on", "publish is taken from")
STARTED = """\


class Engine:
    async def start(self):
        self.bus = MAKE
        await self.bus.start()  #: start $


async def tell(engine, other):
    <use>  #: escape $
"""
USES = {
    "is partly applied with a topic": 'return functools.partial(other.publish, "risk.metric.a")',
    "is run later with a topic": 'other.call_later(2, other.link.publish, "risk.metric.a", {})',
    "is taken from what keeps a client": "bus = engine.bus; return bus.publish",
}
AS_A_VALUE = "enhanced_messagebus_client.BufferedMessageBusClient is used as a value here, not called"
UNMADE = "where this client is made is not to be seen in this engine"
KEPT = """\


async def start(app):
    app["bus"] = BufferedMessageBusClient(MessageBusConfig())  #: construct $, escape $, config $
    await app["bus"].start()  #: escape $


async def tell(request, topic):
    bus = request.app["bus"]
    await bus.publish(topic, {})  #: escape $
    await request["hub"].publish(topic, {})  #!
"""
STORED = "the client is stored where it cannot be followed here, where it can no longer be followed"
LENT = """\
import functools


async def start():
    make = functools.partial(BufferedMessageBusClient)  #: reference refuse
    await make().TELL  #: escape $
"""

IS = (
    *(
        Case(f"a wrapper whose method {name}", wrapped(STARTED.replace("<use>", use), "refuse"), (TAKEN,))
        for name, use in USES.items()
    ),
    Case(
        "a wrapper that is kept by a key of what nobody knows",
        wrapped(KEPT, "refuse"),
        (STORED, PUBLISH, PUBLISH.replace("publish", "start")),
        more={
            "handlers.py": "async def other(request, topic):\n"
            "    await request.app.get('bus').publish(topic, {})  #: escape refuse\n"
        },
    ),
    Case("a wrapper whose class is given away", wrapped(LENT, "refuse"), (PUBLISH, AS_A_VALUE, UNMADE)),
    *(
        Case(f"a wrapper that {name} gives out", wrapped(text, "refuse"), (PUBLISH, GIVEN.format(name)))
        for name, text in GIVEN_OUT.items()
    ),
    *(Case(f"a wrapper {name}", wrapped(text, "refuse"), (PUBLISH,)) for name, text in UNSEEN.items()),
    Case(
        "a wrapper that is a keyword of a class",
        wrapped(
            "\nbus = MAKE\n\n\nasync def start():\n    await bus.start()  #: start $\n\n\n"
            "class Service(Base, bus=bus):  #: escape $\n    pass\n",
            "refuse",
        ),
        ("the client is a keyword of a class here, where it can no longer be followed",),
    ),
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
        "a message on an attribute of another name, to a topic that is not known",
        wrapped(f"{HERE}\n\nasync def tell(engine, topic):\n    await engine.hub.publish(topic, {{}})  #!\n"),
    ),
    Case(
        "a method of something unknown that is given away without a topic",
        wrapped(f"{HERE}\n\nasync def tell(mqtt, loop):\n    loop.call_later(2, mqtt.publish, 'devices/a')  #!\n"),
    ),
    Case(
        "a start of something unknown",
        wrapped(f"{HERE}\n\nasync def begin(thread):\n    bus = thread.timer\n    await bus.start()  #!\n"),
    ),
    Case(
        "a message of a test on what a fixture gives",
        wrapped(HERE),
        more={"test_other.py": 'async def test_it(hub):\n    await hub.publish("risk.metric.a", {})  #!\n'},
    ),
)
