"""A start goes, since the factory gives a connected client; a stop becomes `close()`.

A start that asyncio is given, or whose result is asked for, connects a client that was made unconnected.
Not touched: starts whose result cannot be told, and what takes arguments, or stands where nothing can be awaited.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer
from codemods.connections import WRAPPER


class LifecycleTransformer(Transformer):
    """Renames a lifecycle call, or closes the bus beside a client that stays."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        assert isinstance(updated_node.func, cst.Attribute)
        function = updated_node.func.with_changes(attr=cst.Name(self.order.data["method"]))
        call = updated_node.with_changes(func=function)
        return cst.Await(call) if self.order.data["await"] else call

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> Statements:
        """`if not await x.start():` becomes a `try`, whose `except` is what happened where the server was away."""
        test, denied = updated_node.test, isinstance(updated_node.test, cst.UnaryOperation)
        if isinstance(test, cst.UnaryOperation):
            test = test.expression
        then, other = updated_node.body, updated_node.orelse
        assert other is None or isinstance(other, cst.Else)
        failed = then if denied or other is None else other.body
        went_well = other if denied or other is None else other.with_changes(body=then)
        begun = cst.SimpleStatementLine([cst.Expr(test.with_changes(lpar=(), rpar=()))])
        return cst.Try(
            body=cst.IndentedBlock([begun]),
            handlers=[cst.ExceptHandler(failed, type=cst.Name("Exception"))],
            orelse=went_well,
            leading_lines=updated_node.leading_lines,
        )

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> Statements:
        """`async with redis.Redis() as client:` becomes a `try` whose `finally` closes the shared client."""
        (item,) = updated_node.items
        body = updated_node.body
        assert item.asname is not None
        assert isinstance(body, cst.IndentedBlock)
        held = item.asname.name.with_changes(lpar=(), rpar=())
        assert isinstance(held, cst.Name | cst.Attribute)
        made = cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(held)], item.item)],
            leading_lines=updated_node.leading_lines,
            trailing_whitespace=body.header,
        )
        name = cst.Module([]).code_for_node(held)
        closing = cst.IndentedBlock(list(self.statements(f"await {name}.close()")))
        tried = cst.Try(body.with_changes(header=cst.TrailingWhitespace()), finalbody=cst.Finally(closing))
        return cst.FlattenSentinel([made, tried])

    def statement(self, node: Any) -> Statements:
        if "got" in self.order.data:
            factory, kind = self.local(self.order.data["factory"]), self.local("EngineType")
            got = f"{self.order.data['got']} = await {factory}({kind}.{self.order.data['engine_type']})"
            return cst.FlattenSentinel([node, *self.statements(f"{got}\nawait {self.order.data['got']}.close()")])
        owner, dot, _ = str(self.order.data["close_beside"]).rpartition(".")
        bus = f"{owner}{dot}{self.order.data['bus']}"
        close = f"await {bus}.close()"
        code = f"if {bus} is not None:\n    {close}" if self.order.data["may_lack"] else close
        return cst.FlattenSentinel([node, *self.statements(code)])


STOP = WRAPPER.format(host="redis") + "\n    async def stop(self):\n        {stop}\n"
AFTER = """\
from dual_messagebus_client import EngineType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus

    async def stop(self):
        {stop}
"""

ENTERED = """\
import asyncio

import redis.asyncio as redis


async def main():
    async with {made} as client:  # the only one
        # all of them
        for number in range(3):
            await client.xadd("raw-ticks", {{"n": number}})


asyncio.run(main())
"""

codemod = Codemod(
    name="lifecycle",
    summary="a start goes, a stop becomes close()",
    review="glance",
    transformer=LifecycleTransformer,
    examples=(
        Example(
            "a stop",
            before=STOP.format(stop="await self.bus.stop()  # last"),
            after=AFTER.format(stop="await self.bus.close()  # last"),
        ),
        Example(
            "a stop that is never awaited",
            before=STOP.format(stop="self.bus.stop()"),
            after=None,
            says="the stop is never awaited",
        ),
        Example(
            "a stop with arguments",
            before=STOP.format(stop="await self.bus.stop(5)"),
            after=None,
            says="close() takes none",
        ),
        Example(
            "a raw client that `with` closes",
            before=ENTERED.format(made='redis.Redis(host="localhost", port=6379, decode_responses=True)'),
            after="""\
import asyncio

from dual_messagebus_client import EngineType, get_dual_bus_client


async def main():
    client = await get_dual_bus_client(EngineType.PORTFOLIO)  # the only one
    try:
        # all of them
        for number in range(3):
            await client.marketdata_client.xadd("raw-ticks", {"n": number})
    finally:
        await client.close()


asyncio.run(main())
""",
        ),
        Example(
            "a raw client that `with` closes each time",
            before=ENTERED.format(made="redis.Redis()").replace("asyncio.run(main())", "main()"),
            after=None,
            says="is got and closed each time `main` is called",
        ),
        Example(
            "a client that is started again",
            before=STOP.format(stop="await self.bus.stop()")
            + "\n    async def restart(self):\n        await self.stop()\n        await self.start()\n",
            after=None,
            says="started again after a stop",
        ),
        Example(
            "a method that the wrapper never had",
            before=STOP.format(stop="await self.bus.shutdown()"),
            after=None,
            says="no method shutdown",
        ),
    ),
)
