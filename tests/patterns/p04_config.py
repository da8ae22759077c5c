"""P4: a config object, and the client that an async start makes from it."""

from patterns.case import Case

ENGINE = """\
{top}from enhanced_messagebus_client import {names}  #: import {verdict}

class Engine:
    def __init__(self):
        {init}
        self.bus = None

    async def start(self):
        {before}
        {made}
        await self.bus.start()  #: start {verdict}

    async def tell(self):
        await self.bus.publish("portfolio.update.x", {{"a": 1}})  #: publish {verdict}
"""
NAMES = "BufferedMessageBusClient, MessageBusConfig"
INLINE = "self.bus = BufferedMessageBusClient(MessageBusConfig({given}))  #: construct {verdict}, config {verdict}"


def engine(
    made: str,
    names: str = NAMES,
    top: str = "import os\n",
    init: str = "pass",
    before: str = "pass",
    verdict: str = "rewrite",
) -> str:
    return ENGINE.format(made=made, names=names, top=top, init=init, before=before, verdict=verdict)


def inline(given: str, verdict: str = "rewrite") -> str:
    return engine(INLINE.format(given=given, verdict=verdict), top="import os\n", verdict=verdict)


FROM = "self.bus = BufferedMessageBusClient({config})  #: construct {verdict}"
LEAVING = "is {} one of the servers being left? The target connects without database, password and TLS of its own"
LEFT = {
    "nothing": "",
    "its server": 'redis_host="localhost", redis_port=6379',
    "the other server that is left": 'redis_host="redis"',
    "a host from the environment": 'redis_host=os.getenv("H", "redis"), redis_port=6379',
    "a port from the environment": 'redis_port=int(os.environ.get("P", "6379"))',
    "a group and a clock": 'consumer_group="portfolio", buffer_interval_ms=10',
    "the database that everybody has": "redis_db=0",
}
ASKED = {
    "another host": ('redis_host="cache"', "cache:6379"),
    "another port": ("redis_port=6390", "localhost:6390"),
    "another database": ("redis_db=3", "localhost:6379, database 3"),
    "a host that only the environment knows": ('redis_host=os.environ["H"]', "the server of `os.environ['H']`"),
}

