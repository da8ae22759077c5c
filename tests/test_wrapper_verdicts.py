"""Why uses of a wrapper do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

import pytest
from engines_of_one import (
    TARGET,
    assert_held,
    change,
    change_texts,
    edited,
    slug,
)
from wrapper_engines import MADE, NAMES, engine, telling

from codemods.model import Verdict

CLIENT = "enhanced_messagebus_client.BufferedMessageBusClient"


REFERENCES = {
    "a class that is one of two, whichever is there": (
        engine(top="KIND = BufferedMessageBusClient or object  # here"),
        f"{CLIENT} is used as a value here, not called",
    ),
    "a class that is compared with another": (
        engine(top="print(BufferedMessageBusClient is object)  # here"),
        f"{CLIENT} is used as a value here, not called",
    ),
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
    "a quoted annotation with a text in it": (
        engine("def bus_of(self) -> \"Literal['BufferedMessageBusClient']\":  # here\n    return self.bus"),
        "the annotation `Literal['BufferedMessageBusClient']` is a string",
    ),
    "a quoted annotation that is written in two parts": (
        engine('def bus_of(self) -> "Buffered" "MessageBusClient":  # here\n    return self.bus'),
        "the annotation `BufferedMessageBusClient` is a string",
    ),
    "a quoted annotation of what the module never imports": (
        engine('def told(self, message: "BusMessage"):  # here\n    return message'),
        "the annotation `BusMessage` is a string",
    ),
    "a message of a function that nobody calls": (
        engine("def told(self, m: BusMessage):  # here\n    print(m.topic)", names=f"{NAMES}, BusMessage"),
        "nobody is seen to give `told` a message, and it reads `m.topic` of one",
    ),
    "a quoted message of a function that nobody calls": (
        engine('def told(self, m: "BusMessage"):  # here\n    print(m.topic)', names=f"{NAMES}, BusMessage"),
        "nobody is seen to give `told` a message, and it reads `m.topic` of one",
    ),
    "a config as a quoted annotation": (
        engine('def made_with(self, config: "MessageBusConfig"):  # here\n    print(config)'),
        "MessageBusConfig has no counterpart that an annotation could name",
    ),
    "another name for the class that is used as a value": (
        engine("def kind(self):\n    return Bus", top="Bus = BufferedMessageBusClient  # here"),
        f"{CLIENT} is used as a value here, not called",
    ),
    "a config as an annotation": (
        engine("def made_with(self, config: MessageBusConfig):  # here\n    print(config)"),
        "MessageBusConfig has no counterpart that an annotation could name",
    ),
}


ESCAPES = {
    "the client under a key": (telling("s.all[s] = self.bus  # here"), "is stored where it cannot be followed"),
    "the client given to an unknown function": (telling("s.register(self.bus)  # here"), "is handed to register"),
    "the client given by keyword": (telling("s.register(bus=self.bus)  # here"), "is handed to register"),
    "the client given to what has no name": (telling("s[0](self.bus)  # here"), "is handed to something unknown"),
    "the client compared": (telling("return self.bus == s  # here"), "is compared"),
    "the client called": (telling("self.bus(s)  # here"), "is called"),
    "an attribute given to the client": (telling("self.bus.topic = s  # here"), "has its attribute `topic` changed"),
    "an item of the client": (telling("return self.bus[0]  # here"), "stands in a subscript"),
}


MIXED = {
    "something unknown": ("bus = self.bus or s", "something that is not known"),
    "a text": ('bus = self.bus or "nobody"', "nobody"),
    "another class": ("class Fake:\n    pass\nbus = self.bus or Fake()", "Fake"),
    "a mapping": ("bus = self.bus or {}", "another mapping"),
}


OTHERS = {
    "the client in a list": (
        telling("self.all = [self.bus]  # here"),
        "the client is one of several in a container here",
    ),
    "the client in a dict": (
        telling("self.all = {}\nself.all[s] = self.bus  # here"),
        "the client is one of several in a container here",
    ),
    "the client yielded": (telling("yield self.bus  # here"), "the client is given out by a generator here"),
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
    "a config changed by a call after it was made": (
        engine(
            made="BufferedMessageBusClient(CONFIG)",
            top="CONFIG = MessageBusConfig()\nCONFIG.redis_host = host()  # here",
        ),
        "the config is used apart from making its client here",
    ),
    "a config that is read": (
        engine(
            made="BufferedMessageBusClient(CONFIG)", top="CONFIG = MessageBusConfig()\nprint(CONFIG.redis_port)  # here"
        ),
        "the config is used apart from making its client here",
    ),
    "a config among several names": (
        engine(made="BufferedMessageBusClient(CONFIG)", top="CONFIG = MessageBusConfig()\nA = B = CONFIG  # here"),
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
        "the client is made with `5`, which is no config of its wrapper in engines.yaml",
    ),
    "a client that is never started": (
        f"from enhanced_messagebus_client import {NAMES}\n\n\nbus = {MADE}  # here\n",
        "the client is never started, so it carries nothing that could move",
    ),
    "a client that a library's object keeps and starts": (
        f"from enhanced_messagebus_client import {NAMES}\n\n\nasync def start(app):\n    bus = {MADE}\n"
        "    app.keep(bus)  # here\n    await app.kept.start()\n",
        "the client is handed to keep here, where it can no longer be followed",
    ),
    "a client whose context may start it": (
        f"from enhanced_messagebus_client import {NAMES}\n\n\nasync def start():\n    bus = {MADE}\n"
        "    async with bus:  # here\n        pass\n",
        "the client is a context manager here, which the target is not",
    ),
    "a client that is started twice": (
        engine("async def again(self):\n    await self.bus.start()  # there", made=f"{MADE}  # here"),
        "the client is started again at <there>",
    ),
}


LIFECYCLE = {
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


REFUSED = {
    **REFERENCES,
    **{
        name: (text, f"the client {how} here, where it can no longer be followed")
        for name, (text, how) in ESCAPES.items()
    },
    **OTHERS,
    **{
        f"a client that may also be {name}": (
            telling(f'{made}\nawait bus.publish("portfolio.update.x", {{}})  # here'),
            f"what is used here may also be {what}",
        )
        for name, (made, what) in MIXED.items()
    },
    **{
        f"a config with {name}": (engine(made=f"BufferedMessageBusClient({made})  # here"), reason)
        for name, (made, reason) in CONFIGS.items()
    },
    **MAKING,
    **LIFECYCLE,
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


BROKEN = {
    "a priority that the target lacks": "broken: the wrapper's MessagePriority has no BULK",
    "a method that the wrapper never had": "broken: the wrapper has no method shutdown()",
    "a start that is never awaited": "broken: the client is never started",
    "a stop that is never awaited": "broken: the client is never stopped",
    "a config with more positions than the source has": (
        "broken: MessageBusConfig() takes 8 positional arguments, and is given 11"
    ),
    "a client made with more than its config": (
        "broken: BufferedMessageBusClient() takes 1 positional argument, and is given 2"
    ),
    "a start that is given something": "broken: start() takes no positional arguments, and is given 1",
    "a stop that is given something": "broken: stop() takes no positional arguments, and is given 1",
    "hasattr": "activates: the wrapper has no publish_message, so this never found it; the target has it",
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_only_what_could_never_work_is_warned_of(name: str) -> None:
    warned = [warning for site in change(REFUSED[name][0]).sites for warning in site.warnings]
    assert warned == ([BROKEN[name]] if name in BROKEN else [])


def test_a_client_that_only_an_annotation_promises_is_refused() -> None:
    text = (
        "from enhanced_messagebus_client import BufferedMessageBusClient\n\n\n"
        'async def tell(bus: BufferedMessageBusClient):\n    await bus.publish("portfolio.update.x", {})\n'
    )
    result = change(text)
    reasons = {site.reason for site in result.sites if site.verdict is Verdict.REFUSE}
    assert reasons == {"where this client is made is not to be seen in this engine"}
    assert dict(result.texts) == {}


def test_a_test_that_patches_the_wrapper_by_its_name_holds_the_client() -> None:
    text = engine()
    result = change(
        text, test_it='from unittest.mock import patch\n\nfake = patch("service.BufferedMessageBusClient")\n'
    )
    (holding,) = (site for site in result.sites if site.verdict is Verdict.REFUSE and site.held_by is None)
    assert (holding.path, holding.line) == ("backend/engines/portfolio/test_it.py", 3)
    assert holding.reason == (
        "`service.BufferedMessageBusClient` is patched by its name here, and that name goes; "
        "the patch is started elsewhere, in line 3"
    )
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
        "nothing can be awaited where the client is started: "
        "nothing in this engine calls `start`, so who does cannot be told",
    ),
    "a stop without await in a plain function": (
        ("async def stop(self)", "def stop(self)"),
        engine()
        .replace("    async def stop", "    def stop")
        .replace("await self.bus.stop()", "self.bus.stop()  # here"),
        "nothing can be awaited where the client is stopped: "
        "nothing in this engine calls `stop`, so who does cannot be told",
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
    assert_held(text, Verdict.REFUSE, reason, change_texts(edited(text, old, new)))


def test_without_an_unconnected_client_a_construction_needs_await() -> None:
    text = engine(made="None").replace("\n\nclass", f"\n\nbus = {MADE}  # here\n\nclass").replace("self.bus", "bus")
    text = text.replace("        bus = None\n", "        pass\n")
    texts = edited(text, "def create_dual_bus_client", "def make_dual_bus_client", TARGET)
    reason = "nothing can be awaited where the client is made, and the target has no create_dual_bus_client"
    assert_held(text, Verdict.REFUSE, reason, change_texts(texts))
