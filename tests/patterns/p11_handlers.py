"""P11: handlers of a wrapper's subscriptions, whatever kind of function they are."""

from patterns.case import Case

ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {verdict}
{top}

class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}
        {subscribe}

{rest}
"""
METHOD = "    async def on_price(self, message):\n        print(message.topic, message.payload)\n"
ONE = 'await self.bus.subscribe("market.data.*", {})  #: subscribe {}'


MOVES = ONE.format("self.on_price", "rewrite")
STAYS = ONE.format("self.on_price", "refuse")


def engine(subscribe: str = MOVES, rest: str = METHOD, verdict: str = "rewrite", top: str = "") -> str:
    return ENGINE.format(subscribe=subscribe, rest=rest, verdict=verdict, top=top)


def refused(subscribe: str = STAYS, rest: str = METHOD, top: str = "") -> str:
    return engine(subscribe, rest, "refuse", top)


LOOP = """\
for topic in ("market.data.*", "risk.metric.*"):
            await self.bus.subscribe(topic, self.on_price)  #: subscribe refuse"""

IS = (
    Case("a bound method", engine()),
    Case(
        "a nested closure",
        engine(
            "async def on_price(message):\n            print(message.payload)\n        "
            + ONE.format("on_price", "rewrite"),
        ),
    ),
    Case(
        "a function of the module",
        engine(
            ONE.format("on_price", "rewrite"),
            top="\n\nasync def on_price(message):\n    print(message.payload)\n",
        ),
    ),
    Case(
        "a function of another module",
        engine(ONE.format("on_price", "rewrite"), top="from handlers import on_price\n"),
        more={"handlers.py": "async def on_price(message):\n    print(message.payload)\n"},
    ),
    Case(
        "another object's method",
        engine(
            ONE.format("self.book.on_price", "rewrite"),
            "    def __init__(self):\n        self.book = Book()\n",
            top="\n\nclass Book:\n    async def on_price(self, message):\n        print(message.payload)\n",
        ),
    ),
    Case(
        "two handlers of one bus",
        engine(
            ONE.format("self.on_price", "rewrite") + "\n        " + ONE.format("self.on_other", "rewrite"),
            METHOD + "\n" + METHOD.replace("on_price", "on_other"),
        ),
    ),
    Case("a subscription in a loop", refused(LOOP), ("the engine subscribes in a loop",)),
    Case(
        "a lambda",
        refused(ONE.format("lambda message: None", "refuse")),
        ("the handler is not a function that can be read",),
    ),
    Case(
        "a handler that a factory makes",
        refused(
            ONE.format("self.only(5)", "refuse"),
            "    def only(self, number):\n        async def on_price(message):\n"
            "            print(number, message.payload)\n        return on_price\n",
        ),
        ("the handler is not a function that can be read",),
    ),
    Case(
        "a partial",
        refused(ONE.format("partial(self.on_price)", "refuse"), top="from functools import partial\n"),
        ("the handler is not a function that can be read",),
    ),
    Case(
        "a decorated handler",
        refused(rest=METHOD.replace("    async def", "    @traced\n    async def"), top="from tracing import traced\n"),
        ("the handler at service.py:12 is decorated",),
    ),
    Case(
        "a handler that looks at its message's clock",
        refused(rest=METHOD.replace("message.topic", "message.timestamp")),
        ("the handler reads more than topic and payload of its message at service.py:11",),
    ),
    Case(
        "a handler that is called besides",
        refused(rest=METHOD + "\n    async def again(self, message):\n        await self.on_price(message)\n"),
        ("the handler at service.py:10 is also called at service.py:14",),
    ),
    Case(
        "a handler that takes two things",
        refused(rest=METHOD.replace("message)", "message, more=None)")),
        ("the handler at service.py:10 does not take exactly one message",),
    ),
    Case(
        "a subscription that is not awaited",
        refused(ONE.format("self.on_price", "refuse").replace("await ", "")),
        ("the subscription is never awaited",),
        warned=("broken: nothing is subscribed to",),
    ),
    Case(
        "a decorator that subscribes",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse

bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse


@bus.subscribe("market.data.*")  #: subscribe refuse
async def on_price(message):
    print(message.payload)


async def main():
    await bus.start()  #: start refuse
""",
        ("a subscription takes a topic and a handler, and nothing else has a counterpart",),
        warned=("broken: subscribe() needs `handler`",),
    ),
    Case(
        "a handler that is taken away",
        refused(
            ONE.format("self.on_price", "refuse"),
            METHOD
            + "\n    async def stop(self):\n        self.bus.remove_message_handler(self.on_price)  #: call refuse\n",
        ),
        ("the wrapper has no method remove_message_handler", "its handler is also handed on at service.py:14"),
        warned=("broken: the wrapper has no method remove_message_handler()",),
    ),
)

IS_NOT = (
    Case(
        "a handler of another object's subscription",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite
from feeds import Feed


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite
        await Feed().subscribe("market.data.*", self.on_price)  #!

    async def on_price(self, message):
        print(message.payload)  #!
""",
    ),
    Case(
        "a function that nobody subscribes",
        "# redis\nasync def on_price(message):\n    print(message.topic, message.payload)  #!\n",
    ),
    Case(
        "a decorator called subscribe",
        "from events import bus\n\n\n@bus.subscribe('redis.*')  #!\nasync def on_price(message): pass\n",
    ),
)
