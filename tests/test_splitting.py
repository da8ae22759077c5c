"""A raw client of keys and streams whose bus cannot be made beside it: the shared client is got where streams are."""

from __future__ import annotations

import pytest
from engines_of_one import ENGINE, change, settings, slug, text_after, texts_of
from stream_engines import ASYNC, MADE, with_key

from codemods.changing import change_engine
from codemods.model import Verdict
from codemods.work import read_contract, scan_engine

KEPT = (
    f"{ASYNC}\n\nkept = None\n\n\nasync def link():\n    global kept\n    kept = kept or {MADE}\n    return kept\n\n\n"
)
KEY = '\n\nasync def keep():\n    await (await link()).set("a", 1)\n'
GOT = "bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n"
XLEN = 'await bus.marketdata_client.xlen("raw-ticks")'


def kept(body: str) -> str:
    """An engine whose client an accessor gives: a key, and a coroutine with this body."""
    lines = "".join(f"    {line}\n" if line else "\n" for line in body.split("\n"))
    return f"{KEPT}async def use(name, other):\n    client = await link()\n{lines}{KEY}"


def used(text: str) -> str:
    """What becomes of the body; nothing may be left to a person."""
    result = change(text)
    assert (result.questions, result.faults) == ((), ())
    assert {site.verdict for site in result.sites} == {Verdict.REWRITE, Verdict.KEEP}
    after = text_after(result, text)
    assert change(after).texts == {}
    body = after.split("    client = await link()\n")[1].split("\n\nasync def keep")[0]
    return "".join(f"{line.removeprefix('    ')}\n" for line in body.rstrip("\n").split("\n"))


