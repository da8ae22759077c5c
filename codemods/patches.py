"""Tests that patch a client's class by its dotted name patch what takes its place, and look where the calls go now.

Not touched: mocks that are handed on, fakes that are classes of the test's own, and whatever is said of how the
client was made.
"""

from __future__ import annotations

import libcst as cst

from codemods.codemod import Codemod, Example, Statements
from codemods.publishing import PublishTransformer


class PatchTransformer(PublishTransformer):
    """Changes a patched name, a mock that is made, a method of a mock, or what is expected of a publish."""

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        quote = updated_node.quote
        return updated_node.with_changes(value=f"{quote}{self.order.data['text']}{quote}")

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return updated_node.with_changes(value=self.local("AsyncMock"))

    def leave_Lambda(self, original_node: cst.Lambda, updated_node: cst.Lambda) -> cst.BaseExpression:
        return self.expression(f"{self.local('AsyncMock')}(return_value={self.order.data['mock']})")

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        if "between" in self.order.data:
            inner = cst.Attribute(updated_node.value, cst.Name(self.order.data["between"]))
            return updated_node.with_changes(value=inner)
        return updated_node.with_changes(attr=cst.Name(self.order.data["attr"]))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        call = super().leave_Call(original_node, updated_node)
        assert isinstance(call, cst.Call)
        return call.with_changes(func=updated_node.func)

    def statement(self, node: cst.BaseStatement) -> Statements:
        raise TypeError(f"a patch has no order for a {type(node).__name__}")


SERVICE = """\
import asyncio
from unittest.mock import AsyncMock, patch

import redis.asyncio as redis


async def tell(symbol):
    link = redis.Redis(host="localhost", port=6379)
    await link.xadd("raw-ticks", {{"symbol": symbol}})


def test_a_tick_is_told():
{test}
"""
PATCHED = '    with patch("engines.portfolio.service.redis.Redis") as fake:\n'
RUN = '        asyncio.run(tell("AAPL"))\n'
AFTER = """\
import asyncio
from unittest.mock import AsyncMock, patch

from dual_messagebus_client import EngineType, get_dual_bus_client


async def tell(symbol):
    link = await get_dual_bus_client(EngineType.PORTFOLIO)
    await link.marketdata_client.xadd("raw-ticks", {{"symbol": symbol}})


def test_a_tick_is_told():
{test}
"""

codemod = Codemod(
    name="patches",
    summary="tests that patch a client follow it",
    review="read",
    transformer=PatchTransformer,
    examples=(
        Example(
            "a class that is patched, and a stream command of what it gives",
            before=SERVICE.format(
                test=PATCHED
                + "        fake.return_value.xadd = AsyncMock()\n"
                + RUN
                + '    fake.return_value.xadd.assert_awaited_once_with("raw-ticks", {"symbol": "AAPL"})'
            ),
            after=AFTER.format(
                test='    with patch("engines.portfolio.service.get_dual_bus_client") as fake:\n'
                + "        fake.return_value.marketdata_client.xadd = AsyncMock()\n"
                + RUN
                + "    fake.return_value.marketdata_client.xadd.assert_awaited_once_with(\n"
                + '        "raw-ticks", {"symbol": "AAPL"}\n    )'
            ),
        ),
        Example(
            "what is said of how the client was made",
            before=SERVICE.format(
                test=PATCHED
                + "        fake.return_value.xadd = AsyncMock()\n"
                + RUN
                + '    fake.assert_called_once_with(host="localhost", port=6379)'
            ),
            after=None,
            says="`fake.assert_called_once_with` speaks of how the client was made",
        ),
    ),
)
