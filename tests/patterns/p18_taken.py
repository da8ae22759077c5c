"""P18: a stream's command that is taken from something unknown, and called who knows where."""

from patterns.case import Case

ENGINE = """\
import functools
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct {verdict}

    async def use(self, other):
        {body}
"""
TAKEN = "what xadd is taken from here cannot be followed, so nobody can tell which server it speaks to"
ASKED = "what xadd is called on here cannot be followed, so nobody can tell which server it speaks to"


def taken(name: str, body: str, says: str = TAKEN, more: str = "", at: str = "service.py:10") -> Case:
    """A command of a client that nobody saw being made; it may be that of the one that was."""
    files = {"callers.py": more} if more else {}
    own = f"xadd at {at} cannot be followed, and may be this client's own"
    return Case(name, ENGINE.format(body=body, verdict="refuse"), (says, own), more=files)


def left(name: str, body: str, more: str = "") -> Case:
    """Something that is no command, beside a client that is none of its business."""
    files = {"callers.py": more} if more else {}
    return Case(name, ENGINE.format(body=f"{body}  #!", verdict="keep"), more=files)


IS = (
    taken(
        "a method that gets a name", 'tell = other.link.xadd  #: attribute refuse\n        await tell("raw-ticks", {})'
    ),
    taken("a method that is partly applied", 'return functools.partial(other.xadd, "raw-ticks")  #: attribute refuse'),
    taken("a method that is given away", "await other.each(other.link.xadd)  #: attribute refuse"),
    taken(
        "a method that is reached by its name",
        'await getattr(other.link, "xadd")("raw-ticks", {})  #: attribute refuse',
        ASKED,
    ),
    taken(
        "a method that is reached by a constant name",
        'ADD = "xadd"; await getattr(other, ADD, None)("raw-ticks", {})  #: attribute refuse',
        ASKED,
    ),
    *(
        Case(
            f"a command that is written out, {name}",
            ENGINE.format(body=f"{body}  #: command refuse", verdict="refuse"),
            (
                ASKED.replace("xadd", "execute_command"),
                "execute_command at service.py:10 cannot be followed, and may be this client's own",
            ),
        )
        for name, body in (
            ("as one word", 'await other.link.execute_command("XADD", "raw-ticks", "*", "a", 1)'),
            ("as two words", 'await other.execute_command("xinfo stream", "raw-ticks")'),
            ("as a constant", 'ADD = "XADD"; await other.execute_command(ADD, "raw-ticks", "*", "a", 1)'),
        )
    ),
    *(
        Case(
            f"a method of what a decorator makes of {name}",
            ENGINE.format(body=f"{body}  #: stream refuse", verdict="refuse"),
            (ASKED, "xadd at service.py:13 cannot be followed, and may be this client's own"),
        )
        for name, body in (
            ("a function", "@other\n        def link(): ...\n\n        await link.xadd('raw-ticks', {})"),
            ("a class", "@other\n        class Link: ...\n\n        await Link.xadd('raw-ticks', {})"),
        )
    ),
    taken(
        "a method that a file without redis takes",
        "return other",
        more="def teller(desk):\n    return desk.link.xadd  #: attribute refuse\n",
        at="callers.py:2",
    ),
    taken(
        "a method that a file without redis reaches by its name",
        "return other",
        ASKED,
        more='def teller(desk):\n    return getattr(desk.link, "xadd")  #: attribute refuse\n',
        at="callers.py:2",
    ),
)

IS_NOT = (
    left("the range of a chart", "return other.chart.xrange"),
    left("a key's command that is reached by its name", 'return getattr(other, "get")'),
    left("a function of one's own called getattr", 'getattr = print; getattr(other, "xadd")'),
    left("a key's command that is written out", 'return other.execute_command("GET", "a")'),
    left("a command that only the run tells", "return other.execute_command(other.name)"),
    left("an attribute that is set", "other.xadd = None"),
    left(
        "a command of a class that is read",
        "from callers import Desk; return Desk().xadd",
        "class Desk:\n    def xadd(self): ...\n",
    ),
    Case("a method where redis is not imported", "def teller(desk):\n    return desk.link.xadd  #!\n"),
)