PLACES = {
    "a statement": ('return await client.xlen("raw-ticks")', f"{GOT}return {XLEN}\n"),
    "a comment above it": ('# how many\nawait client.xlen("raw-ticks")', f"# how many\n{GOT}{XLEN}\n"),
    "two in one block": (
        'await client.xlen("raw-ticks")\nif name:\n    await client.xlen("raw-ticks")',
        f"{GOT}{XLEN}\nif name:\n    {XLEN}\n",
    ),
    "one on each branch": (
        'if name:\n    await client.xlen("raw-ticks")\nelse:\n    await client.xlen("raw-ticks")',
        f"if name:\n    {GOT}    {XLEN}\nelse:\n    {GOT}    {XLEN}\n",
    ),
    "the header of an if": (
        'if await client.xlen("raw-ticks"):\n    print(1)',
        f"{GOT}if {XLEN}:\n    print(1)\n",
    ),
    "the header of an elif": (
        'if name:\n    print(1)\nelif await client.xlen("raw-ticks"):\n    print(2)',
        f"{GOT}if name:\n    print(1)\nelif {XLEN}:\n    print(2)\n",
    ),
    "what follows a try that only its whole body goes on from": (
        'while name:\n    try:\n        await client.xlen("raw-ticks")\n    except OSError:\n        continue\n'
        '    await client.xlen("raw-ticks")',
        f"while name:\n    try:\n        {GOT}        {XLEN}\n    except OSError:\n        continue\n    {XLEN}\n",
    ),
    "what follows a try that goes on": (
        'while name:\n    try:\n        await client.xlen("raw-ticks")\n    except OSError:\n        print(1)\n'
        '    await client.xlen("raw-ticks")',
        f"while name:\n    try:\n        {GOT}        {XLEN}\n    except OSError:\n        print(1)\n"
        f"    {GOT}    {XLEN}\n",
    ),
    "a loop": (
        'while name:\n    for _ in other:\n        await client.xlen("raw-ticks")',
        f"{GOT}while name:\n    for _ in other:\n        {XLEN}\n",
    ),
    "a try in a loop": (
        'while name:\n    try:\n        await client.xlen("raw-ticks")\n    except ConnectionError:\n        break',
        f"while name:\n    try:\n        {GOT}        {XLEN}\n    except ConnectionError:\n        break\n",
    ),
    "a block on its header's line": (
        'if name: await client.xlen("raw-ticks")',
        f"{GOT}if name: {XLEN}\n",
    ),
    "a comprehension": (
        'return [await client.xlen("raw-ticks") for _ in other]',
        f"{GOT}return [{XLEN} for _ in other]\n",
    ),
    "a pipeline": (
        'async with client.pipeline() as pipe:\n    pipe.xlen("raw-ticks")\n    await pipe.execute()',
        f"{GOT}async with bus.marketdata_client.pipeline() as pipe:\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES, ids=slug)
def test_the_shared_client_is_got_above_the_use(name: str) -> None:
    before, after = PLACES[name]
    assert used(kept(before)).startswith(after.rstrip("\n"))


STOP = "\n\nasync def stop():\n    await kept.aclose()\n"
MAIN = "\n\nasync def main():\n    await use(1, 2)\n    await stop()\n\n\nasyncio.run(main())\n"
USES = kept('await client.xlen("raw-ticks")')


def test_what_closes_the_client_closes_the_shared_one_after_it() -> None:
    text = f"import asyncio\n{USES}{STOP}{MAIN}"
    after = text_after(change(text), text)
    assert after.endswith(f"    await kept.aclose()\n    {GOT}    await bus.close()\n{MAIN}")


LINK = f"async def link():\n    return {MADE}\n"
BOTH = 'await {0}.set("a", 1)\n    await {0}.xlen("raw-ticks")\n'
HOLDERS = {
    "another name": with_key('mine = self.redis\nawait mine.xlen("raw-ticks")'),
    "an argument": with_key(
        "await self.size(self.redis)", rest='async def size(self, link):\n    await link.xlen("raw-ticks")'
    ),
    "another expression": with_key(made=f"{MADE} or None"),
    "two names": with_key(made=f"other = {MADE}"),
    "slots": with_key().replace("class Engine:\n", 'class Engine:\n    __slots__ = ("redis",)\n\n'),
    "a module": f"{ASYNC}\n\nlink = {MADE}\n\n\nasync def use():\n    {BOTH.format('link')}",
    "a route's dependency": (
        f"{ASYNC}\nfrom fastapi import Depends, FastAPI\n\napp = FastAPI()\n\n\n{LINK}\n\n"
        f'@app.get("/")\nasync def use(client=Depends(link)):\n    {BOTH.format("client")}'
    ),
    "a client that waits for nobody": (
        f"import redis\n\n\n{LINK.removeprefix('async ')}\n\n"
        f"async def use():\n    {BOTH.format('link()').replace('await ', '')}"
    ),
}


@pytest.mark.parametrize("name", HOLDERS, ids=slug)
def test_a_client_stays_for_its_keys_whatever_holds_it(name: str) -> None:
    text = HOLDERS[name]
    result = change(text)
    assert (result.faults, {site.verdict for site in result.sites}) == ((), {Verdict.REWRITE, Verdict.KEEP})
    after = text_after(result, text)
    assert [after.count(each) for each in (XLEN, "redis.Redis(")] == [text.count('.xlen("raw-ticks")'), 1]
    assert change(after).texts == {}


RUN = "asyncio.run(use(1, 2))\n"
SERVED = "import asyncio\nimport uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
FILL = '\n\ndef fill(client):\n    return client.pipeline().xlen("raw-ticks")\n'
REFUSED = {
    "two event loops": (f"import asyncio\n{USES}\n\n{RUN}{RUN}", "event loops that make the client"),
    "a loop before the server": (f"{SERVED}{USES}\n\n{RUN}uvicorn.run(app)\n", "before the server runs"),
    "a use and a close that may come again": (
        kept('await client.xlen("raw-ticks")\nawait client.aclose()'),
        "the shared one lives on",
    ),
    "a try on one line": (
        kept('try: await client.xlen("raw-ticks")\nexcept OSError: pass'),
        "the bus cannot be got in a statement above this one",
    ),
    "a pipeline that a plain function makes": (
        kept("await fill(client).execute()") + FILL,
        "nothing can be awaited in `fill`",
    ),
    "a client that a loop makes": (
        f"{ASYNC}\n\n\nasync def use():\n    for _ in (1, 2):\n        link = mine = {MADE}\n"
        f"        {BOTH.format('mine').replace('    ', '        ')}",
        "not made in a statement of its own",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, said = REFUSED[name]
    result = change(text)
    holding = [site.reason for site in result.sites if site.verdict is Verdict.REFUSE and site.held_by is None]
    assert any(said in reason for reason in holding), holding
    assert dict(result.texts) == {}


def test_a_pipeline_whose_stream_is_asked_about_holds_its_client() -> None:
    text = kept('async with client.pipeline() as pipe:\n    pipe.xlen("nobody-knows")\n    await pipe.execute()')
    result = change(text)
    assert [question.id for question in result.questions] == ["route:nobody-knows"]
    assert (dict(result.texts), result.ledger.adds_up) == ({}, True)


def test_its_streams_are_routed_and_hold_it_where_they_become_messages() -> None:
    text = kept('await client.xadd("feature-vectors", {"a": "1"})')
    scan = scan_engine(ENGINE, texts_of(text), settings(), read_contract(texts_of(text), settings()))
    assert [(end.name, end.canonical) for end in scan.ends] == [("feature-vectors", False)]
    result = change_engine(scan, {"feature-vectors": "message"})
    assert (dict(result.texts), result.faults) == ({}, ())
    assert "the stream becomes messages, and this xadd cannot" in {site.reason for site in result.sites}
