"""What becomes async for several uses and clients at once, and what goes back when one of them stays."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, SERVICE, WRAPPER, change, change_texts, line_of, text_after, texts_of

from codemods.model import Change, Verdict

TWO = """\
import redis


class Engine:
    async def start(self):
        self.ticks = redis.Redis(decode_responses=True)
        self.orders = redis.Redis(decode_responses=True)

    def tell(self):
        self.ticks.xadd("raw-ticks", {"a": "1"})
        self.orders.xadd("client-orders", {"a": "1"})

    def count(self):
        return self.orders.xlen("client-orders")

    async def work(self):
        self.tell()
        return self.count()
"""


def holding(result: Change) -> list[tuple[int, Verdict, str]]:
    """The sites that hold their clients."""
    kept = (Verdict.REWRITE, Verdict.KEEP)
    return [(s.line, s.verdict, s.reason) for s in result.sites if s.verdict not in kept and s.held_by is None]


def test_a_function_of_two_clients_becomes_async_once() -> None:
    after = text_after(change(TWO), TWO)
    assert after.count("async def tell") == after.count("await self.tell()") == 1
    assert "        return await self.count()\n" in after
    assert "async async" not in after


def test_what_one_client_needs_stays_async_when_the_other_is_held() -> None:
    text = TWO.replace("redis.Redis(decode_responses=True)\n\n    def tell", 'redis.Redis(host="far")\n\n    def tell')
    after = text_after(change(text), text)
    assert '        await self.ticks.marketdata_client.xadd("raw-ticks", {"a": "1"})\n' in after
    assert '        self.orders.xadd("client-orders", {"a": "1"})\n' in after
    assert "        await self.tell()\n        return self.count()\n" in after
    assert "    def count(self):\n" in after


def test_what_only_a_held_client_needs_stays_plain() -> None:
    text = TWO.replace("xlen(", "xnone(")
    after = text_after(change(text), text)
    assert ("async def tell" in after, "async def count" in after) == (True, False)


MIXINS = {
    "a mixin": (
        "class Rest:\n    pass\n\n\nclass Base:\n    def work_twice(self):\n        return self.count(), self.tell()\n"
    ),
    "a mixin of what another one has": (
        "class Rest:\n    def more(self):\n        return self.count(), self.tell()\n\n\n"
        "class Base:\n    def work_twice(self):\n        return self.more()\n"
    ),
}


@pytest.mark.parametrize("name", MIXINS)
def test_what_a_mixin_calls_on_itself_is_awaited_there(name: str) -> None:
    text = TWO.replace("class Engine:", f"{MIXINS[name]}\n\nclass Engine(Base, Rest):").replace(
        "        return self.count()\n", "        return self.count(), self.work_twice()\n"
    )
    after = text_after(change(text), text)
    assert "        return await self.count(), await self.tell()\n" in after
    assert "        return await self.count(), await self.work_twice()\n" in after
    assert ("return await self.more()" in after) == ("def more" in text)


HANDLER = """\
import redis
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    async def start(self):
        self.link = redis.Redis(decode_responses=True)
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)  # there

    def on_price(self, message):
        self.link.xadd("raw-ticks", {"price": str(message.payload["price"])})  # here
"""


def test_a_plain_handler_that_becomes_async_awaits_a_raw_client_too() -> None:
    result = change(HANDLER)
    assert holding(result) == []
    assert (
        '        await self.link.marketdata_client.xadd("raw-ticks", {"price": str(payload["price"])})  # here\n'
        in text_after(result, HANDLER)
    )


def test_a_plain_handler_whose_subscription_stays_holds_the_raw_client() -> None:
    text = HANDLER.replace("market.data.*", "weather.*")
    result = change(text)
    there, here = (line_of(text, mark) for mark in ("there", "here"))
    reason = f"its function is the handler of a subscription that stays, at {SERVICE}:{there}"
    assert (here, Verdict.REFUSE, reason) in holding(result)
    assert dict(result.texts) == {}


SYNCHRONOUS = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        self.bus.start()
        self.bus.subscribe("market.data.*", self.on_price)

    def on_price(self, message):
        self.bus.publish("portfolio.update.x", {"a": "1"})

    def tell(self):
        if not self.bus.publish("portfolio.update.y", {}):
            print("lost")

    def stop(self):
        self.bus.stop()


def main():
    engine = Engine()
    engine.start()
    engine.tell()
    engine.stop()


if __name__ == "__main__":
    main()
"""


