"""A synchronous command becomes an awaited one; plain functions around it become async, up to where that is natural.

A function becomes `async def`, its callers await it, an entry gets `asyncio.run`, a `time.sleep` lets others run, and
what catches an interrupt there catches the cancellation that it has become. A function that a script of the package
starts by its name stays plain, and runs a coroutine of its own.
Not touched: functions that Python, a thread, a class from outside or somebody unknown calls, and lambdas and
generators, where an `await` may not stand.
"""

from __future__ import annotations

from typing import Any, cast

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer


class AwaitTransformer(Transformer):
    """Awaits one call, runs one at an entry, makes one function async, or has one handler catch a cancellation."""

    def statement(self, node: Any) -> Statements:
        if "script" in self.order.data:
            return cst.FlattenSentinel(self._program(node))
        return cast(Statements, node.with_changes(asynchronous=cst.Asynchronous()))

    def _program(self, node: cst.FunctionDef) -> list[cst.BaseStatement]:
        """A coroutine that does what a function did, and the function, which runs it and says what it is for."""
        data = self.order.data
        body = list(cst.ensure_type(node.body, cst.IndentedBlock).body)
        says = body[:1] if len(body) > 1 and node.get_docstring() is not None else []
        run = f"{self.local('asyncio')}.run({data['script']}({', '.join(data['takes'])}))"
        runs = self.statements(f"return {run}" if data["gives"] else run)
        does = node.body.with_changes(body=body[len(says) :])
        coroutine = node.with_changes(name=cst.Name(data["script"]), asynchronous=cst.Asynchronous(), body=does)
        gap = [cst.EmptyLine(indent=False)] * 2
        return [coroutine, node.with_changes(leading_lines=gap, body=node.body.with_changes(body=[*says, *runs]))]

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        lpar, rpar = list(updated_node.lpar), list(updated_node.rpar)
        if "run" in self.order.data:
            run = self.expression(f"{self.local('asyncio')}.run(x)")
            return run.with_deep_changes(run.args[0], value=updated_node)  # type: ignore[attr-defined]
        if "sleep" in self.order.data:
            updated_node = updated_node.with_changes(func=self.expression(f"{self.local('asyncio')}.sleep"))
        if self.order.data["parentheses"] and not lpar:
            lpar, rpar = [cst.LeftParen()], [cst.RightParen()]
        return cst.Await(updated_node.with_changes(lpar=[], rpar=[]), lpar=lpar, rpar=rpar)

    def leave_Try(self, original_node: cst.Try, updated_node: cst.Try) -> cst.Try:
        numbers = self.order.data["cancelled"]
        handlers = [self._catching(h) if i in numbers else h for i, h in enumerate(updated_node.handlers)]
        return updated_node.with_changes(handlers=handlers)

    def _catching(self, handler: cst.ExceptHandler) -> cst.ExceptHandler:
        """The handler that catches a cancellation as well."""
        cancelled = self.expression(f"{self.local('asyncio')}.CancelledError")
        if not isinstance(handler.type, cst.Tuple):
            both = [cst.Element(cast(cst.BaseExpression, handler.type)), cst.Element(cancelled)]
            return handler.with_changes(type=cst.Tuple(both))
        *others, last = handler.type.elements
        space = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        elements = [*others, last.with_changes(comma=space), cst.Element(cancelled)]
        return handler.with_changes(type=handler.type.with_changes(elements=elements))

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.With:
        return updated_node.with_changes(asynchronous=cst.Asynchronous())


SYNC = """\
import redis


{function}
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    return {value}
"""

WORKER = '''\
import sys
import time

import redis


class Teller:
    def __init__(self, client):
        self.client = client

    def tell(self, value):
        self.client.xadd("raw-ticks", {"a": value})
        time.sleep(0.1)  # not too fast

    def length(self):
        return self.client.xlen("raw-ticks")


def main():
    """Tell three times."""
    teller = Teller(redis.Redis(host="localhost", port=6379, decode_responses=True))
    try:
        for value in "abc":
            teller.tell(value)
    except KeyboardInterrupt:  # enough
        print("bye")
    print(f"{teller.length()} entries")
    return 0 if teller.length() else 1


if __name__ == "__main__":
    sys.exit(main())
'''

codemod = Codemod(
    name="asynchrony",
    summary="a synchronous command is awaited, and plain functions around it become async",
    review="read",
    transformer=AwaitTransformer,
    examples=(
        Example(
            "the reply is used on the spot",
            before=SYNC.format(function="async def first():", value='client.xrange("raw-ticks")[0]'),
            after="""\
from dual_messagebus_client import EngineType, get_dual_bus_client


async def first():
    client = await get_dual_bus_client(EngineType.PORTFOLIO)
    return (await client.marketdata_client.xrange("raw-ticks"))[0]
""",
        ),
        Example(
            "a pipeline that `with` enters",
            before="""\
import redis


async def tell(ticks):
    client = redis.Redis(host="localhost", port=6379)
    with client.pipeline() as pipe:
        for tick in ticks:
            pipe.xadd("raw-ticks", tick)
        pipe.execute()
""",
            after="""\
from dual_messagebus_client import EngineType, get_dual_bus_client


async def tell(ticks):
    client = await get_dual_bus_client(EngineType.PORTFOLIO)
    async with client.marketdata_client.pipeline() as pipe:
        for tick in ticks:
            pipe.xadd("raw-ticks", tick)
        await pipe.execute()
""",
        ),
        Example(
            "a worker in plain functions",
            before=WORKER,
            after='''\
import asyncio
import sys

from dual_messagebus_client import EngineType, get_dual_bus_client


class Teller:
    def __init__(self, client):
        self.client = client

    async def tell(self, value):
        await self.client.marketdata_client.xadd("raw-ticks", {"a": value})
        await asyncio.sleep(0.1)  # not too fast

    async def length(self):
        return await self.client.marketdata_client.xlen("raw-ticks")


async def main():
    """Tell three times."""
    teller = Teller(await get_dual_bus_client(EngineType.PORTFOLIO))
    try:
        for value in "abc":
            await teller.tell(value)
    except (KeyboardInterrupt, asyncio.CancelledError):  # enough
        print("bye")
    print(f"{await teller.length()} entries")
    return 0 if await teller.length() else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
''',
        ),
        Example(
            "a plain function that nobody calls",
            before=SYNC.format(function="def first():", value='client.xrange("raw-ticks")[0]'),
            after=None,
            says="nothing in this engine calls `first`",
        ),
        Example(
            "a worker that a thread runs",
            before=WORKER.replace(
                "    sys.exit(main())", "    import threading\n\n    threading.Thread(target=main).start()"
            ),
            after=None,
            says="`main` is what a thread runs",
        ),
        Example(
            "a lambda in an async function",
            before=SYNC.format(function="async def first():", value='lambda: client.xrange("raw-ticks")'),
            after=None,
            says="nothing can be awaited in a lambda",
        ),
    ),
)
