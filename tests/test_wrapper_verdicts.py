"""Why uses of a wrapper do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import (
    SERVICE,
    TARGET,
    WRAPPER,
    assert_held,
    change,
    change_texts,
    settings,
    settings_with,
    slug,
    text_after,
    texts_of,
)

from codemods.model import Verdict

MADE = "BufferedMessageBusClient(MessageBusConfig())"
NAMES = "BufferedMessageBusClient, MessageBusConfig"
TOLD = "await self.bus.publish({arguments})  # here"


def engine(rest: str = "", start: str = "", made: str = MADE, names: str = NAMES, top: str = "") -> str:
    """An engine with one wrapper client: `rest` are further methods, `start` further lines of its start."""
    return f"""\
# ------------------------ a wide line, so that nothing that is rewritten is folded ---------------------------------------------
import os
from enhanced_messagebus_client import {names}
{top}

class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = {made}
        await self.bus.start()
{indent(start, " " * 8)}

    async def stop(self):
        await self.bus.stop()

{indent(rest, " " * 4)}
"""


def telling(code: str, names: str = NAMES) -> str:
    """An engine with one more coroutine, whose body is this code."""
    return engine(f"async def tell(self, s, payload, **more):\n{indent(code, ' ' * 4)}\n", names=names)


def publishing(arguments: str, names: str = NAMES) -> str:
    return telling(TOLD.format(arguments=arguments), names)


CLIENT = "enhanced_messagebus_client.BufferedMessageBusClient"

IMPORTS = {
    "a star import": (
        "from enhanced_messagebus_client import *  # here\n",
        "a star import: which of its names are used cannot be told",
    ),
    "an import in a function": (
        f"def make():\n    from enhanced_messagebus_client import {NAMES}  # here\n",
        "the wrapper is imported inside a function",
    ),
    "an import that shares its line": (
        f"import json; from enhanced_messagebus_client import {NAMES}  # here\n",
        "the import shares its line with another statement",
    ),
    "an import under a condition": (
        f"import os\nif os.name:\n    from enhanced_messagebus_client import {NAMES}  # here\n",
        "the wrapper is imported only if `os.name`",
    ),
    "a stand-in that is None": (
        "try:\n    from enhanced_messagebus_client import BufferedMessageBusClient  # here\n"
        "except ImportError:\n    BufferedMessageBusClient = None\n",
        "a stand-in takes the wrapper's place when the import fails",
    ),
    "a stand-in that is a class": (
        "try:\n    from enhanced_messagebus_client import BufferedMessageBusClient  # here\n"
        "except ImportError:\n    class BufferedMessageBusClient:\n        pass\n",
        "a stand-in takes the wrapper's place when the import fails",
    ),
    "a stand-in that is imported": (
        "try:\n    from enhanced_messagebus_client import BufferedMessageBusClient  # here\n"
        "except ImportError:\n    from stand_ins import BufferedMessageBusClient\n",
        "a stand-in takes the wrapper's place when the import fails",
    ),
}

REFERENCES = {
    "a class that is passed as a value": (
        engine(top="KINDS = [BufferedMessageBusClient]  # here"),
        f"{CLIENT} is used as a value here, not called",
    ),
    "a priority by its text": (
        telling('print(MessagePriority("high"))  # here', f"{NAMES}, MessagePriority"),
        "enhanced_messagebus_client.MessagePriority is used as a value here, not called",
    ),
    "the value of a priority": (
        telling("print(MessagePriority.HIGH.value)  # here", f"{NAMES}, MessagePriority"),
        "enhanced_messagebus_client.MessagePriority.HIGH.value is used as a value here, not called",
    ),
    "a priority that the target lacks": (
        telling("print(MessagePriority.BULK)  # here", f"{NAMES}, MessagePriority"),
        "the target's MessagePriority has no BULK",
    ),
    "a quoted annotation": (
        engine('def bus_of(self) -> "BufferedMessageBusClient":  # here\n    return self.bus'),
        "the annotation `BufferedMessageBusClient` is a string",
    ),
    "a config as an annotation": (
        engine("def made_with(self, config: MessageBusConfig):  # here\n    print(config)"),
        "MessageBusConfig has no counterpart that an annotation could name",
    ),
}

ESCAPES = {
    "the client in a list": (telling("self.all = [self.bus]  # here"), "stands in a List"),
    "the client under a key": (
        telling("self.all = {}\nself.all[s] = self.bus  # here"),
        "is stored where it cannot be followed",
    ),
    "the client given to an unknown function": (telling("s.register(self.bus)  # here"), "is handed to register"),
    "the client given by keyword": (telling("s.register(bus=self.bus)  # here"), "is handed to register"),
    "the client given to what has no name": (telling("s[0](self.bus)  # here"), "is handed to something unknown"),
    "the client compared": (telling("return self.bus == s  # here"), "is compared"),
    "the client called": (telling("self.bus(s)  # here"), "is called"),
    "an attribute given to the client": (telling("self.bus.topic = s  # here"), "has its attribute `topic` changed"),
    "the client yielded": (telling("yield self.bus  # here"), "stands in a Yield"),
    "an item of the client": (telling("return self.bus[0]  # here"), "stands in a Subscript"),
}

OTHERS = {
    "hasattr": (
        telling('return hasattr(self.bus, "publish_message")  # here'),
        "the client is inspected with hasattr() here; what that means on the target is not known",
    ),
    "a context manager": (
        telling("async with self.bus:  # here\n    pass"),
        "the client is a context manager here, which the target is not",
    ),
    "a name for a context manager": (
        telling("async with self.bus as inner:  # here\n    pass"),
        "the client is a context manager here, which the target is not",
    ),
    "a config changed after it was made": (
        engine(
            made="BufferedMessageBusClient(CONFIG)", top='CONFIG = MessageBusConfig()\nCONFIG.redis_host = "r2"  # here'
        ),
        "the config is used apart from making its client here",
    ),
    "a method that the wrapper never had": (
        telling("await self.bus.shutdown()  # here"),
        "the wrapper has no method shutdown",
    ),
    "a method without a meaning": (
        telling("await self.bus._dispatch({})  # here"),
        "_dispatch() has no counterpart on the target",
    ),
    "an attribute": (
        telling("return self.bus.config  # here"),
        "the attribute config has no counterpart on the target",
    ),
    "a check of what is computed": (
        engine("def made(self):\n    return self.bus\n\ndef check(self):\n    return self.made().is_connected  # here"),
        "the client is computed here, and the check would compute it twice",
    ),
}

CONFIGS = {
    "unpacked": ("MessageBusConfig(**os.environ)", "the config's arguments cannot be told apart"),
    "more positions than the source has": (
        "MessageBusConfig(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)",
        "the config's arguments cannot be told apart",
    ),
    "a call in it": (
        "MessageBusConfig(consumer_name=next_name())",
        "the config's `consumer_name` is computed by a call that would be lost with it",
    ),
    "a walrus in it": (
        "MessageBusConfig(consumer_name=(name := 'a'))",
        "the config's `consumer_name` is computed by a call that would be lost with it",
    ),
}

MAKING = {
    "a config that a function returns": (
        engine(
            "def config(self):\n    return MessageBusConfig()  # here", made="BufferedMessageBusClient(self.config())"
        ),
        "the config is not made in a statement of its own",
    ),
    "a config that shares its line": (
        engine(made="BufferedMessageBusClient(CONFIG)", top="CONFIG = MessageBusConfig(); LIMIT = 3  # here"),
        "the config is not made in a statement of its own",
    ),
    "a config with two names": (
        engine(made="BufferedMessageBusClient(CONFIG)", top="CONFIG = OTHER = MessageBusConfig()  # here"),
        "the config is given several names at once",
    ),
    "a client made in a loop": (
        engine("async def more(self):\n    while True:\n        self.bus = " + MADE + "  # here", made="None  # off"),
        "the client is made in a loop: the shared client of the target is made once",
    ),
    "a client made with more than its config": (
        engine(made="BufferedMessageBusClient(MessageBusConfig(), 5)  # here"),
        "the client is made with more than its config",
    ),
    "a client that is never started": (
        f"from enhanced_messagebus_client import {NAMES}\n\n\nbus = {MADE}  # here\n",
        "the client is never started, so it carries nothing that could move",
    ),
    "a client that is started twice": (
        engine("async def again(self):\n    await self.bus.start()  # there", made=f"{MADE}  # here"),
        "the client is started again at <there>",
    ),
}

LIFECYCLE = {
    "a start whose result is used": (
        engine().replace("await self.bus.start()", "ok = await self.bus.start()  # here"),
        "the start is more than a statement of its own",
    ),
    "a start that is given something": (
        engine().replace("await self.bus.start()", "await self.bus.start(5)  # here"),
        "the start is more than a statement of its own",
    ),
    "a start that is never awaited": (
        engine().replace("await self.bus.start()", "self.bus.start()  # here"),
        "the start is never awaited",
    ),
    "a stop that is given something": (
        engine().replace("await self.bus.stop()", "await self.bus.stop(5)  # here"),
        "stop() is given arguments, and close() takes none",
    ),
    "a stop that is never awaited": (
        engine().replace("await self.bus.stop()", "self.bus.stop()  # here"),
        "the stop is never awaited",
    ),
}

PUBLISHING = {
    "unpacked arguments": (
        publishing("*payload"),
        "the arguments are unpacked, so topic and payload cannot be told apart",
    ),
    "no payload": (publishing('"portfolio.update.x"'), "topic or payload is missing"),
    "a keyword without counterpart": (
        publishing('"portfolio.update.x", {}, ttl=5'),
        "`ttl` has no counterpart on publish_message",
    ),
    "never awaited": (
        telling('self.bus.publish("portfolio.update.x", {})  # here'),
        "the publish is never awaited",
    ),
    "a topic computed by a call": (
        publishing("s.topic(), {}"),
        "the topic is computed by a call, which would then run after the payload's own",
    ),
    "topics of two types": (
        publishing('"portfolio.update.x" if s else "risk.metric.x", {}'),
        "the topics portfolio.update.x, risk.metric.x have different message types",
    ),
    "a payload that is text": (
        publishing('"portfolio.update.x", json.dumps(payload)'),
        "the payload is JSON text already: its handlers read text, the target's read a mapping",
    ),
}

REFUSED = {
    **IMPORTS,
    **REFERENCES,
    **{
        name: (text, f"the client {how} here, where it can no longer be followed")
        for name, (text, how) in ESCAPES.items()
    },
    **OTHERS,
    **{
        f"a config with {name}": (engine(made=f"BufferedMessageBusClient({made})  # here"), reason)
        for name, (made, reason) in CONFIGS.items()
    },
    **MAKING,
    **LIFECYCLE,
    **{f"a publish with {name}": told for name, told in PUBLISHING.items()},
}

PAYLOAD = "may the payload `{shown}` carry the topic as `topic`? Its keys are not all known, or it has that one"
SERVER = "is {what} one of the servers being left? The target connects without database, password and TLS of its own"
ASKED = {
    "a topic without a route": (publishing('"sig.x", {}'), "which message type replaces the topic `sig.x`?"),
    "a topic routed to a bus alone": (
        publishing('"raw-ticks", {}'),
        "which message type replaces the topic `raw-ticks`?",
    ),
    "a topic that is not known": (publishing("s, {}"), "which topics does `s` hold? They decide the message type"),
    "a payload that is a parameter": (publishing('"portfolio.update.x", payload'), PAYLOAD.format(shown="payload")),
    "a payload that is an attribute": (publishing('"portfolio.update.x", s.all'), PAYLOAD.format(shown="s.all")),
    "a payload that is a global": (
        telling('await self.bus.publish("portfolio.update.x", os)  # here'),
        PAYLOAD.format(shown="os"),
    ),
    "a payload with a topic": (publishing('"portfolio.update.x", {"topic": s}'), PAYLOAD.format(shown='{"topic": s}')),
    "a payload with a spread": (publishing('"portfolio.update.x", {**payload}'), PAYLOAD.format(shown="{**payload}")),
    "a payload that is bound twice": (
        telling('d = {}\nd = {"a": 1}\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    "a payload that is handed on": (
        telling('d = {}\ns.fill(d)\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    "a payload that is given an unknown key": (
        telling('d = {}\nd[s] = 1\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    "a payload that is given a topic": (
        telling('d = {}\nd["topic"] = 1\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    **{
        f"a server with {name}": (
            engine(made=f"BufferedMessageBusClient(MessageBusConfig({given}))  # here"),
            SERVER.format(what=what),
        )
        for name, given, what in (
            ("another host", 'redis_host="r2"', "r2:6379"),
            ("another port", "redis_port=7000", "localhost:7000"),
            (
                "a host from the environment alone",
                'redis_host=os.getenv("H")',
                "the server of `os.getenv('H')`",
            ),
            ("a host from a name", "redis_host=HOST", "the server of `HOST`"),
            ("a port from the environment", 'redis_port=int(os.getenv("P", "7000"))', "localhost:7000"),
            ("a fall-back host", 'redis_host=os.getenv("H") or "r2"', "r2:6379"),
            ("a database", "redis_db=2", "localhost:6379, database 2"),
            ("a database from a name", "redis_db=DB", "localhost:6379, database known at run time"),
            ("a password", 'redis_password="x"', "localhost:6379, a password"),
            ("TLS", "use_ssl=True", "localhost:6379, TLS"),
            ("a URL", 'redis_url="redis://r2:7000"', "r2:7000"),
            ("a URL with everything", 'redis_url="rediss://u:p@r2/3"', "r2:6379, database 3, a password, TLS"),
            ("a URL without a host", 'redis_url="redis:///4"', "localhost:6379, database 4"),
            ("a URL from a name", "redis_url=URL", "the server of `URL`"),
            ("a URL that cannot be read", 'redis_url="redis://r2:port"', "a server whose URL cannot be read"),
        )
    },
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    text, question = ASKED[name]
    assert_held(text, Verdict.ASK, question)


BROKEN = {
    "a priority that the target lacks": "broken: no such priority BULK",
    "a method that the wrapper never had": "broken: shutdown does not exist",
    "a start that is never awaited": "broken: the client is never started",
    "a stop that is never awaited": "broken: the client is never stopped",
    "a publish with no payload": "broken: an argument is missing",
    "a publish with never awaited": "broken: nothing is published",
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_only_what_could_never_work_is_called_broken(name: str) -> None:
    warned = [warning for site in change(REFUSED[name][0]).sites for warning in site.warnings]
    assert warned == ([BROKEN[name]] if name in BROKEN else [])


def test_a_wrapper_that_is_passed_on_by_another_module_is_refused() -> None:
    text = engine().replace(
        f"import {NAMES}", "import MessageBusConfig\nfrom bus import BufferedMessageBusClient  # here"
    )
    result = change(text, bus="from enhanced_messagebus_client import BufferedMessageBusClient\n")
    assert_held(text, Verdict.REFUSE, f"{CLIENT} is imported by way of another module", result)


def test_a_test_that_patches_the_wrapper_by_its_name_holds_the_client() -> None:
    text = engine()
    result = change(
        text, test_it='from unittest.mock import patch\n\nfake = patch("service.BufferedMessageBusClient")\n'
    )
    (holding,) = (site for site in result.sites if site.verdict is Verdict.REFUSE and site.held_by is None)
    assert (holding.path, holding.line) == ("backend/engines/portfolio/test_it.py", 3)
    assert holding.reason == "`service.BufferedMessageBusClient` is patched by its name here, and that name goes"
    assert result.texts == {}


def test_a_second_client_of_the_engine_is_refused() -> None:
    text = engine(made=f"{MADE}  # there") + (
        "\n\nclass Other:\n    async def start(self):\n"
        f"        self.link = {MADE}  # here\n        await self.link.start()\n"
    )
    assert_held(text, Verdict.REFUSE, "the engine makes another client at <there>; both would become one")


WRAPPERS = {
    "a start without await in a plain function": (
        ("async def start(self)", "def start(self)"),
        engine()
        .replace("    async def start", "    def start")
        .replace("await self.bus.start()", "self.bus.start()  # here"),
        "nothing can be awaited where the client is started",
    ),
    "a stop without await in a plain function": (
        ("async def stop(self)", "def stop(self)"),
        engine()
        .replace("    async def stop", "    def stop")
        .replace("await self.bus.stop()", "self.bus.stop()  # here"),
        "nothing can be awaited where the client is stopped",
    ),
    "a publish without await in a plain function": (
        ("async def publish(", "def publish("),
        engine('def tell(self):\n    self.bus.publish("portfolio.update.x", {})  # here'),
        "nothing can be awaited where this publishes",
    ),
    "a publish whose result means something else": (
        ("-> bool:", "-> int:"),
        telling('return await self.bus.publish("portfolio.update.x", {})  # here'),
        "the result is used, and publish_message returns a bool",
    ),
    "a check that is a method and is not called": (
        ("    @property\n", ""),
        telling("return self.bus.is_connected  # here"),
        "is_connected is a method, and is not called here",
    ),
}


@pytest.mark.parametrize("name", WRAPPERS, ids=slug)
def test_refused_because_of_the_wrappers_own_source(name: str) -> None:
    (old, new), text, reason = WRAPPERS[name]
    texts = texts_of(text)
    assert old.encode() in texts[WRAPPER]
    texts[WRAPPER] = texts[WRAPPER].replace(old.encode(), new.encode())
    assert_held(text, Verdict.REFUSE, reason, change_texts(texts))


def test_without_an_unconnected_client_a_construction_needs_await() -> None:
    text = engine(made="None").replace("\n\nclass", f"\n\nbus = {MADE}  # here\n\nclass").replace("self.bus", "bus")
    text = text.replace("        bus = None\n", "        pass\n")
    texts = texts_of(text)
    texts[TARGET] = texts[TARGET].replace(b"def create_dual_bus_client", b"def make_dual_bus_client")
    reason = "nothing can be awaited where the client is made, and the target has no create_dual_bus_client"
    assert_held(text, Verdict.REFUSE, reason, change_texts(texts))


def test_a_route_to_an_unknown_message_type_is_refused_with_its_line() -> None:
    from dataclasses import replace

    from codemods.settings import Route

    told = replace(settings(), routes=(Route("portfolio.*", message_type="PORTFOLIOS", line=7),))
    text = publishing('"portfolio.update.x", {}')
    reason = "engines.yaml:7: PORTFOLIOS is no message type of dual_messagebus_client"
    assert_held(text, Verdict.REFUSE, reason, change(text, told))


PLAIN_VALUES = {
    "constants": '{"a": 1, "b": "x", "c": None, "d": True, "e": 1.5}',
    "f-strings and comparisons": '{"a": f"{s}", "b": s > 1}',
    "lists, mappings and choices": '{"a": [1, "x"], "b": (1, 2), "c": {"d": 1}, "e": 1 if s else 2}',
    "calls that give plain values": '{"a": str(s), "b": len(s), "c": round(float(s))}',
}
OTHER_VALUES = {
    "bytes": '{"a": b"x"}',
    "a name": '{"a": s}',
    "a list of names": '{"a": [s]}',
    "a mapping with a name": '{"a": {"b": s}}',
    "a mapping with other keys": '{"a": {s: 1}}',
    "a choice with a name": '{"a": s if s else 1}',
    "a call that may give anything": '{"a": list(s)}',
    "a method": '{"a": s.at()}',
}
JSON = "are all payloads plain JSON? The wrapper encodes more than json.dumps does, the target does not"


@pytest.mark.parametrize("name", PLAIN_VALUES, ids=slug)
def test_plain_values_need_no_answer_though_the_wrapper_encodes_more(name: str) -> None:
    result = change(publishing(f'"portfolio.update.x", {PLAIN_VALUES[name]}'), settings_with(plain_json=False))
    assert (result.questions, list(result.texts)) == ((), [SERVICE])


@pytest.mark.parametrize("name", OTHER_VALUES, ids=slug)
def test_other_values_are_asked_about_once_and_move_with_the_answer(name: str) -> None:
    text = publishing(f'"portfolio.update.x", {OTHER_VALUES[name]}')
    assert_held(text, Verdict.ASK, JSON, change(text, settings_with(plain_json=False)))
    answered = change(text, settings_with({"json:portfolio": True}, plain_json=False))
    assert (answered.questions, list(answered.texts)) == ((), [SERVICE])


def test_a_server_that_the_answers_leave_is_not_asked_about() -> None:
    text = engine(made='BufferedMessageBusClient(MessageBusConfig(redis_host="r2", redis_db=2))')
    (question,) = change(text).questions
    assert (question.id, question.suggestion) == (
        "server:r2:6379:database-2",
        'answers:\n  "server:r2:6379:database-2": leave',
    )
    assert list(change(text, settings_with({question.id: "leave"})).texts) == [SERVICE]


def test_a_server_without_more_is_suggested_for_the_list_of_those_being_left() -> None:
    (question,) = change(engine(made='BufferedMessageBusClient(MessageBusConfig(redis_host="r2"))')).questions
    assert question.suggestion == "legacy:\n  redis: [localhost:6379, redis:6379, r2:6379]"


LOOK_ALIKES = {
    "a mapping called redis_info": 'redis_info = {"redis": 1}\nprint(redis_info.get("publish"))\n',
    "a local called redis": "def f(redis):\n    redis.xadd('raw-ticks', {})\n    redis.publish('a', 'b')\n",
    "a mock": (
        "from unittest.mock import Mock\n\nBufferedMessageBusClient = Mock()\n"
        "bus = BufferedMessageBusClient()\nbus.publish('a', {})\n"
    ),
    "a module of the same name": (
        "from broker import BufferedMessageBusClient\n\nbus = BufferedMessageBusClient()\nbus.publish('a', {})\n"
    ),
    "an own class with publish": (
        "class BufferedMessageBusClient:\n    def publish(self, topic, payload):\n        pass\n\n\n"
        "bus = BufferedMessageBusClient()\nbus.publish('a', {})\n"
    ),
    "words in a string": 'print("enhanced_messagebus_client.BufferedMessageBusClient", "redis.Redis")\n',
}


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=slug)
def test_what_only_looks_like_a_client_is_no_site(name: str) -> None:
    result = change(LOOK_ALIKES[name])
    assert (result.sites, result.clients, dict(result.texts), result.faults) == ((), (), {}, ())


def test_a_name_that_shadows_the_imported_client_is_no_client() -> None:
    text = engine("def other(self, BufferedMessageBusClient):\n    return BufferedMessageBusClient(5).publish('a', {})")
    lines = {site.line for site in change(text).sites}
    assert text.split("\n").index("        return BufferedMessageBusClient(5).publish('a', {})") + 1 not in lines


MOVES = {
    "a wrapper's start that needs no await": (
        ("async def start(self)", "def start(self)"),
        engine().replace("await self.bus.start()", "self.bus.start()"),
        "self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n",
    ),
    "a wrapper's publish that needs no await": (
        ("async def publish(", "def publish("),
        telling('self.bus.publish("portfolio.update.x", {})'),
        '    await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x"})\n',
    ),
    "a check that is a call": (
        ("    @property\n", ""),
        telling("return self.bus.is_connected()"),
        "return self.bus.marketdata_client is not None and self.bus.engine_logic_client is not None\n",
    ),
    "a publish that a task carries": (
        ("", ""),
        telling('asyncio.create_task(self.bus.publish("portfolio.update.x", {}))'),
        'create_task(self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x"}))\n',
    ),
    "a payload that a local name holds": (
        ("", ""),
        telling('d = {"a": 1}\nd["b"] = 2\nawait self.bus.publish("portfolio.update.x", d)'),
        'publish_message(MessageType.PORTFOLIO_UPDATE, {**d, "topic": "portfolio.update.x"})\n',
    ),
    "an annotation of a message": (
        ("", ""),
        engine("def told(self, message: BusMessage):\n    pass", names=f"{NAMES}, BusMessage"),
        "def told(self, message: dict[str, str]):\n",
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    (old, new), text, shown = MOVES[name]
    texts = texts_of(text)
    texts[WRAPPER] = texts[WRAPPER].replace(old.encode(), new.encode()) if old else texts[WRAPPER]
    result = change_texts(texts)
    assert shown in text_after(result, text)
    assert (result.faults, {site.verdict for site in result.sites}) == ((), {Verdict.REWRITE})
