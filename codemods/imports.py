"""Imports of what is left go with their last use; imports of the target come in the file's own order.

An import is replaced where it stands when it is guarded, so that the guard and its flag keep their meaning.
An import inside a function is replaced inside that function, so that it runs when it ran.
None in the place of a wrapper that cannot be imported becomes None in the place of what makes the target's client.
Not touched: star imports, stand-ins that are more than None, names that are still used or that
another module takes from here.
"""

from __future__ import annotations

from typing import Any, cast

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer


class ImportTransformer(Transformer):
    """Takes names out of one import statement, and puts others before, after or in the place of it."""

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self.expression(self.local(self.order.data["name"]))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self.expression(self.local(self.order.data["name"]))

    def statement(self, node: Any) -> Statements:
        data = self.order.data
        for key, change in (("stand_ins", self._standing_in), ("unlisted", self._listed)):
            if key in data:
                return cast(Statements, change(node))
        if isinstance(node, cst.BaseSmallStatement):
            return cast(Statements, self._among_others(node))
        middle: list[Any] = [] if data["all"] else [self._without(node, data["drop"])]
        middle += self._imported("instead")
        before, after = self._imported("before"), self._imported("after")
        gap = [cst.EmptyLine(indent=False)]
        if data["split"]:
            before[data["split"]] = before[data["split"]].with_changes(leading_lines=gap)
        near = data["near"]
        if data["blank"] and len(after) > near:
            after[near] = after[near].with_changes(leading_lines=gap)
        if data["gap"] and before and middle:
            middle[0] = middle[0].with_changes(leading_lines=[*gap, *middle[0].leading_lines])
        if data["all"] and middle:
            middle[0] = middle[0].with_changes(trailing_whitespace=node.trailing_whitespace)
        everything = [*before, *middle, *after]
        return cst.FlattenSentinel(everything) if everything else cst.RemoveFromParent()

    def _listed(self, node: Any) -> Any:
        """`__all__` without the names that go."""
        (assign,) = node.body
        return node.with_changes(
            body=[assign.with_changes(value=_without_texts(assign.value, self.order.data["unlisted"]))]
        )

    def _standing_in(self, node: Any) -> Statements:
        """What takes the place of the new names where their import fails, as the old ones had it."""
        names = [self.local(name) for name in self.order.data["stand_ins"]]
        new: list[Any] = [line for name in names for line in self.statements(f"{name} = None")]
        new[0] = new[0].with_changes(leading_lines=node.leading_lines)
        comment = node.trailing_whitespace.comment
        is_for_each = comment is not None and comment.value.startswith(("# type:", "# noqa", "# pylint:", "# pyright:"))
        for index in range(len(new)) if is_for_each else (-1,):
            new[index] = new[index].with_changes(trailing_whitespace=node.trailing_whitespace)
        return cst.FlattenSentinel(new)

    def _among_others(self, node: Any) -> Any:
        """An import that shares its line with other statements."""
        stay = [] if self.order.data["all"] else [self._with_names(node, self.order.data["drop"])]
        come = [small for line in self._imported("instead") for small in line.body]
        return cst.FlattenSentinel([*stay, *come]) if stay or come else cst.RemoveFromParent()

    def _imported(self, where: str) -> list[Any]:
        return [new for code in self.order.data[where] for new in self.statements(code)]

    def _without(self, node: Any, names: list[str]) -> Any:
        if not names:
            return node
        (statement,) = node.body
        return node.with_changes(body=[self._with_names(statement, names)])

    def _with_names(self, statement: cst.Import | cst.ImportFrom, names: list[str]) -> Any:
        """One import without these names."""
        if not names:
            return statement
        assert not isinstance(statement.names, cst.ImportStar)
        stay = [alias for alias in statement.names if _bound(alias) not in names]
        if not isinstance(statement, cst.ImportFrom) or statement.rpar is None:
            stay[-1] = stay[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        else:
            stay[-1] = stay[-1].with_changes(comma=list(statement.names)[-1].comma)
        return statement.with_changes(names=stay)


def _without_texts(value: Any, texts: tuple[str, ...]) -> Any:
    """A list or tuple without some of its texts; the one that is the last now keeps its comment."""
    stay = [e for e in value.elements if getattr(e.value, "evaluated_value", None) not in texts]
    if not stay or stay[-1] is value.elements[-1]:
        return value.with_changes(elements=stay)
    own, last = stay[-1].comma, value.elements[-1].comma
    is_pair = isinstance(last, cst.Comma) or (len(stay) == 1 and isinstance(value, cst.Tuple))
    stay[-1] = stay[-1].with_changes(comma=cst.Comma() if is_pair else cst.MaybeSentinel.DEFAULT)
    comment = getattr(getattr(own, "whitespace_after", None), "first_line", None)
    if comment is None or comment.comment is None:
        return value.with_changes(elements=stay)
    if isinstance(value, cst.List):
        return value.with_changes(elements=stay, rbracket=_commented(value.rbracket, comment))
    return value.with_changes(elements=stay, rpar=[_commented(value.rpar[0], comment), *value.rpar[1:]])


def _commented(bracket: Any, comment: cst.TrailingWhitespace) -> Any:
    before = bracket.whitespace_before
    if not isinstance(before, cst.ParenthesizedWhitespace):
        return bracket
    return bracket.with_changes(whitespace_before=before.with_changes(first_line=comment))


def _bound(alias: cst.ImportAlias) -> str:
    return (alias.evaluated_alias or alias.evaluated_name).split(".")[0]


LAZY = """\
class Engine:
    async def start(self):
        from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def tell(self):
        await self.bus.publish("portfolio.update.x", {})
"""

STAND_IN = """\
try:
    {imported}
except ImportError:
    {stand_in}


class Engine:
    async def start(self):
        if {asked}:
            return
        self.bus = {made}
"""

RAW_LAZY = """\
import asyncio


async def main():
    import json

    import redis.asyncio as redis

    client = redis.Redis(host="localhost", port=6379)
    print(json.dumps(await client.xlen("raw-ticks")))


asyncio.run(main())
"""

codemod = Codemod(
    name="imports",
    summary="what is left goes with its last use, the target comes in the file's own order",
    review="glance",
    transformer=ImportTransformer,
    examples=(
        Example(
            "an unused wrapper import goes, and nothing comes",
            before="import json\n\nfrom enhanced_messagebus_client import MessageBusConfig\n\nprint(json)\n",
            after="import json\n\nprint(json)\n",
        ),
        Example(
            "a star import",
            before="from enhanced_messagebus_client import *\n",
            after=None,
            says="a star import",
        ),
        Example(
            "an import inside a function",
            before=LAZY,
            after="""\
class Engine:
    async def start(self):
        from dual_messagebus_client import EngineType, get_dual_bus_client

        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def tell(self):
        from dual_messagebus_client import MessageType

        await self.bus.publish_message(
            MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x"}
        )
""",
        ),
        Example(
            "redis-py within the one function that used it",
            before=RAW_LAZY,
            after="""\
import asyncio

from dual_messagebus_client import EngineType, get_dual_bus_client


async def main():
    import json

    client = await get_dual_bus_client(EngineType.PORTFOLIO)
    print(json.dumps(await client.marketdata_client.xlen("raw-ticks")))


asyncio.run(main())
""",
        ),
        Example(
            "an import under a condition, of a client that another file makes",
            before="import os\n\nif os.name:\n    from enhanced_messagebus_client import MessagePriority\n",
            after=None,
            says="imported only if `os.name`",
        ),
        Example(
            "None in the wrapper's place",
            before=STAND_IN.format(
                imported="from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig",
                stand_in="BufferedMessageBusClient = MessageBusConfig = None",
                asked="BufferedMessageBusClient is None",
                made="BufferedMessageBusClient(MessageBusConfig())\n        await self.bus.start()",
            ),
            after=STAND_IN.format(
                imported="from dual_messagebus_client import EngineType, get_dual_bus_client",
                stand_in="get_dual_bus_client = None",
                asked="get_dual_bus_client is None",
                made="await get_dual_bus_client(EngineType.PORTFOLIO)",
            ),
        ),
        Example(
            "an unused import with its guard",
            before=(
                "import os\n\ntry:\n    from enhanced_messagebus_client import BufferedMessageBusClient\n"
                "except ImportError:\n    BufferedMessageBusClient = None\n\nprint(os)\n"
            ),
            after="import os\n\nprint(os)\n",
        ),
        Example(
            "a class in the wrapper's place",
            before=(
                "try:\n    from enhanced_messagebus_client import BufferedMessageBusClient\n"
                "except ImportError:\n    class BufferedMessageBusClient:\n        pass\n"
            ),
            after=None,
            says="a stand-in takes the wrapper's place",
        ),
        Example(
            "redis for a cache",
            before="import redis\n\ncache = redis.Redis(host='localhost', port=6379)\ncache.set('a', 1)\n",
            after=None,
            says="a cache or key client stays",
        ),
    ),
)
