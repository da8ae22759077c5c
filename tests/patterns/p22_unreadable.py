"""P22: files that cannot be read are named with line and cause, and hold every client of their engine."""

from patterns.case import Case

CACHE = "import redis  #: import keep\n\ncache = redis.Redis()  #: construct keep\ncache.get('a')  #: command keep\n"
WRAPPED = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {verdict}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}
"""
UNREADABLE = {
    "a syntax error": (b"import redis\ndef f(:\n", "other.py:2: does not parse: invalid syntax"),
    "an unclosed bracket": (b"import redis\nx = (1,\n", "other.py:2: does not parse: '(' was never closed"),
    "a tab among spaces": (
        b"import redis\nif 1:\n        x = 1\n\ty = 2\n",
        "other.py:4: does not parse: inconsistent use of tabs and spaces in indentation",
    ),
    "an unknown encoding": (
        b"# -*- coding: none -*-\nimport redis\n",
        "other.py:1: has an unknown encoding: unknown encoding: none",
    ),
    "bytes that are not of its encoding": (
        b"import redis\nx = '\xff'\n",
        "other.py:2: is not utf-8: invalid start byte",
    ),
    "a null byte": (
        b"import redis\nx = '\0'\n",
        "other.py:2: does not parse: source code string cannot contain null bytes",
    ),
    "Python 2": (
        b"import redis\nprint 'x'\n",
        "other.py:2: does not parse: Missing parentheses in call to 'print'. Did you mean print(...)?",
    ),
    "a conflict": (
        b"import redis\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n",
        "other.py:2: does not parse: invalid syntax",
    ),
}
READABLE = {
    "a byte order mark": b"\xef\xbb\xbfLOT = 'redis'\n",
    "carriage returns": b"LOT = 'redis'\r\nMORE = 1\r\n",
    "another declared encoding": b"# -*- coding: latin-1 -*-\nLOT = 'redis \xe9'\n",
    "a form feed": b"LOT = 'redis'\n\x0c\nMORE = 1\n",
    "no final newline": b"LOT = 'redis'",
    "nothing": b"",
    "tabs": b"if 1:\n\tLOT = 'redis'\n",
}
NOT_KNOWN = "what this file does with the client is not known: {}"

IS = (
    *(
        Case(f"{name} beside a cache", CACHE, more={"other.py": data}, failed=(cause,))
        for name, (data, cause) in UNREADABLE.items()
    ),
    *(
        Case(
            f"{name} beside a wrapper",
            WRAPPED.format(verdict="refuse"),
            (NOT_KNOWN.format(cause),),
            {"other.py": data},
            (cause,),
        )
        for name, (data, cause) in UNREADABLE.items()
    ),
)

IS_NOT = (
    *(
        Case(f"a file with {name}", WRAPPED.format(verdict="rewrite") + "# beside it  #!\n", more={"other.py": data})
        for name, data in READABLE.items()
    ),
    Case(
        "a file that cannot be read and has nothing to do with redis",
        WRAPPED.format(verdict="rewrite") + "# beside it  #!\n",
        more={"other.py": b"def f(:\n"},
    ),
)
