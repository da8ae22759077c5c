"""A function that a handler gives its message to takes what it reads of it instead: `note(topic, payload)`.

So the message is decoded once, in the handler, and goes on as the values that the legacy message had.
Not touched: functions that read more, are given anything else somewhere, are decorated, overridden or handed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer
from codemods.handlers import HANDLER

SPACED = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


class PassTransformer(Transformer):
    """Puts topic and payload in the place of a message: as parameters, and as arguments."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        passes = self.order.data["passes"]
        arguments: list[cst.Arg] = []
        for number, argument in enumerate(updated_node.args):
            new = [_argument(argument, *names) for names in passes.get(number, ())] or [argument]
            arguments += _with_comma(new, argument.comma)
        return updated_node.with_changes(args=arguments)

    def statement(self, node: Any) -> Statements:
        return node.with_changes(params=self._parameters(node.params))  # type: ignore[no-any-return]

    def _parameters(self, old: cst.Parameters) -> cst.Parameters:
        kinds = ("posonly_params", "params", "kwonly_params")
        return old.with_changes(**{kind: self._among(getattr(old, kind)) for kind in kinds})

    def _among(self, parameters: Sequence[cst.Param]) -> list[cst.Param]:
        found: list[cst.Param] = []
        for parameter in parameters:
            is_message = parameter.name.value == self.order.data["parameter"]
            new = (
                [self._parameter(parameter, *take) for take in self.order.data["takes"]] if is_message else [parameter]
            )
            found += _with_comma(new, parameter.comma)
        return found

    def _parameter(self, old: cst.Param, name: str, kind: str) -> cst.Param:
        if not kind:
            return old.with_changes(name=cst.Name(name))
        annotation = self.expression(kind.format(any=self.local("Any") if "{any}" in kind else ""))
        return old.with_changes(name=cst.Name(name), annotation=cst.Annotation(annotation))


def _argument(old: cst.Arg, theirs: str, own: str) -> cst.Arg:
    keyword = cst.Name(theirs) if old.keyword is not None else None
    return old.with_changes(keyword=keyword, value=cst.Name(own))


def _with_comma(new: Sequence[Any], last: Any) -> list[Any]:
    """The same with a comma after each, and what was there after the last."""
    return [each.with_changes(comma=SPACED) for each in new[:-1]] + [new[-1].with_changes(comma=last)]


PASSING = HANDLER.replace("{rest}", "\n    async def on_price(self, message):\n        self.note({given})\n{rest}")

codemod = Codemod(
    name="passing",
    summary="what a handler gives its message to takes topic and payload",
    review="read",
    transformer=PassTransformer,
    examples=(
        Example(
            "a method that is given the message",
            before=PASSING.replace("{given}", "1, message").replace(
                "{rest}", "\n    def note(self, n, message):\n        print(n, message.topic, message.payload)\n"
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

    async def on_price(self, message):
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        payload = json.loads(message["payload"])
        topic = payload.pop("topic", None) if isinstance(payload, dict) else None
        if not isinstance(topic, str) or not fnmatchcase(topic, "market.data.*"):
            return
        self.note(1, topic, payload)

    def note(self, n, topic, payload):
        print(n, topic, payload)
""",
        ),
        Example(
            "a method that is given something else, too",
            before=PASSING.replace("{given}", "message").replace(
                "{rest}",
                "\n    def note(self, message):\n        print(message.topic)\n"
                "\n    def again(self):\n        self.note(self.last)\n",
            ),
            after=None,
            says="which is also called at",
        ),
    ),
)
