"""Wrappers and targets recognised by their shape, whatever they are called."""

from __future__ import annotations

from textwrap import dedent

import pytest
from tinyplatform import platform_file

from codemods.reading.shapes import TargetShape, WrapperShape, find_target, find_wrapper
from codemods.reading.source import Source, read_source


def source(text: str) -> Source:
    return read_source("bus.py", dedent(text).encode())


def wrapper(text: str) -> WrapperShape:
    found = find_wrapper(source(text))
    assert found is not None
    return found


def test_the_sample_platforms_wrapper_is_read_whole() -> None:
    text = platform_file("enhanced_messagebus_client.py").decode()
    line = text.split("\n").index("class BufferedMessageBusClient:") + 1
    assert wrapper(text) == WrapperShape(
        path="bus.py",
        line=line,
        client=("BufferedMessageBusClient",),
        config=("MessageBusConfig", "EnhancedMessageBusConfig"),
        message=("BusMessage",),
        priority=("MessagePriority",),
        matching="glob",
        handler_errors="swallow",
        subscribes=True,
    )


def test_the_sample_platforms_target_is_a_target_and_no_wrapper() -> None:
    text = platform_file("dual_messagebus_client.py").decode()
    line = text.split("\n").index("class DualMessageBusClient:") + 1
    ports = {"marketdata": 6380, "engine_logic": 6381}
    assert find_target(source(text)) == TargetShape("bus.py", line, (), ports)
    assert find_wrapper(source(text)) is None


def test_a_target_of_other_names_says_what_it_lacks() -> None:
    text = """
        class TwoBuses:
            async def publish_message(self, message_type, payload): ...
            async def subscribe_to_marketdata(self, message_types, handler): ...
        """
    assert find_target(source(text)) == TargetShape("bus.py", 2, ("DualMessageBusClient", "get_dual_bus_client"), {})


NO_WRAPPERS = {
    "a class without Redis": """
        class Bus:
            async def publish(self, topic, payload): ...
        """,
    "a cache": """
        import redis

        class Cache:
            def __init__(self):
                self.redis = redis.Redis()

            def get(self, key):
                return self.redis.get(key)
        """,
    "an engine that publishes what it computes": """
        import redis

        class Engine:
            def __init__(self):
                self.redis = redis.Redis()

            def publish_margin_call(self, account, amount):
                self.redis.xadd("margin-calls", {"account": account, "amount": amount})
        """,
    "a publish that takes no topic": """
        import redis

        class Engine:
            def __init__(self):
                self.redis = redis.Redis()

            def publish(self, order):
                self.redis.xadd("orders", order)
        """,
    "a redis of the project's own": """
        from .redis import Redis

        class Bus:
            def __init__(self):
                self.redis = Redis()

            def publish(self, topic, payload): ...
        """,
}


@pytest.mark.parametrize("name", NO_WRAPPERS)
def test_what_is_no_wrapper(name: str) -> None:
    assert find_wrapper(source(NO_WRAPPERS[name])) is None


OTHER_NAMES = """
    import redis.asyncio as aioredis

    class Settings:
        url: str = "redis://localhost:6379"

    class EventHub:
        def __init__(self, options):
            self.options = options

        async def open_connection(self):
            self.redis = aioredis.from_url(self.options.url)

        async def shutdown(self):
            await self._leave()

        async def _leave(self):
            await self.redis.aclose()

        @property
        def connected(self):
            return self.redis is not None

        async def emit(self, event, body):
            await self._send(event, body)

        async def _send(self, event, body):
            await self.redis.publish(event, body)

        async def on(self, event, callback):
            self.callbacks[event] = callback

        async def replay(self, count):
            await self.redis.xread({"events": count})

        async def run(self):
            async for message in self.redis.pubsub().listen():
                callback = self.callbacks.get(message.event)
                await callback(message)
    """


def test_methods_of_other_names_are_known_by_what_they_take_and_call() -> None:
    assert wrapper(OTHER_NAMES) == WrapperShape(
        path="bus.py",
        line=7,
        client=("EventHub",),
        config=("Settings",),
        methods=(
            ("open_connection", "start"),
            ("shutdown", "stop"),
            ("connected", "connected"),
            ("emit", "publish"),
            ("on", "subscribe"),
        ),
        matching="exact",
        handler_errors="raise",
        subscribes=True,
        unclear=("replay", "run"),
    )


