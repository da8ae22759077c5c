"""A canonical consumer loop becomes the handler of a subscription, a canonical `xadd` a `publish_message`.

Only where every producer and every consumer of the stream, in all engines, can move: the wire format changes.
What a loop does about failures goes where it logs, waits and reads again, as the target does; around the handler call
it stays, and raises again, so that what failed is not acknowledged.
Not touched: loops that do more than read, handle and acknowledge; these keep their loop and are routed.
"""

from __future__ import annotations

from typing import Any, cast

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer

MESSAGE = "dict[str, str]"
"""What a handler is given, where its file says such things."""


class LoopTransformer(Transformer):
    """Turns the parts of a canonical consumer, and a canonical publisher, to messages."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        command = updated_node.func
        assert isinstance(command, cst.Attribute)
        client, bus = command.value, self.order.data["bus"]
        if bus is not None:
            client = client.with_changes(attr=cst.Name(bus)) if isinstance(client, cst.Attribute) else cst.Name(bus)
        function = command.with_changes(value=client, attr=cst.Name("publish_message"))
        message_type = self.expression(f"{self.local('MessageType')}.{self.order.data['message_type']}")
        first, *rest = updated_node.args
        return updated_node.with_changes(func=function, args=[first.with_changes(value=message_type), *rest])

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> Statements:
        if self.order.data.get("remove"):
            return cst.RemoveFromParent()
        parameters = updated_node.params
        kind = cst.Annotation(self.expression(MESSAGE)) if updated_node.returns is not None else None
        new = cst.Param(cst.Name(self.order.data["parameter"]), annotation=kind)
        return updated_node.with_changes(params=parameters.with_changes(params=[*parameters.params, new]))

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> Statements:
        data = self.order.data
        message_type = f"{self.local('MessageType')}.{data['message_type']}.{data['type_text']}"
        code = (
            f'if {data["message"]}["message_type"] != {message_type}:\n    return\n'
            f'{data["fields"]} = {self.local("json")}.loads({data["message"]}["payload"])'
        )
        return cst.FlattenSentinel([*self.statements(code), *self._handling(updated_node)])

    def _handling(self, loop: cst.While) -> list[cst.BaseStatement]:
        """What the loop does with one message, with those clauses around it that stay."""
        data, turn = self.order.data, cast(Any, loop.body.body[-1])
        whole = turn if isinstance(turn, cst.Try) else None
        streams: Any = whole.body.body[-1] if whole is not None else turn
        of_each = streams.body.body[-1].body.body
        handled, call = list(of_each[: data["lead"]]), of_each[data["lead"]]
        if isinstance(call, cst.Try):
            inner = list(call.body.body[: data["inner"]])
            handlers = [_raising(h) if n in data["raises"] else h for n, h in enumerate(call.handlers)]
            handled += [_tried(call, handlers, inner)] if data["tried"] else inner
        else:
            handled.append(call)
        around = [_raising(whole.handlers[number]) for number in data["around"]] if whole is not None else []
        return [_tried(whole, around, handled)] if whole is not None and around else handled

    def statement(self, node: Any) -> Statements:
        data = self.order.data
        message_type = f"{self.local('MessageType')}.{data['subscribe']}"
        code = f"await {data['receiver']}.subscribe_to_{data['bus']}([{message_type}], {data['handler']})"
        return self.statements(code)[0].with_changes(trailing_whitespace=node.trailing_whitespace)


def _tried(node: cst.Try, handlers: list[cst.ExceptHandler], inner: list[Any]) -> cst.Try:
    """A `try` around these statements alone, with these clauses."""
    return node.with_changes(body=node.body.with_changes(body=inner), handlers=handlers, orelse=None)


def _raising(handler: cst.ExceptHandler) -> cst.ExceptHandler:
    """A clause that raises again at its end, in the place of whatever let the loop go on."""
    *first, last = handler.body.body
    simple = last.body[0] if isinstance(last, cst.SimpleStatementLine) else None
    again = cst.SimpleStatementLine([cst.Raise()])
    if isinstance(last, cst.SimpleStatementLine) and isinstance(simple, cst.Continue | cst.Pass):
        again = last.with_changes(body=[cst.Raise()])
    else:
        first = [*first, last]
    return handler.with_changes(body=handler.body.with_changes(body=[*first, again]))


CONSUMER = """\
import asyncio

