"""Why imports of a wrapper do not go, each reason by an engine that has nothing else against it."""

from __future__ import annotations

import pytest
from engines_of_one import (
    assert_held,
    change,
    slug,
)
from wrapper_engines import MADE, NAMES, engine

from codemods.model import Verdict

CLIENT = "enhanced_messagebus_client.BufferedMessageBusClient"


IMPORTS = {
    "a star import": (
        "from enhanced_messagebus_client import *  # here\n",
        "a star import: which of its names are used cannot be told",
    ),
    "an import in a function that binds a name of the module": (
        f"def make():\n    global MessageBusConfig\n    from enhanced_messagebus_client import {NAMES}  # here\n",
        "the wrapper is imported inside a function, and MessageBusConfig is bound outside of it",
    ),
    "an import in a function under a guard, with a handler elsewhere": (
        f"class Engine:\n    async def start(self):\n        try:\n"
        f"            from enhanced_messagebus_client import {NAMES}  # here\n        except ImportError:\n"
        f"            return\n        self.bus = {MADE}\n        await self.bus.start()\n"
        '        await self.bus.subscribe("market.data.*", self.on)  # there\n\n'
        "    async def on(self, message):\n        print(message.payload)\n",
        "the wrapper is imported inside a function under a guard, and handled outside of it: <there>",
    ),
    "an import under a condition": (
        f"import os\nif os.name:\n    from enhanced_messagebus_client import {NAMES}  # here\n",
        "the wrapper is imported only if `os.name`",
    ),
    "an export in more than a list": (
        f'from enhanced_messagebus_client import {NAMES}  # here\n\n__all__ = ["MessageBusConfig"] + [str(1)]\n',
        "MessageBusConfig is exported in __all__, which is more than a list",
    ),
    "an export that is added": (
        f'from enhanced_messagebus_client import {NAMES}  # here\n\n__all__ = []\n__all__ += ["MessageBusConfig"]\n',
        "MessageBusConfig is exported in __all__, which is more than a list",
    ),
    "a `try` that would be empty, with a flag": (
        f"try:\n    from enhanced_messagebus_client import {NAMES}  # here\n    OK = True\n"
        "except ImportError:\n    OK = False\n",
        "nothing uses this import, and its `try` would be left empty: remove both",
    ),
    "a `try` that would be empty, with more to do": (
        f"try:\n    from enhanced_messagebus_client import {NAMES}  # here\nexcept ImportError:\n    print('no')\n",
        "nothing uses this import, and its `try` would be left empty: remove both",
    ),
    **{
        f"a stand-in that is {name}": (
            "try:\n    from enhanced_messagebus_client import BufferedMessageBusClient  # here\n"
            f"except ImportError:\n    {stand_in}  # there\n",
            "a stand-in takes the wrapper's place when the import fails: <there>",
        )
        for name, stand_in in (
            ("a class", "class BufferedMessageBusClient: pass"),
            ("a function", "def BufferedMessageBusClient(): pass"),
            ("imported", "from stand_ins import BufferedMessageBusClient"),
            ("a value", "BufferedMessageBusClient = object"),
            ("None, and another name's as well", "BufferedMessageBusClient = Other = None"),
            ("None, beside another statement", "BufferedMessageBusClient = None; Other = 1"),
            ("None in a pair with something", "BufferedMessageBusClient, Other = None, 1"),
        )
    },
    "a stand-in in a function": (
        f"def make():\n    try:\n        from enhanced_messagebus_client import {NAMES}  # here\n"
        "    except ImportError:\n        BufferedMessageBusClient = None  # there\n",
        "a stand-in takes the wrapper's place when the import fails: <there>",
    ),
}


@pytest.mark.parametrize("name", IMPORTS, ids=slug)
def test_an_import_is_refused_and_called_nothing_worse(name: str) -> None:
    text, reason = IMPORTS[name]
    result = change(text)
    assert_held(text, Verdict.REFUSE, reason, result)
    assert [warning for site in result.sites for warning in site.warnings] == []


@pytest.mark.parametrize(
    "taken",
    [
        "from bus import *  # here",
        "import json; from bus import BufferedMessageBusClient  # here",
        "try:\n    from bus import BufferedMessageBusClient  # here\nexcept ImportError:\n    pass",
    ],
)
def test_a_wrapper_that_is_passed_on_in_an_odd_way_is_refused(taken: str) -> None:
    text = engine().replace(f"import {NAMES}", f"import MessageBusConfig\n{taken}")
    result = change(text, bus="from enhanced_messagebus_client import BufferedMessageBusClient\n")
    assert_held(text, Verdict.REFUSE, f"{CLIENT} is imported by way of another module", result)
