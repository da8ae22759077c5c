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
for topic in {}:
            {}await self.bus.subscribe(topic, self.on_price)  #: subscribe {}"""
ITEMS = """\
for topic, handler in {}:
            await self.bus.subscribe(topic, handler)  #: subscribe {}"""
MAPPING = '{"market.data.*": self.on_price, "risk.metric.*": self.on_other}'
OTHERS = METHOD + "\n" + METHOD.replace("on_price", "on_other")
TOP = 'TOPICS = ["market.data.*"]\n'

FACTORY = (
    "    def only(self, number):\n        async def on_price(message):\n"
    "            print(number, message.payload)\n        return on_price\n"
)

IS = (
    Case("a bound method", engine()),
    Case(
        "a handler that is called besides",
        engine(rest=METHOD + "\n    async def again(self, message):\n        await self.on_price(message)\n"),
    ),
    Case(
        "a partial",
        engine(
            ONE.format("partial(self.on_price, 5)", "rewrite"),
            METHOD.replace("message)", "number, message)"),
            top="from functools import partial\n",
        ),
    ),
    Case(
        "a partial that binds nothing",
        engine(ONE.format("partial(self.on_price)", "rewrite"), top="from functools import partial\n"),
    ),
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
    Case("a loop over topics", engine(LOOP.format(("market.data.*", "risk.metric.*"), "", "rewrite"))),
    Case("a loop over a constant", engine(LOOP.format("TOPICS", "", "rewrite"), top=TOP)),
    Case(
        "a loop over a constant of another module",
        engine(LOOP.format("TOPICS", "", "rewrite"), top="from topics import TOPICS\n"),
        more={"topics.py": TOP},
    ),
    Case("a loop over a mapping of handlers", engine(ITEMS.format(f"{MAPPING}.items()", "rewrite"), OTHERS)),
    Case(
        "a loop over the mapping of an instance",
        engine(
            ITEMS.format("self.handlers.items()", "rewrite"),
            f"    def __init__(self):\n        self.handlers = {MAPPING}\n\n{OTHERS}",
        ),
    ),
    Case("a loop over pairs", engine(ITEMS.format('[("market.data.*", self.on_price)]', "rewrite"), METHOD)),
    Case(
        "a topic in a constant",
        engine(
            MOVES.replace('"market.data.*"', "TOPICS[0]").replace("TOPICS[0]", "TOPIC"), top='TOPIC = "market.data.*"\n'
        ),
    ),
    Case(
        "a topic in an enum",
        engine(
            MOVES.replace('"market.data.*"', "Topic.PRICE.value"),
            top='from enum import Enum\n\n\nclass Topic(Enum):\n    PRICE = "market.data.*"\n',
        ),
    ),
    Case(
        "a loop that subscribes under a condition",
        refused(LOOP.format("TOPICS", "if topic: ", "refuse"), top=TOP),
        ("the subscription is more than a statement of its own",),
    ),
    Case(
        "a loop over a list that changes",
        engine(LOOP.format("TOPICS", "", "ask"), verdict="ask", top=f'{TOP}TOPICS.append("risk.metric.*")\n'),
        ("which topics does `topic` subscribe to? They decide the message type",),
    ),
    Case(
        "a mapping of handlers that somebody else reads",
        refused(
            f"handlers = {MAPPING}\n        "
            + ITEMS.format("handlers.items()", "refuse")
            + "\n        self.last = handlers",
            OTHERS,
        ),
        ("what the loop at service.py:9 goes over is not known, or may change",),
    ),
    Case(
        "a method of its own for each subscription",
        engine(
            "await self.prices()\n        await self.others()",
            "    async def prices(self):\n        "
            + MOVES
            + "\n\n    async def others(self):\n        "
            + ONE.format("self.on_other", "rewrite")
            + f"\n\n{OTHERS}",
        ),
    ),
    Case(
        "a method that is run at some other time",
        refused(
            STAYS,
            "    async def more(self):\n        " + ONE.format("self.on_other", "refuse") + f"\n\n{OTHERS}",
        ),
        ("the engine subscribes in several places, first at service.py:8",),
    ),
    Case(
        "a lambda",
        refused(ONE.format("lambda message: None", "refuse")),
        ("the handler is not a function that can be read",),
    ),
    Case(
        "a handler that a factory makes",
        engine(ONE.format("self.only(5)", "rewrite"), FACTORY),
    ),
    Case(
        "a handler of a factory that does more",
        refused(
            ONE.format("self.only(5)", "refuse"),
            FACTORY.replace("        return", "        self.n = 5\n        return"),
        ),
        ("the handler is made here by a call that does more than define it: bind it to a name before",),
    ),
    Case(
        "a partial of a library of its own",
        refused(ONE.format("partial(self.on_price)", "refuse"), top="from toolz.functoolz import partial\n"),
        ("the handler is not a function that can be read",),
    ),
    Case(
        "a partial that leaves two parameters open",
        refused(
            ONE.format("partial(self.on_price)", "refuse"),
            METHOD.replace("message)", "message, more)"),
            "from functools import partial\n",
        ),
        ("the handler at service.py:11 does not take exactly one message",),
    ),
    Case(
        "a decorated handler",
        refused(rest=METHOD.replace("    async def", "    @traced\n    async def"), top="from tracing import traced\n"),
        ("the handler at service.py:12 is decorated by `traced`, which may do more than call it with its message",),
    ),
    Case(
        "a handler that looks at its message's clock",
        refused(rest=METHOD.replace("message.topic", "message.timestamp")),
        ("the handler reads more than topic and payload of its message at service.py:11",),
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
        ("the wrapper has no method remove_message_handler",),
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
