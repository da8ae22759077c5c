"""Wrong variants inside of what is claimed, and of how lines are folded and imports are placed."""

from __future__ import annotations

from mutants import (
    FACTORY,
    FIRST,
    MARKET,
    ORDERS,
    RANGE,
    RAW_ENGINE,
    READY,
    SIGNAL,
    TICKS,
    WRAPPER_ENGINE,
    Mutant,
)

HEAD = """\
import json
import logging
from fnmatch import fnmatchcase

from dual_messagebus_client import (
    DualMessageBusClient,
    EngineType,
    MessagePriority,
    MessageType,
    get_dual_bus_client,
)

logger = logging.getLogger(__name__)
LIMIT = 10
"""
TARGET = HEAD[HEAD.index("from dual") : HEAD.index("\n\nlogger")] + "\n"
INDENTED = TARGET.replace("\n", "\n    ").rstrip(" ")
PUBLISHED = """\
        await self.bus.publish_message(
            MessageType.PORTFOLIO_UPDATE,
            {"symbol": symbol, "topic": f"portfolio.update.{symbol}"},
            priority=MessagePriority.HIGH,
        )
"""
FOLDED_CHECK = """\
        return (
            self.bus is not None
            and self.bus.marketdata_client is not None
            and self.bus.engine_logic_client is not None
        )
"""
OF_PLACING: tuple[Mutant, ...] = (
    (HEAD, HEAD.replace(TARGET, "") + TARGET, "untouched", "a line that nothing claims was changed, or moved"),
    (
        HEAD,
        HEAD.replace(TARGET, f"if LIMIT:\n    {INDENTED}"),
        "claims",
        "`from dual_messagebus_client import DualMessageBusClient, Eng ...` was",
    ),
    (
        HEAD,
        HEAD.replace(TARGET, "").replace("LIMIT", f"if not __debug__:\n    {INDENTED}LIMIT"),
        "untouched",
        "a line that nothing claims was changed, or moved",
    ),
    (
        HEAD,
        HEAD.replace(TARGET, f"try:\n    {INDENTED}except ImportError:\n    pass\n"),
        "claims",
        "`from dual_messagebus_client import DualMessageBusClient, Eng ...` was",
    ),
    (
        HEAD,
        HEAD.replace(TARGET, "from dual_messagebus_client import *\n"),
        "bound",
        "the result uses the name `DualMessageBusClient`, which nothing binds",
    ),
    (
        '"""Tells positions."""\n\nimport json\n',
        'import json\n\n"""Tells positions."""\n\n',
        "untouched",
        "a line that nothing claims was changed, or moved",
    ),
    (
        HEAD,
        HEAD.replace("import json\n", "import json\nimport json\n"),
        "claims",
        "`import logging` was to be here, and `import json` is",
    ),
    (
        HEAD,
        HEAD.replace("import json\n", "import simplejson as json\n"),
        "target",
        "simplejson is imported, which is neither the target nor a module of Python",
    ),
    (
        HEAD,
        HEAD.replace("import fnmatchcase", "import fnmatch as fnmatchcase"),
        "claims",
        "`from fnmatch import fnmatchcase` was to be here, and `from fnmatch im",
    ),
    (
        HEAD,
        HEAD.replace("import json\n", "") + "import json\n",
        "untouched",
        "a line that nothing claims was changed, or moved",
    ),
    (
        HEAD,
        HEAD.replace("import logging\n", "") + "import logging\n",
        "early",
        "the result uses `logging` above its import",
    ),
    (
        HEAD,
        HEAD.replace("from dual_messagebus_client", "from . dual_messagebus_client"),
        "target",
        "no file of the repository is the module .dual_messagebus_client",
    ),
    (
        HEAD,
        HEAD.replace("from dual_messagebus_client", "from other.messages"),
        "target",
        "other.messages is imported, which is neither the target nor a module o",
    ),
    (
        HEAD,
        HEAD.replace("    EngineType,\n", "    EngineType,\n    EngineType,\n"),
        "claims",
        "`... Client, EngineType, MessagePriority, MessageType, get_dual_b ...`",
    ),
)
OF_FOLDING: tuple[Mutant, ...] = (
    (
        PUBLISHED,
        PUBLISHED.replace("        )\n", "        ),\n"),
        "claims",
        "`await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, ...` was",
    ),
    (
        PUBLISHED,
        PUBLISHED.replace('f"portfolio', '"portfolio'),
        "claims",
        "`f'portfolio.update.{symbol}'` was to be here, and `'portfolio.update.",
    ),
    (
        PUBLISHED,
        PUBLISHED.replace('{symbol}"}', '{symbol}" "!"}'),
        "claims",
        "`f'portfolio.update.{symbol}'` was to be here, and `f'portfolio.update",
    ),
    (PUBLISHED, PUBLISHED.replace("symbol, ", "(symbol,), "), "claims", "`symbol` was to be here, and `(symbol,)` is"),
    (
        PUBLISHED,
        PUBLISHED.replace("            priority=MessagePriority.HIGH,\n", ""),
        "claims",
        "`... io.update.{symbol}'}, priority=MessagePriority.HIGH)` was to be h",
    ),
    (
        PUBLISHED,
        PUBLISHED.replace("HIGH", "LOW"),
        "claims",
        "`MessagePriority.HIGH` was to be here, and `MessagePriority.LOW` is",
    ),
    (
        PUBLISHED,
        PUBLISHED.replace("publish_message(\n", "publish_message\n("),
        "compiles",
        "the result does not parse: invalid syntax. Maybe you meant '==' or ':=",
    ),
    (PUBLISHED, PUBLISHED.replace('"symbol": symbol, ', ""), "claims", "`'symbol'` was to be here, and `'topic'` is"),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("not None\n        )", "not None,\n        )"),
        "claims",
        "`self.bus is not None and (self.bus.marketdata_client is not  ...` was",
    ),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("and self.bus.engine", "or self.bus.engine"),
        "claims",
        "`... bus is not None and (self.bus.marketdata_client is not None  ...`",
    ),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("            and self.bus.engine_logic_client is not None\n", ""),
        "claims",
        "`... bus is not None and (self.bus.marketdata_client is not None  ...`",
    ),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("engine_logic_client", "marketdata_client"),
        "claims",
        "`self.bus.engine_logic_client` was to be here, and `self.bus.marketdat",
    ),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("return (", "return not ("),
        "claims",
        "`self.bus is not None and (self.bus.marketdata_client is not  ...` was",
    ),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("            self.bus is not None\n            and ", "            "),
        "claims",
        "`self` was to be here, and `self.bus` is",
    ),
    (
        FOLDED_CHECK,
        FOLDED_CHECK.replace("return (", "return [").replace("        )", "        ]"),
        "claims",
        "`self.bus is not None and (self.bus.marketdata_client is not  ...` was",
    ),
)
PRICE = 'if not isinstance(topic, str) or not fnmatchcase(topic, "market.data.*"):'
INSIDE_WRAPPER: tuple[Mutant, ...] = (
    (
        FACTORY,
        FACTORY.replace("self.bus =", "self.prices = self.bus ="),
        "claims",
        "`self.bus` was to be here, and `self.prices` is",
    ),
    (
        MARKET,
        MARKET.replace("dispatch_marketdata", "self.on_price"),
        "claims",
        "`dispatch_marketdata` was to be here, and `self.on_price` is",
    ),
    (
        MARKET,
        MARKET.replace("dispatch_marketdata", "self.on_signal"),
        "claims",
        "`dispatch_marketdata` was to be here, and `self.on_signal` is",
    ),
    (
        "await self.on_price(message)",
        "await self.on_signal(message)",
        "claims",
        "`self.on_price` was to be here, and `self.on_signal` is",
    ),
    (
        "await self.on_price(message)",
        "await self.on_price(message)\n                await self.on_price(message)",
        "claims",
        "`await self.on_price(message)` is here, and nothing was to be",
    ),
    ("except Exception:", "except ValueError:", "claims", "`Exception` was to be here, and `ValueError` is"),
    (
        'logger.exception("self.on_price failed on a message")',
        "raise",
        "claims",
        "`logger.exception('self.on_price failed on a message')` was to be here",
    ),
    (
        FIRST,
        FIRST.replace("!=", "=="),
        "claims",
        "`message['message_type'] != MessageType.MARKET_DATA.value` was to be h",
    ),
    (
        FIRST,
        FIRST.replace("MARKET_DATA", "PRICE_UPDATE"),
        "claims",
        "`MessageType.MARKET_DATA` was to be here, and `MessageType.PRICE_UPDATE` is",
    ),
    (
        FIRST,
        FIRST.replace(".value", ".name"),
        "claims",
        "`MessageType.MARKET_DATA.value` was to be here, and `MessageType.MARKE",
    ),
    (f"{FIRST}        ", "", "claims", "`if message['message_type'] != MessageType.MARKET_DATA.value: ...` was"),
    (
        'payload.pop("topic", None)',
        'payload.get("topic")',
        "claims",
        "`payload.pop` was to be here, and `payload.get` is",
    ),
    (
        PRICE,
        PRICE.replace("market.data.*", "market.*"),
        "claims",
        "`'market.data.*'` was to be here, and `'market.*'` is",
    ),
    (
        PRICE,
        PRICE.replace("or not", "or"),
        "claims",
        "`not fnmatchcase(topic, 'market.data.*')` was to be here, and `fnmatch",
    ),
    (PRICE, "if False:", "claims", "`not isinstance(topic, str) or not fnmatchcase(topic, 'market ...` was"),
    (
        'self.prices[payload["symbol"]]',
        'self.prices[payload["price"]]',
        "claims",
        "`'symbol'` was to be here, and `'price'` is",
    ),
    (
        'logger.info("%s: %s", topic, payload)',
        'logger.info("%s: %s", payload, topic)',
        "claims",
        "`topic` was to be here, and `payload` is",
    ),
    (
        "self.bus: DualMessageBusClient | None = None",
        "self.bus: DualMessageBusClient | None = 1",
        "claims",
        "`None` was to be here, and `1` is",
    ),
    (
        "self.bus: DualMessageBusClient | None",
        "self.bus: DualMessageBusClient | int",
        "claims",
        "`None` was to be here, and `int` is",
    ),
    (
        READY,
        READY.replace("marketdata_client", "marketdata"),
        "claims",
        "`self.bus.marketdata_client` was to be here, and `self.bus.marketdata` is",
    ),
    (
        READY,
        READY.replace("is not", "is"),
        "claims",
        "`self.bus.marketdata_client is not None` was to be here, and `self.bus",
    ),
    (
        SIGNAL,
        SIGNAL.replace("]", ", MessageType.RISK_METRIC]"),
        "ends",
        "a subscription on engine_logic of STRATEGY_SIGNAL: 1 ordered, 0 there",
    ),
)
INSIDE_RAW: tuple[Mutant, ...] = (
    (TICKS, TICKS.replace("client.", "values."), "ends", "xadd() of marketdata_client: 1 ordered, 0 there"),
    ('{"v": value}, maxlen=MAXLEN', '{"v": value}, maxlen=10', "claims", "`MAXLEN` was to be here, and `10` is"),
    (
        '{"v": value}, maxlen=MAXLEN',
        '{"v": value}',
        "claims",
        "`... ticks', {'v': value}, maxlen=MAXLEN)` was to be here, and `... ti",
    ),
    ('{"v": value}', '{"w": value}', "claims", "`'v'` was to be here, and `'w'` is"),
    ('"raw-ticks", {', '"client-orders", {', "claims", "`'raw-ticks'` was to be here, and `'client-orders'` is"),
    (RANGE, RANGE.replace("first =", "last ="), "bound", "the result uses the name `first`, which nothing binds"),
    (
        RANGE,
        RANGE.replace("first =", "first = last ="),
        "claims",
        "`first = (await client.marketdata_client.xrange('raw-ticks',  ...` was",
    ),
    (RANGE, RANGE.replace("[0]", "[1]"), "claims", "`0` was to be here, and `1` is"),
    (RANGE, RANGE.replace("count=1", "count=2"), "claims", "`1` was to be here, and `2` is"),
    (ORDERS, ORDERS.replace("first[0]", "first"), "claims", "`first[0]` was to be here, and `first` is"),
    (
        ORDERS,
        ORDERS.replace("await", "values = await"),
        "claims",
        "`await client.engine_logic_client.xadd('client-orders', {'fir ...` was",
    ),
    (
        ORDERS,
        f"if first:\n        {ORDERS}",
        "claims",
        "`await client.engine_logic_client.xadd('client-orders', {'fir ...` was",
    ),
)
INSIDE = {
    "placing": (WRAPPER_ENGINE, OF_PLACING),
    "folding": (WRAPPER_ENGINE, OF_FOLDING),
    "inside of a wrapper's": (WRAPPER_ENGINE, INSIDE_WRAPPER),
    "inside of a raw client's": (RAW_ENGINE, INSIDE_RAW),
}
"""By what is wrong: the engine, and what is written instead of what."""