def test_a_wrapper_without_coroutines_is_awaited_up_to_the_entry() -> None:
    texts = texts_of(SYNCHRONOUS)
    for name in ("start", "stop", "publish", "subscribe"):
        texts[WRAPPER] = texts[WRAPPER].replace(f"async def {name}(".encode(), f"def {name}(".encode())
    result = change_texts(texts)
    after = text_after(result, SYNCHRONOUS)
    assert holding(result) == []
    for line in (
        "        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n",
        "        await self.bus.publish_message(\n",
        "        if not await self.bus.publish_message(\n",
        "        await self.bus.close()\n",
        "    await engine.start()\n    await engine.tell()\n    await engine.stop()\n",
        "    asyncio.run(main())\n",
    ):
        assert line in after


PUBLISHER = """\
import redis


class Teller:
    def connect(self):
        self.link = redis.Redis(decode_responses=True)

    def tell(self, symbol: str):
        self.link.xadd("feature-vectors", {"symbol": symbol})


def main():
    teller = Teller()
    teller.connect()
    teller.tell("A")


if __name__ == "__main__":
    main()
"""
CONSUMER = """\
import asyncio

import redis.asyncio as redis


class Engine:
    async def start(self):
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        try:
            await self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)
        except redis.ResponseError:
            pass
        self.task = asyncio.create_task(self.consume())

    async def consume(self):
        while True:
            entries = await self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, count=20, block=500)
            for _, messages in entries:
                for message_id, fields in messages:
                    await self.handle(fields)
                    await self.redis.xack("feature-vectors", "g", message_id)

    async def handle(self, fields):
        print(fields["symbol"])
"""


def test_a_canonical_publisher_in_plain_functions_becomes_a_message() -> None:
    after = text_after(change(PUBLISHER, consumer=CONSUMER), PUBLISHER)
    assert "    async def tell(self, symbol: str):\n        await self.link.publish_message(MessageType.GPU" in after
    assert '    await teller.tell("A")\n' in after


ROUTE = """\
import redis
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")
def start():
    app.state.link = redis.Redis(decode_responses=True)


@app.get("/length")
def length():
    return app.state.link.xlen("raw-ticks")
"""


def test_a_route_that_leaves_its_thread_is_told() -> None:
    text = "`length` ran in a thread for each request, and runs on the event loop now: what blocks in it holds up all"
    assert [note for note in change(ROUTE).notes if "thread" in note] == [f"{SERVICE}:13: {text}"]


def test_a_caller_in_a_file_that_names_no_client_is_found_and_awaits() -> None:
    worker = "from service import Engine\n\n\nasync def go():\n    return Engine().count()\n"
    result = change(TWO, worker=worker)
    assert result.texts[f"{FOLDER}/worker.py"].decode() == worker.replace("return Engine", "return await Engine")


def test_a_caller_of_another_engine_holds_the_client() -> None:
    texts = texts_of(TWO)
    other = "from engines.portfolio.service import Engine\n\n\nasync def go():\n    return Engine().count()\n"
    result = change_texts({**texts, "backend/engines/risk/service.py": other.encode()})
    ((_, verdict, reason),) = holding(result)
    assert verdict is Verdict.REFUSE
    assert reason.endswith(
        "`count` is called at backend/engines/risk/service.py:5, which belongs to no path of portfolio"
    )


LATER = (
    ROUTE.replace("import FastAPI", "import BackgroundTasks, FastAPI").replace(
        "def length():\n    return", "def length(later: BackgroundTasks):\n    later.add_task(tell)\n    return"
    )
    + '\n\ndef tell():\n    app.state.link.xadd("raw-ticks", {"a": "b"})\n'
)


def test_a_background_task_may_become_a_coroutine() -> None:
    after = text_after(change(LATER), LATER)
    assert "    later.add_task(tell)\n    return await app.state.link" in after
    assert after.endswith(
        'async def tell():\n    await app.state.link.marketdata_client.xadd("raw-ticks", {"a": "b"})\n'
    )


@pytest.mark.parametrize("queue", ["later: Queue", "later", "later: BackgroundTasks | Queue"])
def test_a_task_of_a_queue_that_nobody_knows_holds_the_client(queue: str) -> None:
    text = LATER.replace("later: BackgroundTasks)", f"{queue})")
    line = text[: text.index("later.add_task")].count("\n") + 1
    held = holding(change(text))
    assert {verdict for _, verdict, _ in held} == {Verdict.REFUSE}
    assert any(reason.endswith(f"`tell` is handed on at {SERVICE}:{line}") for _, _, reason in held)
