"""A wrapper's subscriptions become one subscription for each bus, behind a dispatcher that keeps handlers apart.

Two subscriptions of one client on one bus share group and consumer on widely deployed targets, and split their
messages between them; a handler that raises leaves its message pending. So every handler runs, what it raises is
logged, and it is swallowed or raised again as the wrapper did. A loop over a table that is known goes with it.
Not touched: subscriptions of one bus that nothing puts in order, decorators, patterns that are not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer
from codemods.connections import WRAPPER
from codemods.opening import opening

ONE = """\
async def {name}(message):
    try:
        await {handler}(message)
    except Exception:
        {logger}.exception("{handler} failed on a message")
"""
SEVERAL = """\
async def {name}(message):
    for handler in ({handlers}):
        try:
            await handler(message)
        except Exception:
            {logger}.exception("%s failed on a message", {called})
"""
SEVERAL_RAISING = """\
async def {name}(message):
    errors = []
    for handler in ({handlers}):
        try:
            await handler(message)
        except Exception as error:
            {logger}.exception("%s failed on a message", {called})
            errors.append(error)
    if errors:
        raise errors[0]
"""


class SubscribeTransformer(Transformer):
    """Puts a dispatcher and the one subscription of a bus in the place of its last legacy subscription."""

    def statement(self, node: Any) -> Statements:
        stays = [node] if self.order.data["after"] else []  # a loop that does something else as well
        made: list[cst.BaseStatement] = []
        for data in self.order.data["subscriptions"]:
            dispatcher = self._dispatcher(data)
            for handler, name in data["bound"].items():
                made += self.statements(f"{name} = {handler}")
            for code in (*map(self._receiver, data["receivers"]), dispatcher, self._subscription(data)):
                gap = [cst.EmptyLine(indent=False)] if (dispatcher or data["receivers"]) and (made or stays) else []
                made += [new.with_changes(leading_lines=gap) for new in self.statements(code)]
        if not stays:
            made[0] = made[0].with_changes(leading_lines=node.leading_lines)
        if isinstance(node, cst.SimpleStatementLine) and not stays:
            made[-1] = made[-1].with_changes(trailing_whitespace=node.trailing_whitespace)
        return cst.FlattenSentinel([*stays, *made])

    def _receiver(self, data: Mapping[str, Any]) -> str:
        """The text of what opens the message for a handler that keeps its signature."""
        opened = indent(opening(data, self.local), "    ")
        given = f"{self.local('SimpleNamespace')}(topic={data['topic']}, payload={data['payload']})"
        call = f"{'await ' if data['await'] else ''}{data['calls']}({given})"
        return f"async def {data['name']}({data['message']}):\n{opened}    {call}\n"

    def _dispatcher(self, data: Mapping[str, Any]) -> str:
        """The dispatcher's text; empty where the only handler can be subscribed itself."""
        handlers = data["handlers"]
        if not _is_dispatched(data):
            return ""
        logger = data["logger"] or f"{self.local('logging')}.getLogger(__name__)"
        template = ONE if len(handlers) == 1 else SEVERAL_RAISING if data["raises"] else SEVERAL
        return template.format(
            name=data["dispatcher"],
            handler=handlers[0],
            handlers=", ".join(handlers),
            logger=logger,
            called=data["name"],
        )

    def _subscription(self, data: Mapping[str, Any]) -> str:
        types = ", ".join(f"{self.local('MessageType')}.{name}" for name in data["types"])
        handler = data["dispatcher"] if _is_dispatched(data) else data["handlers"][0]
        return f"await {data['receiver']}.subscribe_to_{data['bus']}([{types}], {handler})"


def _is_dispatched(data: Mapping[str, Any]) -> bool:
    """Whether the handlers need keeping apart, or their errors logging."""
    return not data["raises"] or len(data["handlers"]) > 1


SUBSCRIBE = WRAPPER.format(host="redis") + "{subscribe}{rest}"
HANDLERS = """
    async def on_price(self, message):
        self.price = message.payload["price"]

    async def on_risk(self, message):
        self.risk = message.payload
"""

