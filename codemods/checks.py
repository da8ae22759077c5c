"""`client.is_connected` becomes the one expression for it: both clients of the target are there.

`hasattr(client, "publish")` asks whether there is a client, and `getattr(client, "is_connected", False)` is the check.
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
        if "is" in self.order.data:
            return self._is(updated_node)
        if "may be None" in self.order.data:
            return self._both(updated_node.args[0].value)
        assert isinstance(updated_node.func, cst.Attribute)
        return self._both(updated_node.func.value)

    def leave_UnaryOperation(
        self, original_node: cst.UnaryOperation, updated_node: cst.UnaryOperation
    ) -> cst.BaseExpression:
        assert isinstance(updated_node.expression, cst.Call)
        return self._is(updated_node.expression)

    def leave_BooleanOperation(
        self, original_node: cst.BooleanOperation, updated_node: cst.BooleanOperation
    ) -> cst.BaseExpression:
        stays = self._without(updated_node)
        if isinstance(stays, cst.Name | cst.Attribute) or not updated_node.lpar:
            return stays  # nothing around it takes such a name apart
        return stays.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)

    def _without(self, node: cst.BooleanOperation) -> cst.BaseExpression:
        """A condition without the part that the order names."""
        if self.module.code_for_node(node.right.with_changes(lpar=[], rpar=[])) == self.order.data["drop"]:
            return node.left
        return node.with_changes(left=self._without(cst.ensure_type(node.left, cst.BooleanOperation)))

    def _is(self, call: cst.Call) -> cst.BaseExpression:
        shown = self.module.code_for_node(call.args[0].value)
        return self._put(f"{shown} is {self.order.data['is']}")

    def _both(self, client: cst.BaseExpression) -> cst.BaseExpression:
        shown = self.module.code_for_node(client)
        asked = [shown] if self.order.data.get("may be None") else []
        asked += [f"{shown}.{attribute}" for attribute in ATTRIBUTES]
        return self._put(" and ".join(f"{each} is not None" for each in asked))

    def _put(self, code: str) -> cst.BaseExpression:
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
            "by its name, of a client that may be None",
            before=CHECK.format(check='return getattr(self.bus, "is_connected", False)'),
            after=AFTER.format(check=f"return (\n            self.bus is not None\n            and {BOTH}"),
        ),
        Example(
            "whether the client has what every client has",
            before=CHECK.format(check='return "on" if not hasattr(self.bus, "publish") else "off"'),
            after=AFTER.format(check='return "on" if self.bus is None else "off"'),
        ),
        Example(
            "whether the client has it, where that there is one was asked before",
            before=CHECK.format(
                check='return bool(self.bus and hasattr(self.bus, "is_connected") and self.bus.is_connected)'
            ),
            after=AFTER.format(check="return bool(\n            self.bus\n            and " + BOTH),
        ),
        Example(
            "a check by name",
            before=CHECK.format(check='return hasattr(self.bus, "publish_message")'),
            after=None,
            says="inspected with hasattr()",
        ),
    ),
)