import redis.asyncio as redis


class Engine:
    def __init__(self):
        self.redis = None
        self.task = None
        self.running = False

    async def start(self):
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        try:
            await self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self.running = True
        self.task = asyncio.create_task(self.consume())

    async def stop(self):
        self.running = False
        self.task.cancel()
        await self.redis.aclose()

    async def consume(self):
        while self.running:
            entries = await self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, count=20, block=500)
            for _, messages in entries:
                for message_id, fields in messages:
                    await self.handle(fields)
                    await self.redis.xack("feature-vectors", "g", message_id)

    async def handle(self, fields):
        print(fields["symbol"])

    async def tell(self, symbol: str):
        await self.redis.xadd("feature-vectors", {"symbol": symbol, "source": "me"})
"""
CREATE = '"feature-vectors", "g", id="0", mkstream=True'
READ = '"g", "c", {"feature-vectors": ">"}, count=20, block=500'

LOOP = CONSUMER[CONSUMER.index("            entries = ") : CONSUMER.index("    async def handle")]
CAREFUL = f"""\
            try:
{LOOP.rstrip().replace("            ", "                ")}
            except redis.ConnectionError:
                await asyncio.sleep(5)
            except Exception as error:
                print(f"failed: {{error}}")
                await asyncio.sleep(1)

"""

THREAD = """\
import threading

import redis


class Engine:
    def start(self):
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        threading.Thread(target=self.consume).start()

    def consume(self):
        while True:
            for _, messages in self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, block=500):
                for message_id, fields in messages:
                    print(fields)
                    self.redis.xack("feature-vectors", "g", message_id)
"""

MOVED = """\
import json

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.redis = None

    async def start(self):
        self.redis = await get_dual_bus_client(EngineType.PORTFOLIO)
        await self.redis.subscribe_to_engine_logic([MessageType.GPU_COMPUTATION], self.consume)

    async def stop(self):
        await self.redis.close()

    async def consume(self, message):
        if message["message_type"] != MessageType.GPU_COMPUTATION.value:
            return
        fields = json.loads(message["payload"])
        await self.handle(fields)

    async def handle(self, fields):
        print(fields["symbol"])

    async def tell(self, symbol: str):
        await self.redis.publish_message(MessageType.GPU_COMPUTATION, {"symbol": symbol, "source": "me"})
"""

codemod = Codemod(
    name="loops",
    summary="a canonical loop becomes a handler, where every end of its stream moves",
    review="think",
    transformer=LoopTransformer,
    examples=(
        Example(
            "both ends are canonical",
            before=CONSUMER,
            after=MOVED,
        ),
        Example(
            "a loop that goes on whatever fails",
            before=CONSUMER.replace(LOOP, CAREFUL),
            after="import asyncio\n"
            + MOVED.replace(
                "        await self.handle(fields)\n",
                "        try:\n            await self.handle(fields)\n        except Exception as error:\n"
                '            print(f"failed: {error}")\n            await asyncio.sleep(1)\n            raise\n',
            ),
        ),
        Example(
            "a handler that is given the id keeps its loop, and is routed",
            before=CONSUMER.replace("self.handle(fields)", "self.handle(message_id, fields)"),
            after=CONSUMER.replace("self.handle(fields)", "self.handle(message_id, fields)")
            .replace(
                "import redis.asyncio as redis\n",
                "import redis.asyncio as redis\n\nfrom dual_messagebus_client import EngineType, get_dual_bus_client\n",
            )
            .replace(
                'redis.Redis(host="localhost", port=6379, decode_responses=True)',
                "await get_dual_bus_client(EngineType.PORTFOLIO)",
            )
            .replace("self.redis.x", "self.redis.engine_logic_client.x")
            .replace(CREATE, f"\n                {CREATE}\n            ")
            .replace(READ, f"\n                {READ}\n            ")
            .replace("aclose", "close"),
        ),
        Example(
            "a loop in a thread",
            before=THREAD,
            after=None,
            says="nothing can be awaited in `consume`",
        ),
        Example(
            "a loop that waits longer than the target's socket",
            before=CONSUMER.replace("block=500", "block=60000"),
            after=None,
            says="the read may block for 60000 ms",
        ),
    ),
)