codemod = Codemod(
    name="consuming",
    summary="one subscription for each bus, behind a dispatcher that keeps handlers apart",
    review="think",
    transformer=SubscribeTransformer,
    examples=(
        Example(
            "two handlers on two buses",
            before=SUBSCRIBE.format(
                subscribe='        await self.bus.subscribe("market.data.*", self.on_price)\n'
                '        await self.bus.subscribe("risk.metric.*", self.on_risk)\n',
                rest=HANDLERS,
            ),
            after="""\
import json
import logging
from fnmatch import fnmatchcase

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


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

        async def dispatch_engine_logic(message):
            try:
                await self.on_risk(message)
            except Exception:
                logging.getLogger(__name__).exception(
                    "self.on_risk failed on a message"
                )

        await self.bus.subscribe_to_engine_logic(
            [MessageType.RISK_METRIC], dispatch_engine_logic
        )

    async def on_price(self, message):
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        payload = json.loads(message["payload"])
        topic = payload.pop("topic", None) if isinstance(payload, dict) else None
        if not isinstance(topic, str) or not fnmatchcase(topic, "market.data.*"):
            return
        self.price = payload["price"]

    async def on_risk(self, message):
        if message["message_type"] != MessageType.RISK_METRIC.value:
            return
        payload = json.loads(message["payload"])
        topic = payload.pop("topic", None) if isinstance(payload, dict) else None
        if not isinstance(topic, str) or not fnmatchcase(topic, "risk.metric.*"):
            return
        self.risk = payload
""",
        ),
        Example(
            "a loop over a table of handlers",
            before=SUBSCRIBE.format(
                subscribe="        handlers = {\n"
                '            "market.data.AAPL": self.on_price,\n'
                '            "market.data.MSFT": self.on_risk,\n'
                "        }\n"
                "        # every handler its topic\n"
                "        for topic, handler in handlers.items():\n"
                "            await self.bus.subscribe(topic, handler)\n",
                rest=HANDLERS,
            ),
            after="""\
import json
import logging

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus
        # every handler its topic
        async def dispatch_marketdata(message):
            for handler in (self.on_price, self.on_risk):
                try:
                    await handler(message)
                except Exception:
                    logging.getLogger(__name__).exception(
                        "%s failed on a message", handler.__qualname__
                    )

        await self.bus.subscribe_to_marketdata(
            [MessageType.MARKET_DATA], dispatch_marketdata
        )

    async def on_price(self, message):
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        payload = json.loads(message["payload"])
        topic = payload.pop("topic", None) if isinstance(payload, dict) else None
        if topic != "market.data.AAPL":
            return
        self.price = payload["price"]

    async def on_risk(self, message):
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        payload = json.loads(message["payload"])
        topic = payload.pop("topic", None) if isinstance(payload, dict) else None
        if topic != "market.data.MSFT":
            return
        self.risk = payload
""",
        ),
        Example(
            "a loop that does more than subscribe",
            before=SUBSCRIBE.format(
                subscribe='        for topic in ("market.data.AAPL", "market.data.MSFT"):\n'
                "            await self.bus.subscribe(topic, self.on_price)\n"
                "            self.seen[topic] = self.count()\n",
                rest=HANDLERS,
            ),
            after=None,
            says="does more than subscribe",
        ),
        Example(
            "a pattern without a route",
            before=SUBSCRIBE.format(
                subscribe='        await self.bus.subscribe("weather.*", self.on_price)\n', rest=HANDLERS
            ),
            after=None,
            says="which message type replaces the topic `weather.*`?",
        ),
        Example(
            "a handler that feeds itself",
            before=SUBSCRIBE.format(
                subscribe='        await self.bus.subscribe("risk.*", self.on_risk)\n',
                rest="\n    async def on_risk(self, message):\n"
                '        await self.bus.publish("risk.metric.x", {"a": message.payload})\n',
            ).replace("risk.*", "risk.metric.*"),
            after=None,
            says="it would feed itself",
        ),
        Example(
            "subscriptions of one bus in two places",
            before=SUBSCRIBE.format(
                subscribe='        await self.bus.subscribe("market.data.*", self.on_price)\n',
                rest="\n    async def more(self):\n"
                '        await self.bus.subscribe("market.data.B", self.on_risk)\n' + HANDLERS,
            ),
            after=None,
            says="subscribes in several places",
        ),
    ),
)
