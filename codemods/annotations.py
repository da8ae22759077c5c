"""Annotations follow the object: a client becomes `DualMessageBusClient`, a message `dict[str, str]`.

Another name for a type, `cast(X, y)` and `TypeVar` count as annotations, and so do texts that are one.
Not touched: texts of more than names, and classes that have no counterpart on the target.
"""

from __future__ import annotations

import libcst as cst

from codemods.codemod import Codemod, Example, Transformer
from codemods.connections import WRAPPER


class AnnotationTransformer(Transformer):
    """Replaces one class in an annotation."""

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._new()

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._new()

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        parts = [self.local(text) if is_name else text for text, is_name in self.order.data["parts"]]
        return updated_node.with_changes(value=f"{updated_node.quote}{''.join(parts)}{updated_node.quote}")

    def _new(self) -> cst.BaseExpression:
        name = self.order.data.get("name")
        return self.expression(self.local(name) if name else self.order.data["text"])


ANNOTATED = WRAPPER.format(host="redis").replace("self.bus = None", "self.bus: {annotation} = None")

codemod = Codemod(
    name="annotations",
    summary="annotations follow the object",
    review="glance",
    transformer=AnnotationTransformer,
    examples=(
        Example(
            "a client or None",
            before=ANNOTATED.format(annotation="BufferedMessageBusClient | None"),
            after="""\
from dual_messagebus_client import DualMessageBusClient, EngineType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus: DualMessageBusClient | None = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus
""",
        ),
        Example(
            "an annotation that is a string",
            before=ANNOTATED.format(annotation='"BufferedMessageBusClient | None"'),
            after="""\
from dual_messagebus_client import DualMessageBusClient, EngineType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus: "DualMessageBusClient | None" = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus
""",
        ),
        Example(
            "another name for a type",
            before="from collections.abc import Awaitable, Callable\n\n"
            "from enhanced_messagebus_client import BusMessage\n\nHandler = Callable[[BusMessage], Awaitable[None]]\n",
            after=None,
            says="where this client is made is not to be seen",
        ),
        Example(
            "a class without a counterpart",
            before=ANNOTATED.format(annotation="MessageBusConfig | None"),
            after=None,
            says="has no counterpart that an annotation could name",
        ),
    ),
)