DISPATCH = """
    import redis

    class Message:
        topic: str

    class Bus:
        def __init__(self):
            self.redis = redis.Redis()
            self.handlers = {{}}

        async def subscribe(self, topic, handler):
            self.handlers.setdefault(topic, []).append(handler)

        async def read(self):
            try:
                await self.dispatch(Message())
            except redis.RedisError:
                pass

        async def dispatch(self, message):
            for pattern, handlers in self.handlers.items():
                if {condition}:
                    for handler in handlers:
                        {call}
    """

MATCHING = {
    "a prefix": ("message.topic.startswith(pattern)", "prefix"),
    "equality": ("pattern == message.topic", "exact"),
    "equality or a prefix": ("pattern == message.topic or message.topic.startswith(pattern)", "prefix"),
    "a glob": ("fnmatch.fnmatch(message.topic, pattern)", "glob"),
    "a constant prefix": ('message.topic.startswith("market.")', None),
    "a regular expression": ("re.match(pattern, message.topic)", None),
    "a function of its own": ("matches(pattern, message.topic)", None),
}


@pytest.mark.parametrize("name", MATCHING)
def test_how_topics_are_compared(name: str) -> None:
    condition, expected = MATCHING[name]
    found = wrapper(DISPATCH.format(condition=condition, call="await handler(message)"))
    assert found.matching == expected


ERRORS = {
    "nothing catches": ("await handler(message)", "raise"),
    "all is caught": (
        "try:\n    await handler(message)\nexcept Exception:\n    log()",
        "swallow",
    ),
    "all is caught, and raised again": (
        "try:\n    await handler(message)\nexcept (ValueError, Exception):\n    raise",
        "raise",
    ),
    "a bare except": ("try:\n    await handler(message)\nexcept:\n    log()", "swallow"),
    "some is caught": ("try:\n    await handler(message)\nexcept ValueError:\n    log()", "raise"),
    "it is called beside the try": ("try:\n    log()\nexcept Exception:\n    await handler(message)", "raise"),
    "a task of its own": ("asyncio.create_task(handler(message))", None),
    "no call that can be seen": ("await run(message, pattern)", None),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_becomes_of_what_a_handler_raises(name: str) -> None:
    call, expected = ERRORS[name]
    indented = call.replace("\n", "\n" + " " * 24)
    assert wrapper(DISPATCH.format(condition="pattern == topic", call=indented)).handler_errors == expected


def test_a_try_around_the_dispatch_swallows_too() -> None:
    text = DISPATCH.replace("redis.RedisError", "Exception")
    found = wrapper(text.format(condition="pattern == topic", call="await handler(message)"))
    assert found.handler_errors == "swallow"


def test_a_handlers_message_is_the_class_that_its_annotation_names() -> None:
    text = """
        from collections.abc import Awaitable, Callable
        from redis.asyncio import Redis

        class Message:
            topic: str

        class Bus:
            def __init__(self, client: Redis): ...
            async def subscribe(self, topic: str, handler: "Handler"): ...

        Handler = Callable[[Message], Awaitable[None]]
        """
    assert wrapper(text).message == ("Message",)


def test_a_base_class_of_the_module_is_read_with_the_client() -> None:
    text = """
        from redis import StrictRedis

        class Base:
            def __init__(self):
                self.redis = StrictRedis()

        class Bus(Base):
            def publish(self, topic, payload): ...
        """
    assert (wrapper(text).client, wrapper(text).line) == (("Bus",), 8)


def test_two_clients_of_one_module_are_one_wrapper_and_what_they_disagree_on_is_not_plain() -> None:
    one = dedent(DISPATCH).format(condition="pattern == topic", call="await handler(message)")
    other = one.partition("class Bus:")[2].replace("await handler", "try:\n                        await handler")
    other = f"class Second:{other.rstrip()}\n                    except Exception:\n                        pass\n"
    found = wrapper(one + other)
    assert (found.client, found.matching, found.handler_errors) == (("Bus", "Second"), "exact", None)
