"""A wrapper's handler checks the message's type, decodes the payload once, takes the topic out of it, and goes on.

Deployed targets hand a handler every message of the bus, whatever it subscribed to: so the type is checked first.
A message without a topic was never sent by a wrapper: the legacy handler is not called with it.
Not touched: handlers that read more than `topic` and `payload`, are called elsewhere too, or are decorated.
"""

from __future__ import annotations

from typing import Any, cast

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer
from codemods.consuming import SUBSCRIBE

TESTS = {
    "glob": "{fnmatchcase}({topic}, {pattern})",
    "prefix": "{topic}.startswith({pattern})",
    "exact": "{topic} == {pattern}",
}


class HandlerTransformer(Transformer):
    """Puts the decoding before a handler's first statement, and renames what it reads of the message."""

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return cst.Name(self.order.data["name"], lpar=updated_node.lpar, rpar=updated_node.rpar)

    def statement(self, node: Any) -> Statements:
        if "async" in self.order.data:
            return cast(Statements, node.with_changes(asynchronous=cst.Asynchronous()))
        return self._first(node)

    def _first(self, node: cst.BaseStatement) -> Statements:
        decoding = self.statements(self._decoding())
        if self.order.data["instead"]:
            comments = getattr(node, "leading_lines", ())
            return cst.FlattenSentinel([decoding[0].with_changes(leading_lines=comments), *decoding[1:]])
        return cst.FlattenSentinel([node, *decoding] if self.order.data["after"] else [*decoding, node])

    def _decoding(self) -> str:
        data = self.order.data
        message, payload, topic = data["message"], data["payload"], data["topic"]
        types = [f"{self.local('MessageType')}.{name}.{data['type_text']}" for name in data["types"]]
        wrong = f"!= {types[0]}" if len(types) == 1 else f"not in ({', '.join(types)})"
        return f"""\
if {message}["message_type"] {wrong}:
    return
{payload} = {self.local("json")}.loads({message}["payload"])
{topic} = {payload}.pop("topic", None) if isinstance({payload}, dict) else None
if not isinstance({topic}, str){self._mismatch(topic)}:
    return
"""

    def _mismatch(self, topic: str) -> str:
        """The rest of the condition under which a topic is not this handler's."""
        patterns = self.order.data["patterns"]
        if "*" in patterns and self.order.data["matching"] == "glob":
            return ""
        tests = [self._test(topic, pattern) for pattern in patterns]
        if len(tests) == 1:
            negated = tests[0].replace(" == ", " != ", 1) if " == " in tests[0] else f"not {tests[0]}"
            return f" or {negated}"
        return f" or not ({' or '.join(tests)})"

    def _test(self, topic: str, pattern: str) -> str:
        matching = self.order.data["matching"]
        if matching == "glob" and not any(mark in pattern for mark in "*?["):
            matching = "exact"
        fnmatchcase = self.local("fnmatchcase") if matching == "glob" else ""
        return TESTS[matching].format(topic=topic, fnmatchcase=fnmatchcase, pattern=_quoted(pattern))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


CLOSURE = """\
        def on_price(message):
            \"\"\"Remember the price.\"\"\"
            payload = message.payload
            # the last part names the symbol
            symbol = message.topic.split(".")[-1]
            self.prices[symbol] = payload["price"]

        await self.bus.subscribe("market.data.AAPL", on_price)
"""
HANDLER = SUBSCRIBE.replace("{subscribe}", '        await self.bus.subscribe("market.data.*", self.on_price)\n')

codemod = Codemod(
    name="handlers",
    summary="a handler checks the type, decodes once, and reads topic and payload from there",
    review="think",
    transformer=HandlerTransformer,
    examples=(
        Example(
            "a synchronous closure with a docstring",
            before=SUBSCRIBE.format(subscribe=CLOSURE, rest=""),
            after='''\
import json
import logging

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus
        async def on_price(message):
            """Remember the price."""
            if message["message_type"] != MessageType.MARKET_DATA.value:
                return
            payload = json.loads(message["payload"])
            topic = payload.pop("topic", None) if isinstance(payload, dict) else None
            if not isinstance(topic, str) or topic != "market.data.AAPL":
                return
            # the last part names the symbol
            symbol = topic.split(".")[-1]
            self.prices[symbol] = payload["price"]

        async def dispatch_marketdata(message):
            try:
                await on_price(message)
            except Exception:
                logging.getLogger(__name__).exception("on_price failed on a message")

        await self.bus.subscribe_to_marketdata(
            [MessageType.MARKET_DATA], dispatch_marketdata
        )
''',
        ),
        Example(
            "a handler that reads the time",
            before=HANDLER.replace(
                "{rest}", "\n    async def on_price(self, message):\n        print(message.timestamp)\n"
            ),
            after=None,
            says="reads more than topic and payload",
        ),
        Example(
            "a handler that hands its message on",
            before=HANDLER.replace("{rest}", "\n    async def on_price(self, message):\n        print(message)\n"),
            after=None,
            says="reads more than topic and payload",
        ),
        Example(
            "a handler that is also called",
            before=HANDLER.replace(
                "{rest}",
                "\n    async def on_price(self, message):\n        print(message.payload)\n"
                "\n    async def replay(self, old):\n        await self.on_price(old)\n",
            ),
            after=None,
            says="is also called at",
        ),
        Example(
            "a handler that is decorated",
            before=HANDLER.replace(
                "{rest}", "\n    @traced\n    async def on_price(self, message):\n        print(message.payload)\n"
            ),
            after=None,
            says="is decorated",
        ),
    ),
)
