"""P18: a stream's command that `operator` is told the name of, and whatever it is then called on."""

from patterns.case import Case

MADE = """\
import operator
from operator import attrgetter, methodcaller
from operator import methodcaller as asking
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct {verdict}

    async def use(self, name, other):
        {body}
"""
UNFOLLOWED = "here, where it can no longer be followed"


def asked(name: str, body: str, to: str, shown: str = 'methodcaller("') -> Case:
    """A client that is lost where somebody asks it for a command."""
    code = MADE.format(body=body, verdict="refuse")
    lines = code.split("\n")
    lost = next(number for number, line in enumerate(lines, 1) if "escape refuse" in line)
    told = next(number for number, line in enumerate(lines, 1) if shown in line)
    says = f"what xadd is called on here cannot be followed, and a client is lost at service.py:{lost}"
    return Case(
        name, code, (says, f"the client is handed to {to} {UNFOLLOWED}, and xadd at service.py:{told} may be its own")
    )


IS = (
    asked(
        "a caller that is given the client at once",
        'await methodcaller("xadd", "raw-ticks", {"a": "b"})(self.redis)  #: attribute refuse, escape refuse',
        "something unknown",
    ),
    asked(
        "a caller by its whole name",
        'await operator.methodcaller("xadd", "raw-ticks", {})(self.redis)  #: attribute refuse, escape refuse',
        "something unknown",
    ),
    asked(
        "a caller that has a name of its own",
        'tell = asking("xadd", "raw-ticks", {})  #: attribute refuse\n        await tell(self.redis)  #: escape refuse',
        "tell",
        'asking("',
    ),
    asked(
        "a caller of a command in a constant",
        'ADD = "xadd"\n        tell = methodcaller(ADD, "raw-ticks")  #: attribute refuse\n'
        "        await tell(self.redis)  #: escape refuse",
        "tell",
        "methodcaller(ADD",
    ),
    asked(
        "a getter of a bound method",
        'await attrgetter("xadd")(self.redis)("raw-ticks", {})  #: attribute refuse, escape refuse',
        "something unknown",
        'attrgetter("',
    ),
    Case(
        "a getter that goes by way of other attributes",
        MADE.format(
            body='await attrgetter("engine.redis.xadd")(other)("raw-ticks", {})  #: attribute refuse', verdict="refuse"
        ),
        (
            "what xadd is called on here cannot be followed, so nobody can tell which server it speaks to",
            "xadd at service.py:12 cannot be followed, and may be this client's own",
        ),
    ),
    Case(
        "a caller that another file makes",
        MADE.format(
            body="from callers import TELL\n        await TELL(self.redis)  #: escape refuse", verdict="refuse"
        ),
        (
            "what xadd is called on here cannot be followed, and a client is lost at service.py:13",
            f"the client is handed to TELL {UNFOLLOWED}, and xadd at callers.py:3 may be its own",
        ),
        more={
            "callers.py": 'import operator\n\nTELL = operator.methodcaller("xadd", "raw-ticks")  #: attribute refuse\n'
        },
    ),
    Case(
        "a caller whose command is only known at run time",
        MADE.format(body='await methodcaller(name, "raw-ticks")(self.redis)  #: escape refuse', verdict="keep"),
        (f"the client is handed to something unknown {UNFOLLOWED}, and may be asked for a stream's command",),
    ),
)

IS_NOT = (
    Case(
        "a caller of a key's command",
        MADE.format(body='await methodcaller("get", "xadd")(self.redis)  #: escape keep', verdict="keep"),
    ),
    Case(
        "a function of one's own that is called so",
        MADE.format(body='methodcaller = print; methodcaller("xadd")  #!', verdict="keep"),
    ),
    Case(
        "a caller where redis is not imported",
        'from operator import methodcaller\n\nTELL = methodcaller("xadd", "raw-ticks")  #!\n',
    ),
)
