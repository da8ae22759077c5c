"""A start under a loop of its own moves into the application's lifespan, which runs on the server's loop.

A client that `asyncio.run(engine.start())` connects is dead once `uvicorn.run(app)` begins a loop of its own: see
https://fastapi.tiangolo.com/advanced/events/.
Not touched: starts in threads, on loops that are used again, with arguments that exist only there, or with anything
that can be seen between them and the server.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer


class LifespanTransformer(Transformer):
    """Writes a lifespan, hands it to the application, or puts statements first and last in one that is there."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        name = self.order.data["keyword"]
        tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        new = cst.Arg(cst.Name(name), cst.Name("lifespan"), equal=tight)
        if not updated_node.args:
            return updated_node.with_changes(args=[new])
        *others, last = updated_node.args
        return updated_node.with_changes(args=[*others, *_appended(updated_node, last, new)])

    def statement(self, node: Any) -> Statements:
        data = self.order.data
        if "unwrap" in data:
            return _unwrapped(node)
        if "first" in data:
            return cst.FlattenSentinel([*self._lines(data["first"]), node])
        if "last" in data:
            return cst.FlattenSentinel([node, *self._lines(data["last"])])
        written = self._written()
        if data["above"]:
            lines = [*_blank(2), *node.leading_lines]
            return cst.FlattenSentinel([_spaced(written, data["blank"], 0), node.with_changes(leading_lines=lines)])
        return cst.FlattenSentinel([node, _spaced(written, 2, data["blank"])])

    def _lines(self, lines: list[str]) -> list[cst.BaseStatement]:
        return [statement for line in lines for statement in self.statements(line)]

    def _written(self) -> cst.FunctionDef:
        data = self.order.data
        body = "\n".join(f"    {line}" for line in (*data["began"], "yield", *data["ended"]))
        header = f"@{self.local('asynccontextmanager')}\nasync def {data['name']}(app: {data['kind']}):"
        (function,) = self.statements(f"{header}\n{body}")
        assert isinstance(function, cst.FunctionDef)
        return function


def _unwrapped(node: cst.Try) -> Statements:
    """What a `try` tries, in its place."""
    body = node.body
    assert isinstance(body, cst.IndentedBlock)
    first, *rest = body.body
    lines = [*node.leading_lines, *getattr(first, "leading_lines", ())]
    return cst.FlattenSentinel([first.with_changes(leading_lines=lines), *rest])


def _blank(count: int) -> list[cst.EmptyLine]:
    return [cst.EmptyLine(indent=False)] * count


def _spaced(function: cst.FunctionDef, above: int, below: int) -> cst.FunctionDef:
    body = function.body
    assert isinstance(body, cst.IndentedBlock)
    return function.with_changes(leading_lines=_blank(above), body=body.with_changes(footer=_blank(below)))


def _appended(call: cst.Call, last: cst.Arg, new: cst.Arg) -> list[cst.Arg]:
    """One more argument, laid out as those before it: each on its own line, with a comma behind the last or not."""
    between: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace):
        between = call.whitespace_before_args
    if not isinstance(last.comma, cst.Comma):
        plain = last.with_changes(
            comma=cst.Comma(whitespace_after=between), whitespace_after_arg=cst.SimpleWhitespace("")
        )
        return [plain, new.with_changes(whitespace_after_arg=last.whitespace_after_arg)]
    closing = last.comma.whitespace_after
    if isinstance(closing, cst.ParenthesizedWhitespace) and isinstance(between, cst.ParenthesizedWhitespace):
        between = closing.with_changes(last_line=between.last_line)  # a comment stays with its argument
        closing = closing.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    plain = last.with_changes(comma=cst.Comma(whitespace_after=between))
    return [plain, new.with_changes(comma=cst.Comma(whitespace_after=closing))]


ENGINE = """\
import asyncio

import uvicorn
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
from fastapi import FastAPI


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def stop(self):
        await self.bus.stop()


engine = Engine()
{app}

@app.post("/tell")
async def tell():
    await engine.bus.publish("portfolio.update.x", {{"a": 1}})


if __name__ == "__main__":
    {run}
"""
MOVED = """\
{imports}import uvicorn
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from fastapi import FastAPI


class Engine:
    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def stop(self):
        await self.bus.close()


engine = Engine()
{app}

@app.post("/tell")
async def tell():
    await engine.bus.publish_message(
        MessageType.PORTFOLIO_UPDATE, {{"a": 1, "topic": "portfolio.update.x"}}
    )


if __name__ == "__main__":
    {run}
"""
MANAGER = "from contextlib import asynccontextmanager\n\n"

codemod = Codemod(
    name="lifespans",
    summary="a start under a loop of its own moves into the application's lifespan",
    review="think",
    transformer=LifespanTransformer,
    examples=(
        Example(
            "an application without a lifespan",
            before=ENGINE.format(
                app='app = FastAPI(title="Portfolio")\n',
                run="asyncio.run(engine.start())\n    uvicorn.run(app, port=8900)",
            ),
            after=MOVED.format(
                imports=MANAGER,
                app="\n\n@asynccontextmanager\nasync def lifespan(app: FastAPI):\n    await engine.start()\n    yield\n"
                '\n\napp = FastAPI(title="Portfolio", lifespan=lifespan)\n',
                run="uvicorn.run(app, port=8900)",
            ),
        ),
        Example(
            "a lifespan that is there, and a stop",
            before=ENGINE.format(
                app="\n\n@asynccontextmanager\nasync def lifespan(app):\n    # the rest\n    print('up')\n    yield\n"
                "    print('down')\n\n\napp = FastAPI(lifespan=lifespan)\n",
                run="asyncio.run(engine.start())\n    uvicorn.run(app)\n    asyncio.run(engine.stop())",
            ).replace("import asyncio\n", "import asyncio\nfrom contextlib import asynccontextmanager\n"),
            after=MOVED.format(
                imports=MANAGER,
                app="\n\n@asynccontextmanager\nasync def lifespan(app):\n    await engine.start()\n    # the rest\n"
                "    print('up')\n    yield\n    print('down')\n    await engine.stop()\n\n\n"
                "app = FastAPI(lifespan=lifespan)\n",
                run="uvicorn.run(app)",
            ),
        ),
        Example(
            "something that can be seen between the start and the server",
            before=ENGINE.format(
                app="app = FastAPI()\n",
                run="asyncio.run(engine.start())\n    print('started')\n    uvicorn.run(app)",
            ),
            after=None,
            says="would then come before it",
        ),
        Example(
            "an argument that exists only there",
            before=ENGINE.format(
                app="app = FastAPI()\n",
                run="import sys\n\n    wait = len(sys.argv)\n    asyncio.run(engine.start(wait))\n    uvicorn.run(app)",
            ).replace("start(self)", "start(self, wait)"),
            after=None,
            says="`wait` is bound under a condition",
        ),
    ),
)
