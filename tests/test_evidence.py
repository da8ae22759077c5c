"""Evidence: from a use, over each hop, back to the construction and its import."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, change, slug

HEAD = "from enhanced_messagebus_client import BufferedMessageBusClient as Bus, MessageBusConfig\n"
FACTORY = """\
from .names import Bus, MessageBusConfig

_bus = None


async def get_bus():
    global _bus
    if _bus is None:
        _bus = Bus(MessageBusConfig())
    return _bus
"""
NAMED = ["factory.py:9 _bus = Bus(MessageBusConfig())", "factory.py:1 from .names import Bus, MessageBusConfig"]
ENDS = [*NAMED, f"names.py:1 {HEAD.strip()}"]
GIVEN = ["service.py:1 from .factory import get_bus", "factory.py:10 return _bus", *ENDS]
REDIS = "import redis.asyncio as redis\n"
MADE = 'redis.Redis(host="localhost")'

WAYS: dict[str, tuple[str, list[str]]] = {
    "an accessor of another module": (
        """\
from .factory import get_bus

async def tell():
    bus = await get_bus()
    await bus.publish("a", {})  # here
""",
        ["service.py:4 bus = await get_bus()", *GIVEN],
    ),
    "a parameter and an attribute": (
        """\
from .factory import get_bus

class Engine:
    def __init__(self, bus):
        self.bus = bus

    async def tell(self):
        await self.bus.publish("a", {})  # here

async def main():
    engine = Engine(await get_bus())
""",
        [
            "service.py:5 self.bus = bus",
            "service.py:4 def __init__(self, bus):",
            "service.py:11 engine = Engine(await get_bus())",
            *GIVEN,
        ],
    ),
    "the state of an application": (
        """\
from .factory import get_bus

async def start(app):
    app.state.bus = await get_bus()

async def tell(request):
    await request.app.state.bus.publish("a", {})  # here
""",
        ["service.py:4 app.state.bus = await get_bus()", *GIVEN],
    ),
    "a dependency": (
        """\
from .factory import get_bus
from fastapi import Depends

async def tell(bus=Depends(get_bus)):
    await bus.publish("a", {})  # here
""",
        ["service.py:4 async def tell(bus=Depends(get_bus)):", *GIVEN],
    ),
    "a module's variable": (
        """\
from . import factory

async def tell():
    await factory._bus.publish("a", {})  # here
""",
        ["service.py:1 from . import factory", *ENDS],
    ),
    "an attribute of an object of an unknown kind": (
        """\
from .factory import get_bus

class Engine:
    async def start(self):
        self.bus = await get_bus()

async def tell(x):
    await x.bus.publish("a", {})  # here
""",
        ["service.py:5 self.bus = await get_bus()", *GIVEN],
    ),
    "an attribute by its name": (
        """\
from .factory import get_bus

class Engine:
    async def start(self):
        self.bus = await get_bus()

async def tell(x):
    await getattr(x, "bus").publish("a", {})  # here
""",
        ["service.py:5 self.bus = await get_bus()", *GIVEN],
    ),
    "a tuple, a base class and an object of the subclass": (
        f"""\
{REDIS}
class Base:
    async def start(self):
        self.client, self.count = {MADE}, 1

class Engine(Base):
    pass

engine = Engine()

async def tell():
    await engine.client.xlen("raw-ticks")  # here
""",
        [
            "service.py:10 engine = Engine()",
            f"service.py:5 self.client, self.count = {MADE}, 1",
            f"service.py:1 {REDIS}",
        ],
    ),
    "a pipeline in a with statement": (
        f"""\
{REDIS}
async def tell():
    client = {MADE}
    async with client.pipeline() as pipe:
        pipe.xadd("raw-ticks", {{}})  # here
""",
        [
            "service.py:5 async with client.pipeline() as pipe:",
            f"service.py:4 client = {MADE}",
            f"service.py:1 {REDIS}",
        ],
    ),
    "a property": (
        f"""\
{REDIS}
class Engine:
    async def start(self):
        self._client = {MADE}

    @property
    def client(self):
        return self._client

    async def tell(self):
        await self.client.xlen("raw-ticks")  # here
