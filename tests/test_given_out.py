"""A client that an `asynccontextmanager` gives out moves where one `async with` enters that, once for the program."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import SERVICE, assert_held, change, slug, text_after

from codemods.model import Verdict

UNFOLLOWED = "where it can no longer be followed"
GIVEN = "the client is given out by a generator here"
BODY = """\
bus = BufferedMessageBusClient(MessageBusConfig())
await bus.start()
try:
    yield bus  # here
finally:
    await bus.stop()
"""
ENTERED = 'async with opened() as bus:\n    await bus.publish("portfolio.update.x", {})\n'
STACKED = (
    "async with AsyncExitStack() as stack:\n    bus = await stack.enter_async_context(opened())\n"
    '    await bus.publish("portfolio.update.x", {})\n'
)
RUN = 'if __name__ == "__main__":\n    asyncio.run(main())\n'


def engine(main: str = ENTERED, body: str = BODY, decorator: str = "@asynccontextmanager", run: str = RUN) -> str:
    return (
        "import asyncio\nimport contextlib\nfrom contextlib import AsyncExitStack, asynccontextmanager\n"
        "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n\n\n"
        f"{decorator}\nasync def opened():\n{indent(body, '    ')}\n\n"
        f"async def main():\n{indent(main, '    ')}\n\n{run}"
    )


MOVES = {
    "an async with": engine(),
    "a stack": engine(STACKED),
    "the decorator by its whole name": engine(decorator="@contextlib.asynccontextmanager"),
    "one function more on the way": engine("await job()", run=f"async def job():\n{indent(ENTERED, '    ')}\n\n{RUN}"),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    text = MOVES[name]
    result = change(text)
    assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())
    after = text_after(result, text)
    assert "    bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n    try:\n        yield bus  # here\n" in after
    assert change(after).texts == {}


REFUSED = {
    "entered twice": engine(ENTERED * 2),
    "entered in a loop": engine(f"for _ in range(2):\n{indent(ENTERED, '    ')}"),
    "entered by what nobody calls": engine(run=""),
    "not entered": engine("async for bus in opened():\n    pass\n", decorator="@other"),
    "another decorator": engine(decorator="@managed"),
    "two decorators": engine(decorator="@traced\n@asynccontextmanager"),
    "given out again and again": engine(
        body=BODY.replace("    yield bus  # here", "    while 1:\n        yield bus  # here")
    ),
    "one of two that are given out": engine(body=BODY.replace("    yield", "    if 1:\n        yield 1\n    yield")),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    assert_held(REFUSED[name], Verdict.REFUSE, GIVEN)


def test_what_hands_the_function_on_is_refused_with_its_place() -> None:
    result = change(engine("print(opened)\n" + ENTERED))
    assert [(site.verdict, site.reason) for site in result.sites if site.kind == "escape"] == [
        (Verdict.REFUSE, f"the client is returned by `opened` (handed on: {SERVICE}:18) here, {UNFOLLOWED}")
    ]
