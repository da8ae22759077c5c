"""Which consumer loops and which `xadd` become messages, and which keep their commands."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, SERVICE, assert_moves, change, settings, slug, text_after

from codemods.loops import CONSUMER
from codemods.model import Change, StreamEnd
from migrator.streams import decide_modes


def mode_of(text: str) -> str:
    """How the stream of this engine moves."""
    ends = change(text).ends
    return decide_modes(ends, settings(), {"portfolio"})["feature-vectors"].mode


def canonical(result: Change, role: str) -> bool:
    """Whether the one end of this role could become messages."""
    (end,) = (end for end in result.ends if end.role == role)
    return end.canonical


TRY = """\
        try:
            await self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
"""
CREATE = 'self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)'
READ = 'await self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, count=20, block=500)'
START = "self.task = asyncio.create_task(self.consume())"
OUTER = "            for _, messages in entries:\n"
INNER = "                for message_id, fields in messages:\n"
HANDLE = "                    await self.handle(fields)\n"
ACK = '                    await self.redis.xack("feature-vectors", "g", message_id)\n'
BODY = OUTER + INNER + HANDLE + ACK
STOP = "        self.task.cancel()\n"


def test_the_pieces_of_these_tests_are_pieces_of_the_canonical_consumer() -> None:
    assert [CONSUMER.count(piece) for piece in (TRY, CREATE, READ, START, OUTER, INNER, HANDLE, ACK, STOP)] == [1] * 9


SAME = {
    "a loop on True": ("while self.running:", "while True:"),
    "a docstring": ("    async def consume(self):\n", '    async def consume(self):\n        """Read."""\n'),
    "a handler that is not awaited": ("await self.handle(fields)", "self.handle(fields)"),
    "a group whose existence is passed over": (
        TRY[TRY.index("        except") :],
        "        except redis.ResponseError:\n            pass\n",
    ),
    "a group at the number 0": ('"g", id="0", mkstream', '"g", id=0, mkstream'),
    "a group at a position": ('"g", id="0", mkstream', '"g", "0-0", mkstream'),
    "a task that nothing holds": (START, "asyncio.create_task(self.consume())"),
    "a task with a name": ("create_task(self.consume())", 'create_task(self.consume(), name=f"consumer of {self}")'),
    "a task of the running loop": ("asyncio.create_task", "asyncio.get_running_loop().create_task"),
    "a task by its older name": ("create_task", "ensure_future"),
    "a task that is set to None after its end": (STOP, STOP + "        self.task = None\n"),
    "fields that are called message": ("fields", "message"),
    "a reply that may be nothing": ("for _, messages in entries:", "for _, messages in entries or []:"),
    "a reply that is looked at first": (OUTER, f"            if not entries:\n                continue\n{OUTER}"),
    "a read by keywords": (
        '"g", "c", {"feature-vectors": ">"}',
        'groupname="g", consumername="c", streams={"feature-vectors": ">"}',
    ),
    "a loop until an event is set": ("while self.running:", "while not self.closing.is_set():"),
    "a handler call over two lines": ("self.handle(fields)", "self.handle(\n                        fields)"),
    "a reply that is looped over at once": (
        f"            entries = {READ}\n{OUTER}",
        f"            for _, messages in {READ}:\n",
    ),
    "a reply that is looped over at once, if there is one": (
        f"            entries = {READ}\n{OUTER}",
        f"            for _, messages in {READ} or []:\n",
    ),
    "a reply that is waited for": (
        OUTER,
        f"            if not entries:\n                await asyncio.sleep(0.1)\n                continue\n{OUTER}",
    ),
}


@pytest.mark.parametrize("name", SAME, ids=slug)
def test_a_canonical_consumer_becomes_a_subscription(name: str) -> None:
    old, new = SAME[name]
    text = CONSUMER.replace(old, new)
    if name == "a task that nothing holds":
        text = text.replace("        self.task = None\n", "").replace(STOP, "")
    assert text != CONSUMER
    result = change(text)
    after = text_after(result, text)
    assert "subscribe_to_engine_logic([MessageType.GPU_COMPUTATION], self.consume)" in after
    assert [
        word for word in ("xreadgroup", "xack", "xgroup_create", "redis.asyncio", "while", "asyncio") if word in after
    ] == []
    assert_moves(result)


OTHER_SHAPES = {
    "an else after the loop": (ACK, ACK + "        else:\n            pass\n"),
    "a loop on a call": ("while self.running:", "while self.is_running():"),
    "something before the loop": (
        "        while self.running:",
        "        await asyncio.sleep(1)\n        while self.running:",
    ),
    "something after the messages": (ACK, ACK + "            await asyncio.sleep(0)\n"),
    "an acknowledgement before the handler": (HANDLE + ACK, ACK + HANDLE),
    "no acknowledgement": (ACK, "                    print(fields)\n"),
    "an acknowledgement of something else": ('"g", message_id)', '"g", fields)'),
    "an acknowledgement of several": ('"g", message_id)', '"g", message_id, message_id)'),
    "an acknowledgement by name": ('"g", message_id)', '"g", *[message_id])'),
    "another command after the handler": (
        'redis.xack("feature-vectors", "g", message_id)',
        'redis.xlen("feature-vectors")',
    ),
    "a handler that is given the id": ("self.handle(fields)", "self.handle(message_id, fields)"),
    "a handler that is given nothing": ("self.handle(fields)", "self.handle()"),
    "a handler whose result is kept": ("await self.handle(fields)", "self.last = await self.handle(fields)"),
    "something between the loops": (INNER, "                print(messages)\n" + INNER),
    "a loop with an else": (ACK, ACK + "                else:\n                    pass\n"),
    "a loop over something else": ("for _, messages in entries:", "for _, messages in entries or self.late:"),
    "something else between the read and the loops": (OUTER, f"            if not fields: continue\n{OUTER}"),
    "one target": (INNER, INNER.replace("message_id, fields", "message_id")),
    "a target that is no name": (INNER, INNER.replace("message_id, fields", "message_id, self.fields")),
    "three targets": (INNER, INNER.replace("message_id, fields", "message_id, fields, more")),
    "a reply kept by an attribute": ("entries", "self.entries"),
    "a reply with two names": ("entries = await", "entries = last = await"),
    "a reply that is used at once": (
        f"            entries = {READ}\n{OUTER}",
        f"            print(1)\n            for _, messages in {READ}:\n",
    ),
    "entries that were delivered before": ('{"feature-vectors": ">"}', '{"feature-vectors": "0"}'),
    "streams in a mapping": ('{"feature-vectors": ">"}', "STREAMS"),
    "a read without acknowledgement": ("count=20, block=500", "count=20, block=500, noack=True"),
    "a parameter": ("async def consume(self):", "async def consume(self, more=1):"),
    "a decorator": ("    async def consume(self):", "    @traced\n    async def consume(self):"),
    "a coroutine that is awaited": (START, "await self.consume()"),
    "a coroutine in a task group": (START, "self.group.create_task(self.consume())"),
    "a task in a context": ("create_task(self.consume())", "create_task(self.consume(), context=self.context)"),
    "a task with a name that is worked out": (
        "create_task(self.consume())",
        "create_task(self.consume(), name=self.name())",
    ),
    "a task in a list": (START, "self.tasks[0] = asyncio.create_task(self.consume())"),
    "a task that is returned": (START, "return asyncio.create_task(self.consume())"),
    "a task that shares its line": (START, f"{START}; print(1)"),
    "a task that is awaited": (STOP, STOP + "        await self.task\n"),
    "a task that is made twice": (START, f"{START}\n        {START}"),
    "a coroutine that is handed on": (START, f"{START}\n        self.again = self.consume"),
    "a group without a guard": (TRY, f"        await {CREATE}\n"),
    "a group at the end": ('id="0"', 'id="$"'),
    "a group at a default": (', id="0"', ""),
    "a guard with an else": (TRY, TRY + "        else:\n            pass\n"),
    "a guard with a finally": (TRY, TRY + "        finally:\n            pass\n"),
    "a guard of more": (f"await {CREATE}", f"await {CREATE}\n            await asyncio.sleep(0)"),
    "a guard against everything": ("except redis.ResponseError as error:", "except Exception as error:"),
    "a bare guard": (TRY, f"        try:\n            await {CREATE}\n        except:\n            pass\n"),
    "a guard that does more": ("                raise\n", "                raise\n            print(error)\n"),
    "a guard that does something else": ("                raise\n", "                print(error)\n"),
    "a guard with another exit": (
        "                raise\n",
        "                raise\n            else:\n                pass\n",
    ),
    "a guard that looks for something else": ('"BUSYGROUP"', '"WRONGTYPE"'),
    "a guard that prints": (
        '            if "BUSYGROUP" not in str(error):\n                raise\n',
        "            print(error)\n",
    ),
    "a group of another stream": (CREATE, CREATE.replace("feature-vectors", "factor-values")),
}


@pytest.mark.parametrize("name", OTHER_SHAPES, ids=slug)
def test_any_other_consumer_keeps_its_loop_and_is_routed(name: str) -> None:
    old, new = OTHER_SHAPES[name]
    text = CONSUMER.replace(old, new)
    if name == "streams in a mapping":
        text = text.replace("\n\n\nclass", '\n\nSTREAMS = {"feature-vectors": ">"}\n\n\nclass')
    assert text != CONSUMER
    result = change(text)
    after = text_after(result, text)
    assert "self.redis.engine_logic_client.xreadgroup(" in after
    assert (canonical(result, "consume"), canonical(result, "publish")) == (False, True)
    assert "MessageType" not in after
    assert result.faults == ()


XADD = 'self.redis.xadd("feature-vectors", {"symbol": symbol, "source": "me"})'
TEXTS = {
    "an f-string": '{"symbol": f"{symbol}!"}',
    "a text of something": '{"symbol": str(self.count)}',
    "JSON": '{"symbol": json.dumps(self.all)}',
    "a method of a text": '{"symbol": symbol.upper()}',
    "a choice of texts": '{"symbol": symbol if symbol else "none"}',
}
NOT_TEXTS = {
    "a number": '{"symbol": 5}',
    "an attribute": '{"symbol": self.symbol}',
    "a method of something": '{"symbol": self.symbol.upper()}',
    "a choice with a number": '{"symbol": symbol if symbol else 5}',
    "a key that is computed": '{symbol: "a"}',
    "a spread": "{**self.fields}",
    "a mapping of elsewhere": "self.fields",
    "an own id": '{"symbol": symbol}, "1-1"',
    "a limit": '{"symbol": symbol}, maxlen=10',
    "a global": '{"symbol": SYMBOL}',
}


@pytest.mark.parametrize("name", TEXTS, ids=slug)
def test_an_xadd_of_text_becomes_a_message(name: str) -> None:
    text = CONSUMER.replace(XADD, f'self.redis.xadd("feature-vectors", {TEXTS[name]})')
    after = text_after(change(text), text)
    assert f"MessageType.GPU_COMPUTATION, {TEXTS[name]}" in after
    assert "xadd" not in after


@pytest.mark.parametrize("name", NOT_TEXTS, ids=slug)
def test_an_xadd_of_anything_else_keeps_the_stream_routed(name: str) -> None:
    text = CONSUMER.replace(XADD, f'self.redis.xadd("feature-vectors", {NOT_TEXTS[name]})')
    text = text.replace("\n\n\nclass", '\n\nSYMBOL = "a"\n\n\nclass')
    result = change(text)
    assert (canonical(result, "consume"), canonical(result, "publish")) == (True, False)
    after = text_after(result, text)
    assert f'await self.redis.engine_logic_client.xadd("feature-vectors", {NOT_TEXTS[name]})\n' in after
    assert "self.redis.engine_logic_client.xreadgroup(" in after


PARAMETERS = {
    "a parameter without an annotation": ("symbol: str", "symbol"),
    "a parameter of another type": ("symbol: str", "symbol: int"),
    "a parameter that is bound again": (
        "async def tell(self, symbol: str):\n",
        "async def tell(self, symbol: str):\n        symbol = 5\n",
    ),
}


@pytest.mark.parametrize("name", PARAMETERS, ids=slug)
def test_a_parameter_is_text_only_where_that_is_certain(name: str) -> None:
    result = change(CONSUMER.replace(*PARAMETERS[name]))
    assert canonical(result, "publish") is False


def test_an_xadd_whose_id_is_used_keeps_the_stream_routed() -> None:
    assert canonical(change(CONSUMER.replace(f"await {XADD}", f"return await {XADD}")), "publish") is False


def test_a_canonical_end_of_a_stream_with_a_bus_alone_is_routed() -> None:
    text = CONSUMER.replace("feature-vectors", "factor-values")
    result = change(text)
    assert [end.canonical for end in result.ends if end.role != "inspect"] == [False, False]
    assert "self.redis.engine_logic_client.xadd(" in text_after(result, text)


def test_the_ends_of_a_canonical_client_are_told() -> None:
    lines = {line.strip().split("(")[0]: number for number, line in enumerate(CONSUMER.split("\n"), 1)}
    read = lines["entries = await self.redis.xreadgroup"]
    told = lines["await self.redis.xadd"]
    assert sorted(change(CONSUMER).ends, key=lambda end: end.line) == [
        StreamEnd("feature-vectors", "consume", "stream", "portfolio", SERVICE, read, True, ""),
        StreamEnd("feature-vectors", "publish", "stream", "portfolio", SERVICE, told, True, ""),
    ]


def test_a_flag_that_something_else_reads_stays() -> None:
    text = CONSUMER + "\n    def health(self):\n        return self.running\n"
    after = text_after(change(text), text)
    assert after.count("self.running") == text.count("self.running") - 1
    assert "while" not in after


@pytest.mark.parametrize(
    "written",
    ["self.running = self.wanted()", "self.running = self.on = False", "self.running = False; print(1)"],
)
def test_a_flag_that_is_set_with_more_stays(written: str) -> None:
    text = CONSUMER.replace(
        "self.running = False\n        self.task.cancel()", f"{written}\n        self.task.cancel()"
    )
    after = text_after(change(text), text)
    assert written in after
    assert "while" not in after


def test_a_flag_that_another_file_reads_stays() -> None:
    result = change(CONSUMER, main="from service import Engine\n\nengine = Engine()\nprint(engine.running)\n")
    after = text_after(result, CONSUMER)
    assert after.count("self.running = ") == 3
    assert "while" not in after


def test_a_task_that_another_file_looks_at_keeps_its_loop() -> None:
    result = change(CONSUMER, main="from service import Engine\n\nengine = Engine()\nprint(engine.task)\n")
    assert canonical(result, "consume") is False


def test_a_loop_that_a_subclass_overrides_is_kept() -> None:
    text = CONSUMER + "\n\nclass Second(Engine):\n    async def consume(self):\n        print(self.redis)\n"
    assert canonical(change(text), "consume") is False


def test_a_coroutine_that_another_file_starts_keeps_its_loop() -> None:
    text = CONSUMER.replace(f"        {START}\n", "").replace(STOP, "")
    main = (
        "import asyncio\n\nfrom service import Engine\n\n# redis\nengine = Engine()\n"
        "task = asyncio.ensure_future(engine.consume())\n"
    )
    result = change(text, main=main)
    assert canonical(result, "consume") is False
    assert f"{FOLDER}/main.py" not in result.texts


def test_a_synchronous_publisher_awaits_its_message() -> None:
    text = (
        "import redis\n\n\nclass Teller:\n    async def start(self):\n"
        '        self.redis = redis.Redis(host="localhost", decode_responses=True)\n\n'
        '    async def tell(self, symbol: str):\n        self.redis.xadd("feature-vectors", {"symbol": symbol})\n'
    )
    # its consumer is the other file
    result = change(text, consumer=CONSUMER.replace("        await self.redis.aclose()\n", "        pass\n"))
    after = text_after(result, text)
    assert "        await self.redis.publish_message(\n" in after
    assert "xadd" not in after


def test_a_split_client_publishes_through_the_bus_beside_it() -> None:
    text = CONSUMER + '\n    async def keep(self):\n        await self.redis.set("last", "x")\n'
    after = text_after(change(text), text)
    assert "await self.bus.publish_message(MessageType.GPU_COMPUTATION, " in after
    assert "await self.bus.subscribe_to_engine_logic([MessageType.GPU_COMPUTATION], self.consume)\n" in after
    assert 'await self.redis.set("last", "x")\n' in after
