"""A function that makes a client each time it is called: the target's client is one for all, so that matters."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import SERVICE, assert_held, change, slug

from codemods.model import Verdict

HEAD = "import asyncio\nfrom enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n\n\n"
MADE = """\
async def made():
    bus = BufferedMessageBusClient(MessageBusConfig())  # here
    await bus.start()
    return bus


"""
PUBLISH = 'await bus.publish("portfolio.update.x", {})\n'
STOP = f"{PUBLISH}await bus.stop()\n"
RUN = 'if __name__ == "__main__":\n    asyncio.run(main())\n'


def engine(main: str, made: str = MADE, more: str = "", run: str = RUN) -> str:
    return f"{HEAD}{made}{more}async def main():\n{indent(main, '    ')}\n\n{run}"


TWO = "bus = await made()\n{0}other = await made()  # there\n"
DESK = """\
class Desk:
    def __init__(self, bus):
        self.bus = bus

    @classmethod
    async def create(cls):
        bus = BufferedMessageBusClient(MessageBusConfig())  # here
        await bus.start()
        desk = cls(bus)
        await bus.subscribe("market.data.*", desk.on_price)
        return desk

    async def on_price(self, message):
        print(message.payload)


"""
HELD = """\
class Held:
    async def start(self):
        self.bus = await made()


"""
AGAIN = "another client is made by `{}` at <there>, and would share that of the first"
REFUSED = {
    "two calls": (engine(TWO.format("") + STOP), AGAIN.format("made")),
    "a call in a loop": (
        engine(f"for _ in range(2):\n    bus = await made()  # there\n{indent(STOP, '    ')}"),
        AGAIN.format("made"),
    ),
    "calls that run together": (
        engine("one, two = await asyncio.gather(Desk.create(), Desk.create())  # there\n", DESK),
        AGAIN.format("create"),
    ),
    "a class method that subscribes": (
        engine("one = await Desk.create()\ntwo = await Desk.create()  # there\n", DESK),
        AGAIN.format("create"),
    ),
    "a comprehension": (
        engine("desks = [await Desk.create() for _ in range(2)]  # there\n", DESK),
        AGAIN.format("create"),
    ),
    "a function more on the way": (
        engine(
            "await job()\nawait job()  # there\n",
            DESK,
            "async def job():\n    await Desk.create()\n\n\n",
        ),
        AGAIN.format("job"),
    ),
    "two functions that one calls": (
        engine(
            "await first()\nawait second()\n",
            more="async def first():\n    await made()\n\n\n"
            f"async def second():\n    bus = await made()  # there\n{indent(STOP, '    ')}\n\n",
        ),
        AGAIN.format("made"),
    ),
    "two functions, one of them in a branch": (
        engine(
            "if print():\n    await first()\nawait second()\n",
            DESK,
            "async def first():\n    await Desk.create()\n\n\n"
            "async def second():\n    await Desk.create()  # there\n\n\n",
        ),
        AGAIN.format("create"),
    ),
    "two objects that each get one": (
        engine(
            "one = Held()\nawait one.start()\ntwo = Held()  # there\nawait two.start()\nawait two.bus.stop()\n",
            more=HELD,
        ),
        "another instance is made at <there>, and would share the client of the first",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


KEPT = MADE.replace("    bus = ", "    global bus\n    if bus is None:\n        bus = ").replace(
    "    await bus.start()", "        await bus.start()"
)
MOVES = {
    "clients that only publish": engine(TWO.format("") + PUBLISH),
    "one call": engine(f"bus = await made()\n{STOP}"),
    "one of two branches": engine(f"if print():\n    bus = await made()\nelse:\n    bus = await made()\n{STOP}"),
    "one of two that return": engine(
        f"bus = await chosen()\n{STOP}",
        more="async def chosen():\n    if print():\n        return await made()\n    return await made()\n\n\n",
    ),
    "a client that is kept": engine(f"await made()\nawait made()\n{STOP}", f"bus = None\n\n\n{KEPT}"),
    "two commands of one program": engine(
        "if print():\n    await first()\nelse:\n    await second()\n",
        DESK,
        "".join(f"async def {name}():\n    await Desk.create()\n\n\n" for name in ("first", "second")),
    ),
    "a second attempt": engine(f"try:\n    bus = await made()\nexcept OSError:\n    bus = await made()\n{STOP}"),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    result = change(MOVES[name])
    assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())


def test_a_call_of_a_test_is_no_second_client() -> None:
    text = engine(f"bus = await made()\n{STOP}")
    tests = "from engines.portfolio.service import made\n\n\nasync def test_made():\n    assert await made()\n"
    result = change(text, test_service=tests)
    assert {site.verdict for site in result.sites if site.path == SERVICE} == {Verdict.REWRITE}