IS = (
    *(Case(f"a config with {name}", inline(given)) for name, given in LEFT.items()),
    *(
        Case(f"a config with {name}", inline(given, "ask"), (LEAVING.format(server),))
        for name, (given, server) in ASKED.items()
    ),
    Case(
        "a config as an attribute",
        engine(
            FROM.format(config="self.config", verdict="rewrite"),
            init="self.config = MessageBusConfig()  #: config rewrite",
        ),
    ),
    Case(
        "a config as a local name",
        engine(
            FROM.format(config="config=config", verdict="rewrite"),
            before="config = MessageBusConfig()  #: config rewrite",
        ),
    ),
    Case(
        "a config at module level",
        engine(FROM.format(config="CONFIG", verdict="rewrite"), top="CONFIG = MessageBusConfig()  #: config rewrite\n"),
    ),
    Case(
        "a config of a subclass",
        engine(
            "self.bus = BufferedMessageBusClient(EnhancedMessageBusConfig())  #: construct rewrite, config rewrite",
            names="BufferedMessageBusClient, EnhancedMessageBusConfig",
        ),
    ),
    Case(
        "a client whose failure leaves None",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite


class Engine:
    def __init__(self):
        self.cfg = MessageBusConfig(redis_host="redis", redis_port=6379)  #: config rewrite
        self.bus = None

    async def start(self):
        try:
            self.bus = BufferedMessageBusClient(self.cfg)  #: construct rewrite
            await self.bus.start()  #: start rewrite
        except Exception:
            self.bus = None
""",
        warned=(
            "activates: the `except` in line 13 runs where the server is away: the factory raises, start() only logged",
        ),
    ),
    Case(
        "a config that is read besides",
        engine(
            FROM.format(config="self.config", verdict="refuse"),
            init="self.config = MessageBusConfig()  #: config refuse\n"
            "        print(self.config.redis_port)  #: config escape refuse",
            verdict="refuse",
        ),
        ("the config is used apart from making its client here",),
    ),
    Case(
        "a config whose arguments are unpacked",
        engine(
            "self.bus = BufferedMessageBusClient(MessageBusConfig(**os.environ))  #: construct refuse, config refuse",
            verdict="refuse",
        ),
        ("the config's arguments cannot be told apart",),
    ),
    Case(
        "a config whose arguments are written out in a mapping",
        engine(
            "self.bus = BufferedMessageBusClient(MessageBusConfig(**OPTIONS))  #: construct rewrite, config rewrite",
            top='OPTIONS = {"redis_host": "redis", "consumer_group": "portfolio"}\n',
        ),
    ),
    Case(
        "a config whose arguments in a mapping name another host",
        engine(
            "self.bus = BufferedMessageBusClient(MessageBusConfig(**OPTIONS))  #: construct ask, config ask",
            top='OPTIONS = {"redis_host": "cache"}\n',
            verdict="ask",
        ),
        (LEAVING.format("cache:6379"),),
    ),
    Case(
        "a config whose arguments in a mapping may change",
        engine(
            "self.bus = BufferedMessageBusClient(MessageBusConfig(**OPTIONS))  #: construct refuse, config refuse",
            top='OPTIONS = {"redis_host": "redis"}\nOPTIONS["redis_host"] = "cache"\n',
            verdict="refuse",
        ),
        ("the config's arguments cannot be told apart",),
    ),
    Case(
        "a config that is set afterwards, under another name",
        engine(
            FROM.format(config="config", verdict="rewrite"),
            init="self.config: MessageBusConfig = MessageBusConfig()  #: annotation rewrite, config rewrite\n"
            '        self.config.redis_host = "redis"  #: config escape rewrite',
            before="config = self.config  #: config escape rewrite",
        ),
    ),
    Case(
        "a config that is set to another host afterwards",
        engine(
            FROM.format(config="self.config", verdict="ask"),
            init="self.config = MessageBusConfig()  #: config ask\n"
            '        self.config.redis_host = "cache"  #: config escape ask',
            verdict="ask",
        ),
        (LEAVING.format("cache:6379"),),
    ),
    Case(
        "a config that another module of the engine has",
        engine(
            FROM.format(config="CONFIG", verdict="rewrite"),
            names="BufferedMessageBusClient",
            top="from settings import CONFIG, LOT\n\nprint(LOT)\n",
        ),
        more={
            "settings.py": "from enhanced_messagebus_client import MessageBusConfig  #: import rewrite\n\n"
            "LOT = 1\nCONFIG = MessageBusConfig()  #: config rewrite\n"
        },
    ),
    Case(
        "a config that may be read off an object that is not known",
        engine(
            FROM.format(config="self.config", verdict="refuse"),
            init="self.config = MessageBusConfig()  #: config refuse",
            verdict="refuse",
        )
        + "\n\ndef show(engine):\n    print(engine.config.redis_host)\n",
        ("the config may be the `config` of an object that cannot be followed, at service.py:19",),
    ),
    Case(
        "a config that a constructor is handed",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse


class Engine:
    def __init__(self, config):
        self.config = config  #: config escape refuse

    async def start(self):
        self.bus = BufferedMessageBusClient(self.config)  #: construct refuse
        await self.bus.start()  #: start refuse


engine = Engine(MessageBusConfig())  #: config refuse
""",
        (
            "the config is used apart from making its client here",
            "the config is handed to Engine, which takes it as a parameter",
        ),
    ),
)

IS_NOT = (
    Case(
        "a config of one's own",
        "from dataclasses import dataclass\n\n\n@dataclass\nclass MessageBusConfig:  #!\n"
        "    redis_port: int = 6379\n\n\n"
        "config = MessageBusConfig()  #!\n",
    ),
    Case("a config of another module", "from settings import MessageBusConfig\n\nconfig = MessageBusConfig()  #!\n"),
    Case("a dict with the names of a config", 'config = dict(redis_host="localhost", redis_port=6379)  #!\n'),
    Case(
        "a client of another module with a method start",
        "from workers import Client\n\n\nasync def start():\n    # redis\n    client = Client()\n"
        "    await client.start()  #!\n    await client.publish('a', {})  #!\n",
    ),
)