""",
        ["service.py:9 return self._client", f"service.py:5 self._client = {MADE}", f"service.py:1 {REDIS}"],
    ),
    "a walrus and a choice": (
        f"""\
{REDIS}
async def tell(one):
    first = {MADE}
    if (client := first if one else None) is not None:
        await client.xlen("raw-ticks")  # here
""",
        [
            "service.py:5 if (client := first if one else None) is not None:",
            f"service.py:4 first = {MADE}",
            f"service.py:1 {REDIS}",
        ],
    ),
    "a parameter that its annotation makes one": (
        """\
from enhanced_messagebus_client import BufferedMessageBusClient

@route
async def tell(bus: BufferedMessageBusClient):
    await bus.publish("a", {})  # here
""",
        [
            "service.py:4 async def tell(bus: BufferedMessageBusClient):",
            "service.py:1 from enhanced_messagebus_client import BufferedMessageBusClient",
        ],
    ),
    "a loop over two that are told": (
        f"""\
{REDIS}
async def tell():
    one = {MADE}
    for client in (one, None):
        await client.xlen("raw-ticks")  # here
""",
        ["service.py:5 for client in (one, None):", f"service.py:4 one = {MADE}", f"service.py:1 {REDIS}"],
    ),
}


def evidence(text: str, kind: str = "", **more: str) -> list[str]:
    """What leads to the site on the line that is marked, without that line itself."""
    (line,) = (number for number, each in enumerate(text.split("\n"), 1) if each.endswith("# here"))
    result = change(text, factory=FACTORY, names=HEAD, **more)
    sites = [s for s in result.sites if s.path == f"{FOLDER}/service.py" and s.line == line and kind in ("", s.kind)]
    first, *rest = sites[-1].evidence
    assert (first.line, first.text) == (line, text.split("\n")[line - 1].strip())
    return [f"{place.path.removeprefix(f'{FOLDER}/')}:{place.line} {place.text}" for place in rest]


@pytest.mark.parametrize("name", WAYS, ids=slug)
def test_each_hop_from_a_use_to_the_import_is_shown(name: str) -> None:
    text, expected = WAYS[name]
    assert evidence(text) == [place.strip() for place in expected]


PLAIN = "from enhanced_messagebus_client import BufferedMessageBusClient"
NAMES = {
    "an exception": (f"{REDIS}\ntry:\n    pass\nexcept redis.RedisError:  # here\n    pass\n", f"service.py:1 {REDIS}"),
    "a quoted annotation": (
        f'{PLAIN}\n\ndef tell(bus: "BufferedMessageBusClient"):  # here\n    pass\n',
        f"service.py:1 {PLAIN}",
    ),
    "a name that is patched": (
        'from unittest.mock import patch\n\n@patch("engines.portfolio.plain.BufferedMessageBusClient")  # here\n'
        "def test_it(bus):\n    pass\n",
        f"plain.py:1 {PLAIN}",
    ),
    "an import by way of another module": (
        "from .plain import BufferedMessageBusClient  # here\n",
        f"plain.py:1 {PLAIN}",
    ),
}


@pytest.mark.parametrize("name", NAMES, ids=slug)
def test_a_name_is_led_back_to_its_import(name: str) -> None:
    text, expected = NAMES[name]
    assert evidence(text, plain=f"{PLAIN}\n") == [expected.strip()]


def test_every_place_quotes_its_own_line() -> None:
    texts = {"service": WAYS["a parameter and an attribute"][0], "factory": FACTORY, "names": HEAD}
    result = change(texts["service"], factory=FACTORY, names=HEAD)
    lines = {f"{FOLDER}/{stem}.py": text.split("\n") for stem, text in texts.items()}
    places = [place for site in result.sites for place in site.evidence]
    assert len(places) >= 20
    assert [place for place in places if lines[place.path][place.line - 1].strip() != place.text] == []
