"""A wrapper's publish becomes `publish_message`: the route gives the type, the topic travels in the payload.

Not touched: topics without a route, payloads whose keys are not all known or that have a `topic` of their own (unless
engines.yaml answers that it may be there), payloads that another encoder made a text, and arguments that
publish_message does not take. `json.dumps(x)` becomes `x`, since the target encodes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from codemods.codemod import Codemod, Example, Transformer
from codemods.connections import WRAPPER
from codemods.reading.contract import TOPIC_KEY


class PublishTransformer(Transformer):
    """Rewrites one publish, or one member of the priority enum."""

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        priority = cst.Name(self.local("MessagePriority"))
        return cst.Attribute(
            priority, cst.Name(self.order.data["member"]), lpar=updated_node.lpar, rpar=updated_node.rpar
        )

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        topic, payload = (self._argument(updated_node.args, i) for i in (0, 1))
        mapping = _unwrapped(payload.value) if self.order.data["is_text"] else payload.value
        message_type = self.expression(f"{self.local('MessageType')}.{self.order.data['message_type']}")
        quote = self.order.module.source.quote
        first = self.order.data["topic_first"]
        new = (
            _with_topic(mapping, topic.value, quote, first)
            if isinstance(mapping, cst.Dict)
            else _spread(mapping, topic.value, quote, first)
        )
        first, second, *rest = self._in_order(updated_node.args, topic, payload)
        arguments = [
            first.with_changes(value=message_type),
            second.with_changes(value=new),
            *map(_named_priority, rest),
        ]
        assert isinstance(updated_node.func, cst.Attribute)
        function = updated_node.func.with_changes(attr=cst.Name("publish_message"))
        call = updated_node.with_changes(func=function, args=arguments)
        return cst.Await(call) if self.order.data["await"] else call

    def _argument(self, arguments: Sequence[cst.Arg], index: int) -> cst.Arg:
        name = self.order.data["parameters"][index]
        for argument in arguments:
            if argument.keyword is not None and argument.keyword.value == name:
                return argument
        return arguments[index]

    def _in_order(self, arguments: Sequence[cst.Arg], topic: cst.Arg, payload: cst.Arg) -> list[cst.Arg]:
        """Type and payload are positional and come first; commas and white space stay at their places."""
        moved = [a for a in arguments if a is not topic and a is not payload]
        plain = {"keyword": None, "equal": cst.MaybeSentinel.DEFAULT}
        wanted = [topic.with_changes(**plain), payload.with_changes(**plain), *moved]
        return [
            argument.with_changes(comma=at.comma, whitespace_after_arg=at.whitespace_after_arg)
            for argument, at in zip(wanted, arguments, strict=True)
        ]


def _unwrapped(text: cst.BaseExpression) -> cst.BaseExpression:
    """The mapping in `json.dumps(mapping)`."""
    return cst.ensure_type(text, cst.Call).args[0].value


def _named_priority(argument: cst.Arg) -> cst.Arg:
    if argument.keyword is not None:
        return argument
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return argument.with_changes(keyword=cst.Name("priority"), equal=equal)


LOOSE = cst.IfExp | cst.BooleanOperation | cst.Comparison | cst.UnaryOperation | cst.Lambda | cst.NamedExpr
"""What needs parentheses behind `**`."""


def _spread(payload: cst.BaseExpression, topic: cst.BaseExpression, quote: str, first: bool) -> cst.Dict:
    if isinstance(payload, LOOSE) and not payload.lpar:
        payload = payload.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    both = [cst.StarredDictElement(payload), _element(topic, quote)]
    one, other = reversed(both) if first else both
    return cst.Dict([one.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))), other])


def _element(topic: cst.BaseExpression, quote: str) -> cst.DictElement:
    return cst.DictElement(cst.SimpleString(f"{quote}{TOPIC_KEY}{quote}"), topic)


def _with_topic(payload: cst.Dict, topic: cst.BaseExpression, quote: str, first: bool) -> cst.Dict:
    """The mapping with one more element, laid out like the others.

    It stands at the end; but where the payload's values are computed by calls it stands first, so that the topic is
    still evaluated before them.
    """
    element = _element(topic, quote)
    own = next((each for each in payload.elements if _is_own_topic(each)), None)
    if own is not None and not first:  # a person has said that the topic takes its place
        return payload.with_deep_changes(own, value=topic)
    payload = payload if own is None else _without(payload, own)
    if not payload.elements:
        return payload.with_changes(elements=[element])
    if first:
        comma = cst.Comma(whitespace_after=_like(cst.SimpleWhitespace(""), _gap(payload)))
        return payload.with_changes(elements=[element.with_changes(comma=comma), *payload.elements])
    *others, last = payload.elements
    gap, closing = _gap(payload), payload.rbrace.whitespace_before
    trailing = isinstance(last.comma, cst.Comma)
    last = last.with_changes(comma=cst.Comma(whitespace_after=_like(closing, gap)))
    if trailing:
        element = element.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace("")))
    rbrace = payload.rbrace.with_changes(whitespace_before=_like(cst.SimpleWhitespace(""), closing))
    return payload.with_changes(elements=[*others, last, element], rbrace=rbrace)


def _is_own_topic(element: cst.BaseDictElement) -> bool:
    key = element.key if isinstance(element, cst.DictElement) else None
    return isinstance(key, cst.SimpleString) and key.evaluated_value == TOPIC_KEY


def _without(payload: cst.Dict, own: cst.BaseDictElement) -> cst.Dict:
    left = [each for each in payload.elements if each is not own]
    if left and own is payload.elements[-1]:
        left[-1] = left[-1].with_changes(comma=own.comma)
    return payload.with_changes(elements=left)


def _gap(payload: cst.Dict) -> cst.BaseParenthesizableWhitespace:
    """The white space between two elements."""
    if len(payload.elements) > 1 and isinstance(comma := payload.elements[-2].comma, cst.Comma):
        return comma.whitespace_after
    opening = payload.lbrace.whitespace_after
    return opening if isinstance(opening, cst.ParenthesizedWhitespace) else cst.SimpleWhitespace(" ")


def _like(
    comments: cst.BaseParenthesizableWhitespace, layout: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """White space with the line break and indentation of `layout` and the comments of `comments`."""
    if not isinstance(layout, cst.ParenthesizedWhitespace):
        return comments if _has_comment(comments) else layout
    if not isinstance(comments, cst.ParenthesizedWhitespace):
        return layout.with_changes(first_line=cst.TrailingWhitespace(newline=layout.first_line.newline), empty_lines=[])
    return layout.with_changes(first_line=comments.first_line, empty_lines=comments.empty_lines)


def _has_comment(space: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace) and space.first_line.comment is not None


PUBLISH = WRAPPER.format(host="redis").replace(
    "import BufferedMessageBusClient, MessageBusConfig", "import BufferedMessageBusClient, MessageBusConfig{names}"
)
TELL = "\n    async def tell(self, s, qty, payload):\n        await self.bus.{call}\n"
BEFORE = PUBLISH.replace("{names}", ", MessagePriority") + TELL
PLAIN = PUBLISH.replace("{names}", "") + TELL
AFTER = """\
from dual_messagebus_client import {names}


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus

    async def tell(self, s, qty, payload):
        await self.bus.{call}
