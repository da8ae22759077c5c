"""A function that a handler gives its message to takes what it reads of it instead: `note(topic, payload)`.

So the message is decoded once, in the handler, and goes on as the values that the legacy message had.
Not touched: functions that read more, are decorated, overridden or handed on. One that is given anything else
somewhere goes on taking a message, and so does its handler: `SimpleNamespace(topic=topic, payload=payload)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer
from codemods.handlers import HANDLER

SPACED = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
UNSPACED = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


class PassTransformer(Transformer):
    """Puts topic and payload in the place of a message: as parameters, as arguments, or into one that is made."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if "makes" in self.order.data:
            return self._made(updated_node)
        passes = self.order.data["passes"]
        arguments: list[cst.Arg] = []
        for number, argument in enumerate(updated_node.args):
            new = [_argument(argument, *names) for names in passes.get(number, ())] or [argument]
            arguments += _with_comma(new, argument.comma)
        return updated_node.with_changes(args=arguments)

    def _made(self, node: cst.Call) -> cst.Call:
        """A message with topic and payload alone, each by its name."""
        makes = self.order.data["makes"]
        parts = [
            each.with_changes(keyword=cst.Name(makes[number]), equal=UNSPACED)
            for number, each in enumerate(node.args)
            if number in makes
        ]
        parts[-1] = parts[-1].with_changes(comma=node.args[-1].comma)
        return node.with_changes(func=self.expression(self.local("SimpleNamespace")), args=parts)

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
            "a method that is given something that reads more",
            before=PASSING.replace("{given}", "message").replace(
                "{rest}", "\n    def note(self, message):\n        print(message.timestamp)\n"
            ),
            after=None,
            says="reads more than topic and payload",
        ),
    ),
)
