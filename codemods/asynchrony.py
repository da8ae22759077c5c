"""A synchronous command becomes an awaited one, where it already stands in an `async def`; `with` on it `async with`.

Not touched: commands in plain functions, lambdas and generators, where an `await` may not stand.
"""

from __future__ import annotations

import libcst as cst

from codemods.codemod import Codemod, Example, Transformer


class AwaitTransformer(Transformer):
    """Awaits one call, or what one `with` enters."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        lpar, rpar = list(updated_node.lpar), list(updated_node.rpar)
        if self.order.data["parentheses"] and not lpar:
            lpar, rpar = [cst.LeftParen()], [cst.RightParen()]
        return cst.Await(updated_node.with_changes(lpar=[], rpar=[]), lpar=lpar, rpar=rpar)

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.With:
        return updated_node.with_changes(asynchronous=cst.Asynchronous())


SYNC = """\
import redis


{function}
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    return {value}
"""

codemod = Codemod(
    name="asynchrony",
    summary="a synchronous command is awaited",
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
            "a plain function",
            before=SYNC.format(function="def first():", value='client.xrange("raw-ticks")[0]'),
            after=None,
            says="where nothing can be awaited",
        ),
        Example(
            "a lambda in an async function",
            before=SYNC.format(function="async def first():", value='lambda: client.xrange("raw-ticks")'),
            after=None,
            says="nothing can be awaited in a lambda",
        ),
    ),
)