"""

codemod = Codemod(
    name="publishing",
    summary="a publish names its message type, and the topic travels in the payload",
    review="read",
    transformer=PublishTransformer,
    examples=(
        Example(
            "a priority and an f-string topic",
            before=BEFORE.replace(
                "{call}", 'publish(f"portfolio.update.{s}", {"s": s, "qty": qty}, priority=MessagePriority.HIGH)'
            ),
            after=AFTER.replace("{names}", "EngineType, MessagePriority, MessageType, get_dual_bus_client").replace(
                "{call}",
                "publish_message(\n            MessageType.PORTFOLIO_UPDATE,\n"
                '            {"s": s, "qty": qty, "topic": f"portfolio.update.{s}"},\n'
                "            priority=MessagePriority.HIGH,\n        )",
            ),
        ),
        Example(
            "keywords in any order",
            before=PLAIN.replace("{call}", 'publish(payload={}, topic="portfolio.update.all")'),
            after=AFTER.replace("{names}", "EngineType, MessageType, get_dual_bus_client").replace(
                "{call}",
                "publish_message(\n"
                '            MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.all"}\n        )',
            ),
        ),
        Example(
            "a topic without a route",
            before=PLAIN.replace("{call}", 'publish("sig.x", {"s": s})'),
            after=None,
            says="which message type replaces the topic `sig.x`?",
        ),
        Example(
            "a topic that is only known at run time",
            before=PLAIN.replace("{call}", 'publish(s, {"s": s})'),
            after=None,
            says="which topics does `s` hold?",
        ),
        Example(
            "a payload with a topic of its own",
            before=PLAIN.replace("{call}", 'publish("portfolio.update.x", {"topic": s})'),
            after=None,
            says="carry the topic",
        ),
        Example(
            "a payload whose keys are not known",
            before=PLAIN.replace("{call}", 'publish("portfolio.update.x", payload)'),
            after=None,
            says="carry the topic",
        ),
        Example(
            "a payload that is JSON text",
            before="import json\n\n" + PLAIN.replace("{call}", 'publish("portfolio.update.x", json.dumps({"s": s}))'),
            after=AFTER.replace("{names}", "EngineType, MessageType, get_dual_bus_client").replace(
                "{call}",
                "publish_message(\n"
                '            MessageType.PORTFOLIO_UPDATE, {"s": s, "topic": "portfolio.update.x"}\n        )',
            ),
        ),
        Example(
            "a payload that an encoder of one's own made a text",
            before="import json\n\n"
            + PLAIN.replace("{call}", 'publish("portfolio.update.x", json.dumps({"s": s}, default=str))'),
            after=None,
            says="JSON text already",
        ),
        Example(
            "a keyword that the target does not take",
            before=PLAIN.replace("{call}", 'publish("portfolio.update.x", {"s": s}, ttl=5)'),
            after=None,
            says="`ttl` has no counterpart",
        ),
    ),
)
