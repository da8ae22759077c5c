"""A wrapper's handler checks the message's type, decodes the payload once, takes the topic out of it, and goes on.

Deployed targets hand a handler every message of the bus, whatever it subscribed to: so the type is checked first.
A message without a topic was never sent by a wrapper: the legacy handler is not called with it.
Not touched: handlers that read more than `topic` and `payload`, or are decorated. One that is called elsewhere too
keeps its signature: what the dispatcher calls opens the message for it.
"""

from __future__ import annotations

from typing import Any, cast

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer
from codemods.consuming import SUBSCRIBE
from codemods.opening import opening


class HandlerTransformer(Transformer):
    """Puts the decoding before a handler's first statement, and renames what it reads of the message."""

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return cst.Name(self.order.data["name"], lpar=updated_node.lpar, rpar=updated_node.rpar)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        return cst.Name(self.order.data["name"], lpar=updated_node.lpar, rpar=updated_node.rpar)

    def statement(self, node: Any) -> Statements:
        if "async" in self.order.data:
            return cast(Statements, node.with_changes(asynchronous=cst.Asynchronous()))
        return cast(Statements, self._opened(node)) if "one_line" in self.order.data else self._first(node)

    def _opened(self, node: cst.FunctionDef) -> cst.FunctionDef:
        """A handler on one line, with its body on lines of its own."""
        suite = cst.ensure_type(node.body, cst.SimpleStatementSuite)
        line = cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)
        return node.with_changes(body=cst.IndentedBlock([*self.statements(self._decoding()), line]))

    def _first(self, node: cst.BaseStatement) -> Statements:
        decoding = self.statements(self._decoding())
        if self.order.data["instead"]:
            comments = getattr(node, "leading_lines", ())
            return cst.FlattenSentinel([decoding[0].with_changes(leading_lines=comments), *decoding[1:]])
        return cst.FlattenSentinel([node, *decoding] if self.order.data["after"] else [*decoding, node])

    def _decoding(self) -> str:
        return opening(self.order.data, self.local)


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
            if topic != "market.data.AAPL":
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
            "topics in a constant",
            before=SUBSCRIBE.format(
                subscribe="        for topic in TOPICS:\n            await self.bus.subscribe(topic, self.on_price)\n",
                rest="\n    async def on_price(self, message):\n        print(message.payload)\n",
            ).replace("\n\n\nclass", '\n\nTOPICS = ["market.data.AAPL", "market.data.MSFT"]\n\n\nclass'),
            after="""\
import json
import logging

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client

TOPICS = ["market.data.AAPL", "market.data.MSFT"]


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus

        async def dispatch_marketdata(message):
            try:
                await self.on_price(message)
            except Exception:
                logging.getLogger(__name__).exception(
                    "self.on_price failed on a message"
                )

        await self.bus.subscribe_to_marketdata(
            [MessageType.MARKET_DATA], dispatch_marketdata
        )

    async def on_price(self, message):
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        payload = json.loads(message["payload"])
        topic = payload.pop("topic", None) if isinstance(payload, dict) else None
        if not isinstance(topic, str) or topic not in TOPICS:
            return
        print(payload)
""",
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
            "a handler that is decorated",
            before=HANDLER.replace(
                "{rest}", "\n    @traced\n    async def on_price(self, message):\n        print(message.payload)\n"
            ),
            after=None,
            says="is decorated",
        ),
    ),
)
