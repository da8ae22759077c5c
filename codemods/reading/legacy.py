"""What redis-py offers, as tables: client classes, and what each command is for.

Sources: redis.io/docs/latest/commands (group "stream", "pubsub"), redis-py 5 to 8, aioredis 1.3 and 2.0.
"""

from __future__ import annotations

SYNC, ASYNC, OLD = "redis", "redis.asyncio", "aioredis"

MODULES = ("redis", "redis.asyncio", "redis.client", "redis.asyncio.client", "aioredis")

CLIENT_CLASSES = {"Redis", "StrictRedis"}
FACTORIES = {"from_url", "from_pool"}  # redis.from_url, Redis.from_url and Redis.from_pool
OLD_FACTORIES = {"create_redis", "create_redis_pool", "create_connection", "create_pool"}  # aioredis 1.x
POOL_METHODS = {"get", "acquire"}  # of aioredis 1.x; without an argument they give a connection
NOT_FOLLOWED = {"RedisCluster": "a cluster client", "Sentinel": "a Sentinel"}
"""Classes that carry streams too, and whose objects are not followed."""

STREAM_COMMANDS = {
    "xadd", "xread", "xreadgroup", "xack", "xackdel", "xlen", "xrange", "xrevrange", "xinfo_stream", "xinfo_groups",
    "xinfo_consumers", "xtrim", "xdel", "xdelex", "xpending", "xpending_range", "xclaim", "xautoclaim",
    "xgroup_create", "xgroup_destroy", "xgroup_createconsumer", "xgroup_delconsumer", "xgroup_setid",
    "xcfgset", "xnack", "xsetid",
}  # fmt: skip
READERS = {"xread", "xreadgroup"}
"""Commands whose streams are the keys of a mapping; all others name one stream first."""

STREAM_PARAMETER = {"xread": ("streams", 0), "xreadgroup": ("streams", 2)}
"""Where a command names its streams: keyword and position; `("name", 0)` for the others."""

BLOCK_PARAMETER = {"xread": 2, "xreadgroup": 4}
"""Where a read says how long it may block, besides by its keyword `block`."""

REPLY_IS_TEXT = {
    "xread", "xreadgroup", "xrange", "xrevrange", "xinfo_stream", "xinfo_groups", "xinfo_consumers", "xpending",
    "xpending_range", "xclaim", "xautoclaim", "xadd", "xcfgset", "xsetid", "type",
}  # fmt: skip
"""Commands whose reply differs with `decode_responses`."""

PUBSUB_COMMANDS = {"publish", "pubsub", "spublish", "pubsub_channels", "pubsub_numsub", "pubsub_numpat"}
MANY_KEYS = {"delete", "unlink", "exists", "touch", "rename", "renamenx", "copy"}
"""Key commands whose every argument is a key."""
ON_ANY_KEY = {
    "delete", "unlink", "exists", "touch", "expire", "pexpire", "expireat", "pexpireat", "persist", "ttl", "pttl",
    "type", "expiretime", "pexpiretime", "memory_usage", "dump",
}  # fmt: skip
"""Commands that every kind of key takes, a stream as well."""
SENT_WORDS = frozenset(command.partition("_")[0] for command in STREAM_COMMANDS)
"""What a server is sent first of the commands of streams: `xgroup` of `xgroup_create`."""
GIVES_ANOTHER = {"client", "monitor", "get_connection"}  # the last of a pool
ANY_COMMAND = "execute_command"
SCRIPTING = {"eval", "eval_ro", "register_script", "script_load"}
"""What takes a Lua script as its first argument."""
CLOSERS = {"close", "aclose"}
OPENERS = {"initialize"}  # redis.asyncio only; awaiting the client does the same
PIPELINES = {"pipeline", "transaction"}
GIVES_PIPELINE = {"pipeline"}
OF_PIPELINE = {"execute", "reset", "multi", "watch", "unwatch", "discard", "close", "aclose"}
"""What a pipeline has besides the commands that it collects; none of it gives the pipeline again."""
AT_ONCE = OF_PIPELINE - {"multi"}
"""What of it speaks to the server at once."""
IN_CHAINS = STREAM_COMMANDS | PUBSUB_COMMANDS | {"execute", "reset"}
"""What shows that a chain of calls is one of a pipeline's commands, and does not go on with a reply."""

SERVER_PARAMETERS = ("host", "port", "db")  # redis.Redis(host, port, db, ...), positional in this order
ELSEWHERE = ("connection_pool", "unix_socket_path")
"""Arguments that say in another way which server it is."""
SECRETS = {"password", "username", "credential_provider"}
TLS = {"ssl", "ssl_certfile", "ssl_keyfile", "ssl_ca_certs", "ssl_cert_reqs"}

CONFIG_HOSTS = ("redis_host", "host")
CONFIG_PORTS = ("redis_port", "port")
CONFIG_DBS = ("redis_db", "db")
CONFIG_URLS = ("redis_url", "url")


STARRED = {
    "Redis", "StrictRedis", "RedisCluster", "Sentinel", "SentinelConnectionPool", "ConnectionPool",
    "BlockingConnectionPool", "Connection", "SSLConnection", "UnixDomainSocketConnection", "from_url",
    "AuthenticationError", "BusyLoadingError", "ChildDeadlockedError", "DataError", "InvalidResponse", "PubSubError",
    "ReadOnlyError", "RedisError", "ResponseError", "WatchError",
}  # fmt: skip
"""The names that a star import brings, but for those of Python's own: ConnectionError and TimeoutError."""


def flavour(dotted: str) -> str | None:
    """Which redis library a dotted name belongs to: redis, redis.asyncio or aioredis; None for any other."""
    root, _, rest = dotted.partition(".")
    if root == "aioredis":
        return OLD
    if root != "redis":
        return None
    return ASYNC if rest == "asyncio" or rest.startswith("asyncio.") else SYNC


def is_client_class(dotted: str) -> bool:
    """Whether a dotted name is a client's class, by whatever module it is reached."""
    return flavour(dotted) is not None and dotted.rsplit(".", 1)[-1] in CLIENT_CLASSES


def is_pipeline(dotted: str) -> bool:
    """Whether a dotted name is the class of pipelines."""
    return flavour(dotted) is not None and dotted.rsplit(".", 1)[-1] == "Pipeline"


def is_factory(dotted: str) -> bool:
    """Whether calling this gives a client."""
    last = dotted.rsplit(".", 1)[-1]
    return flavour(dotted) is not None and (last in FACTORIES or (flavour(dotted) == OLD and last in OLD_FACTORIES))


def is_exception(dotted: str) -> bool:
    """Whether a dotted name of redis is one of its exceptions."""
    return flavour(dotted) is not None and dotted.rsplit(".", 1)[-1].endswith(("Error", "exceptions"))
