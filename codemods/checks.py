"""`client.is_connected` becomes the one expression for it: both clients of the target are there.

Not touched: checks of a client that is computed on the spot, and `is_connected` that is a method and is not called.
"""

from __future__ import annotations

import libcst as cst

from codemods.codemod import Codemod, Example, Transformer
from codemods.connections import WRAPPER
from codemods.reading.contract import ATTRIBUTES


class CheckTransformer(Transformer):
    """Replaces one check."""

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._both(updated_node.value)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        assert isinstance(updated_node.func, cst.Attribute)
        return self._both(updated_node.func.value)

    def _both(self, client: cst.BaseExpression) -> cst.BaseExpression:
        shown = self.module.code_for_node(client)
        code = " and ".join(f"{shown}.{attribute} is not None" for attribute in ATTRIBUTES)
        return self.expression(f"({code})" if self.order.data["parentheses"] else code)


CHECK = WRAPPER.format(host="redis") + "\n    def check(self):\n        {check}\n"
AFTER = """\
from dual_messagebus_client import EngineType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus

    def check(self):
        {check}
"""
BOTH = """\
self.bus.marketdata_client is not None
            and self.bus.engine_logic_client is not None
        )"""

codemod = Codemod(
    name="checks",
    summary="a connected check asks whether both clients are there",
    review="glance",
    transformer=CheckTransformer,
    examples=(
        Example(
            "behind a check for None",
            before=CHECK.format(check="return self.bus is not None and self.bus.is_connected"),
            after=AFTER.format(check=f"return (\n            self.bus is not None\n            and {BOTH}"),
        ),
        Example(
            "in an expression of its own",
            before=CHECK.format(check="return not self.bus.is_connected"),
            after=AFTER.format(check=f"return not (\n            {BOTH}"),
        ),
        Example(
            "an attribute that only the wrapper has",
            before=CHECK.format(check="return self.bus.metrics"),
            after=None,
            says="the attribute metrics has no counterpart",
        ),
        Example(
            "a check by name",
            before=CHECK.format(check='return hasattr(self.bus, "publish_message")'),
            after=None,
            says="inspected with hasattr()",
        ),
    ),
)
