"""P15: a Lua script that runs a stream's command: it is no key command, and nothing routes it."""

from patterns.case import Case

ENGINE = """\
import redis.asyncio as redis  #: import keep

PUSH = "return redis.call('XADD', KEYS[1], '*', 'a', ARGV[1])"


class Engine:
    async def start(self):
        self.redis = redis.Redis(decode_responses=True)  #: construct {verdict}

    async def use(self, name):
        {body}
"""
XADD = "the script runs XADD, and a script is not routed"


def script(name: str, body: str, reason: str = XADD) -> Case:
    return Case(name, ENGINE.format(body=body, verdict="refuse"), (reason,))


def lock(name: str, body: str) -> Case:
    return Case(name, ENGINE.format(body=body, verdict="keep"))


IS = (
    script(
        "a script that is written out",
        """await self.redis.eval("redis.call('XADD', 'a', '*')", 0)  #: command refuse""",
    ),
    script("a script of a constant", "await self.redis.eval(PUSH, 1, 'raw-ticks', 1)  #: command refuse"),
    script("a script that is registered", "return self.redis.register_script(PUSH)  #: command refuse"),
    script(
        "a script that is loaded, and runs two commands",
        """await self.redis.script_load("redis.pcall('xtrim', 'a') redis.pcall('xack', 'a')")  #: command refuse""",
        "the script runs XACK, XTRIM, and a script is not routed",
    ),
    script(
        "a script that is put together",
        """await self.redis.eval(f"return redis.call(\\"XLEN\\", '{name}')", 0)  #: command refuse""",
        "the script runs XLEN, and a script is not routed",
    ),
    script(
        "a script in a pipeline",
        "pipe = self.redis.pipeline()  #: command keep\n"
        "        pipe.eval(PUSH, 1, 'raw-ticks', 1)  #: pipeline call refuse\n"
        "        await pipe.execute()  #: pipeline call keep",
    ),
    script(
        "a script beside a command on its stream",
        "await self.redis.xadd('raw-ticks', {'a': '1'})  #: stream refuse\n"
        "        await self.redis.eval(PUSH, 1, 'raw-ticks', 1)  #: command refuse",
    ),
)

IS_NOT = (
    lock(
        "a script of keys", """await self.redis.eval("return redis.call('GET', KEYS[1])", 1, 'XADD')  #: command keep"""
    ),
    lock("a script whose text is not known", "await self.redis.eval(name, 1, 'raw-ticks')  #: command keep"),
    lock("a command that a script only mentions", "await self.redis.eval('return 1 -- no XADD', 0)  #: command keep"),
    lock("a key of that name", "await self.redis.get('\"xadd\"')  #: command keep"),
)
