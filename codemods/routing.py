"""A stream command goes to the bus of its stream: `client.xadd(...)` -> `client.engine_logic_client.xadd(...)`.

Names, groups, fields and acknowledgement stay as they are; only the server changes. A ping of a client whose streams
are on both buses asks both.
A pipeline whose commands are all for streams of one bus comes from that bus's client; the commands on it stay.
Not touched: streams without a route, several buses in one command or pipeline, pipelines of streams and keys, reads
that block longer than the target's socket waits, replies that were bytes and would become text.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer


class RouteTransformer(Transformer):
    """Puts the bus's client between a client and its command."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        assert isinstance(updated_node.func, cst.Attribute)
        return updated_node.with_changes(func=self._routed(updated_node.func))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._routed(updated_node)

    def leave_Await(self, original_node: cst.Await, updated_node: cst.Await) -> cst.BaseExpression:
        one, other = self._both(updated_node)
        condition = cst.BooleanOperation(left=one, operator=cst.And(), right=other)
        if not self.order.data["parentheses"]:
            return condition
        return condition.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])

    def statement(self, node: Any) -> Statements:
        (expression,) = node.body
        one, other = self._both(expression.value)
        second = cst.SimpleStatementLine([cst.Expr(other)])
        return cst.FlattenSentinel([node.with_changes(body=[expression.with_changes(value=one)]), second])

    def _both(self, awaiting: cst.Await) -> tuple[cst.Await, cst.Await]:
        """The same question to either bus."""
        call = cst.ensure_type(awaiting.expression, cst.Call)
        command = cst.ensure_type(call.func, cst.Attribute)
        buses = (cst.Attribute(command.value, cst.Name(self.order.data[key])) for key in ("client", "also"))
        one, other = (
            awaiting.with_changes(expression=call.with_changes(func=command.with_changes(value=bus)), lpar=[], rpar=[])
            for bus in buses
        )
        return one, other

    def _routed(self, command: cst.Attribute) -> cst.Attribute:
        client = command.value
        bus = self.order.data.get("bus")
        if bus is not None:
            client = client.with_changes(attr=cst.Name(bus)) if isinstance(client, cst.Attribute) else cst.Name(bus)
        if "got" in self.order.data:
            client = cst.Name(self.order.data["got"])
        return command.with_changes(value=cst.Attribute(client, cst.Name(self.order.data["client"])))


RAW = """\
import redis.asyncio as redis


class Engine:
    async def start(self):
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)

    async def read(self, name):
        {read}
"""
ROUTED = """\
from dual_messagebus_client import EngineType, get_dual_bus_client


class Engine:
    async def start(self):
        self.redis = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def read(self, name):
        {read}
"""

codemod = Codemod(
    name="routing",
    summary="a stream command goes to the bus of its stream",
    review="read",
    transformer=RouteTransformer,
    examples=(
        Example(
            "a group read with a block",
            before=RAW.format(read='return await self.redis.xreadgroup("g", "c", {"raw-ticks": ">"}, block=500)'),
            after=ROUTED.format(
                read="return await self.redis.marketdata_client.xreadgroup(\n"
                '            "g", "c", {"raw-ticks": ">"}, block=500\n        )'
            ),
        ),
        Example(
            "a ping of a client whose streams are on both buses",
            before=RAW.format(
                read='print(await self.redis.xlen("raw-ticks"), await self.redis.xlen("client-orders"))\n'
                "        await self.redis.ping()"
            ),
            after=ROUTED.format(
                read='print(\n            await self.redis.marketdata_client.xlen("raw-ticks"),\n'
                '            await self.redis.engine_logic_client.xlen("client-orders"),\n        )\n'
                "        await self.redis.marketdata_client.ping()\n        await self.redis.engine_logic_client.ping()"
            ),
        ),
        Example(
            "a command that is bound to a name",
            before=RAW.format(read='size = self.redis.xlen\n        return await size("raw-ticks")'),
            after=ROUTED.format(
                read='size = self.redis.marketdata_client.xlen\n        return await size("raw-ticks")'
            ),
        ),
        Example(
            "a bound command that is handed on",
            before=RAW.format(read='size = self.redis.xlen\n        return await name(size, "raw-ticks")'),
            after=None,
            says="xlen is handed on here, not called",
        ),
        Example(
            "a stream without a route",
            before=RAW.format(read='return await self.redis.xread({"weather": 0})'),
            after=None,
            says="which bus carries the stream `weather`?",
        ),
        Example(
            "a stream that is only known at run time",
            before=RAW.format(read="return await self.redis.xlen(name)"),
            after=None,
            says="which stream does xlen",
        ),
        Example(
            "streams of two buses in one read",
            before=RAW.format(read='return await self.redis.xread({"raw-ticks": 0, "client-orders": 0})'),
            after=None,
            says="are on different buses",
        ),
        Example(
            "a read that blocks for ever",
            before=RAW.format(read='return await self.redis.xread({"raw-ticks": 0}, block=0)'),
            after=None,
            says="the target's socket gives up",
        ),
        Example(
            "replies that are bytes",
            before=RAW.format(read='return await self.redis.xread({"raw-ticks": 0})').replace(
                ", decode_responses=True", ""
            ),
            after=None,
            says="were bytes and will be text",
        ),
        Example(
            "a pipeline",
            before=RAW.format(read='return await self.redis.pipeline().xadd("raw-ticks", {"a": "b"}).execute()'),
            after=ROUTED.format(
                read="return await self.redis.marketdata_client.pipeline().xadd(\n"
                '            "raw-ticks", {"a": "b"}\n        ).execute()'
            ),
        ),
        Example(
            "a pipeline of streams and keys",
            before=RAW.format(read='self.redis.pipeline().xadd("raw-ticks", {"a": "b"}).set("last", name)'),
            after=None,
            says="a pipeline goes to one server whole",
        ),
        Example(
            "pub/sub",
            before=RAW.format(read='return await self.redis.publish("raw-ticks", "x")'),
            after=None,
            says="pub/sub",
        ),
    ),
)
