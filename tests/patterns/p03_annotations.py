"""P3: annotations follow the object that they promise."""

from patterns.case import Case

WRAPPED = """\
from typing import Callable, Optional
from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, MessageBusConfig  #: import {verdict}


class Engine:
    {attribute}

    def __init__(self):
        self.bus{annotated} = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}
        await self.tell(self.bus)

    async def tell(self, bus{parameter}):
        await bus.publish("portfolio.update.x", {{"a": 1}})  #: publish {verdict}
"""


def wrapped(attribute: str = "LOT = 1", annotated: str = "", parameter: str = "", verdict: str = "rewrite") -> str:
    """An engine with one wrapper client, annotated in these places; a place's own mark comes with it."""
    text = WRAPPED.format(attribute=attribute, annotated="@", parameter="%", verdict=verdict)
    for sign, place, rest in (("@", annotated, " = None"), ("%", parameter, "):")):
        code, _, mark = place.partition("  #")
        text = text.replace(f"{sign}{rest}", f"{code}{rest}" + (f"  #{mark}" if mark else ""))
    return text


BUS = "BufferedMessageBusClient"
FOLLOWS = {
    "a parameter": {"parameter": f": {BUS}  #: annotation rewrite"},
    "an optional parameter": {"parameter": f": Optional[{BUS}]  #: annotation rewrite"},
    "a union with None": {"parameter": f": {BUS} | None  #: annotation rewrite"},
    "a union that begins with None": {"parameter": f": None | {BUS}  #: annotation rewrite"},
    "an attribute": {"annotated": f": {BUS} | None  #: annotation rewrite"},
    "an attribute of the class": {"attribute": f"bus: Optional[{BUS}] = None  #: annotation rewrite"},
    "a bare attribute of the class": {"attribute": f"bus: {BUS}  #: annotation rewrite"},
    "an attribute in a list": {"attribute": f"buses: list[{BUS}] = []  #: annotation rewrite"},
}
MIXED = "what is used here may also be something that is not known"
QUOTED = {
    "a string": f': "{BUS}"  #: quoted rewrite',
    "a string with a union": f': "{BUS} | None"  #: quoted rewrite',
    "a string in Optional": f': Optional["{BUS}"]  #: quoted rewrite',
    "a string with Optional in it": f': "Optional[{BUS}]"  #: quoted rewrite',
}

RAW = """\
import redis.asyncio as redis  #: import {verdict}
{imports}


class Engine:
    client: {annotation} = None  #: annotation {verdict}

    async def start(self) -> None:
        self.client = redis.Redis()  #: construct {verdict}

    def get(self) -> redis.Redis:  #: annotation {verdict}
        return self.client

    async def tell(self):
        {command}
"""
ADD = 'await self.client.xadd("raw-ticks", {"a": "1"})  #: stream rewrite'
GET = 'await self.client.get("a")  #: command keep'

NAMES = f"""\
from typing import Annotated, Optional
from fastapi import Depends
from enhanced_messagebus_client import {BUS}  #: import rewrite
"""

IS = (
    *(Case(name, wrapped(**places)) for name, places in FOLLOWS.items()),
    Case(
        "an attribute of a model",
        wrapped(attribute=f"bus: {BUS}  #: annotation refuse", verdict="refuse").replace("Engine:", "Engine(Model):"),
        (MIXED,),
    ),
    *(Case(name, wrapped(parameter=place)) for name, place in QUOTED.items()),
    Case(
        "a string with a text in it",
        wrapped(parameter=f": \"Literal['{BUS}']\"  #: quoted refuse", verdict="refuse"),
        (f"the annotation `Literal['{BUS}']` is a string",),
    ),
    Case(
        "another name for a type",
        wrapped(
            attribute=f"LOT = 1\n\n\nBus = Optional[{BUS}]  #: reference rewrite\n\n\nclass Engine:", parameter=": Bus"
        ),
    ),
    *(
        Case(
            f"{name} that {file} gives",
            wrapped(parameter=f": {own}").replace("import rewrite", f"import rewrite\n{imported}"),
            more={"names.py": f"{NAMES}\n\nBus = {type_}  #: reference rewrite\n"},
        )
        for name, type_ in (
            ("a name for an optional type", f"Optional[{BUS}]"),
            ("a name for a type that a framework fills", f"Annotated[{BUS}, Depends(print)]"),
        )
        for file, imported, own in (
            ("another file", "from names import Bus", "Bus"),
            ("a whole module", "import names as n", "n.Bus"),
        )
    ),
    Case(
        "another name for a type that is a value as well",
        wrapped(
            attribute=f"LOT = 1\n\n\nBus = {BUS}  #: reference refuse\nprint(Bus)\n\n\nclass Engine:",
            parameter=": Bus",
            verdict="refuse",
        ),
        (f"enhanced_messagebus_client.{BUS} is used as a value here, not called",),
    ),
    Case(
        "a handler's type",
        wrapped(attribute="handlers: list[Callable[[BusMessage], None]] = []  #: annotation rewrite"),
    ),
    *(
        Case(
            f"a raw client's {annotation}",
            RAW.format(imports="from typing import Optional", annotation=annotation, verdict="rewrite", command=ADD),
        )
        for annotation in ("redis.Redis", "redis.Redis | None", "Optional[redis.Redis]")
    ),
    Case(
        "a raw client's parameter and result",
        """\
import redis.asyncio as redis  #: import rewrite


async def make() -> redis.Redis:  #: annotation rewrite
    return redis.Redis()  #: construct rewrite


async def tell(client: redis.Redis | None):  #: annotation rewrite
    await client.xadd("raw-ticks", {"a": "1"})  #: stream rewrite


async def main():
    await tell(await make())
""",
    ),
    Case(
        "a key client's annotation stays",
        RAW.format(imports="", annotation="redis.Redis | None", verdict="keep", command=GET),
    ),
    Case(
        "a handler's message",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, MessageBusConfig  #: import rewrite


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite
        await self.bus.subscribe("market.data.*", self.on_price)  #: subscribe rewrite

    async def on_price(self, message: BusMessage) -> None:  #: annotation rewrite
        print(message.payload)
""",
    ),
    Case(
        "a config's annotation has no counterpart",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse


class Engine:
    config: MessageBusConfig | None = None  #: annotation refuse

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse
        await self.bus.start()  #: start refuse
        await self.bus.publish("portfolio.update.x", {"a": 1})  #: publish refuse
""",
        ("MessageBusConfig has no counterpart that an annotation could name",),
    ),
)

IS_NOT = (
    Case(
        "a class of one's own called Redis",
        "class Redis: pass\n\n\ndef read(client: Redis) -> Redis:  #!\n    return client\n",
    ),
    Case("a string that is no annotation", 'NAMES = ["redis.Redis", "BufferedMessageBusClient"]  #!\n'),
    Case("a string annotation of nothing legacy", 'import os\n\n\ndef read(a: "redis_info"): return a  #!\n'),
    Case(
        "an annotation of redis without a client",
        "from redis import Redis  #: import keep\n\n\ndef read(client: Redis):  #: annotation keep\n    return 1\n",
    ),
    Case(
        "a Message of another module",
        "from email.message import Message\n\n# redis\ndef read(message: Message): return message  #!\n",
    ),
)
