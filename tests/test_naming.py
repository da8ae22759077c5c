"""Imports that a change makes needless or needs: what goes, what comes, where it stands, under which name."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, change, text_after
from msgspec.structs import asdict
from orders import module_of, no_names

from codemods.model import Verdict
from codemods.orders import Order
from codemods.placing import Placing
from codemods.rewriting import rewrite

BODY = """

class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
"""
WRAPPER = "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n"
TARGET = "from dual_messagebus_client import EngineType, get_dual_bus_client\n"
PUBLISH = '\n    async def tell(self, x):\n        await self.bus.publish("strategy.signal.x", {}, priority={})\n'


def head(imports: str, body: str = BODY, **more: str) -> str:
    """The imports of the changed text: all that stands above the first class or function."""
    before = imports + body
    result = change(before, **more)
    assert [site.reason for site in result.sites if site.verdict in (Verdict.ASK, Verdict.REFUSE)] == []
    assert result.faults == ()
    after = text_after(result, before)
    assert "get_dual_bus_client(" in after
    return after[: after.index("class Engine")].rstrip("\n") + "\n"


PLACES = {
    "in the place of the wrapper": (WRAPPER, TARGET),
    "after a docstring": (f'"""Doc."""\n\n{WRAPPER}', f'"""Doc."""\n\n{TARGET}'),
    "after __future__": (
        f"from __future__ import annotations\n\n{WRAPPER}",
        f"from __future__ import annotations\n\n{TARGET}",
    ),
    "between groups": (f"import os\n\n{WRAPPER}\nfrom . import x\n", f"import os\n\n{TARGET}\nfrom . import x\n"),
    "in the order of its group": (
        f"import json\n\nfrom engines.portfolio import a\n{WRAPPER}from zz import b\n",
        f"import json\n\n{TARGET}from engines.portfolio import a\nfrom zz import b\n",
    ),
    "before what sorts later": (f"from engines import a\n{WRAPPER}", f"{TARGET}from engines import a\n"),
    "after what sorts first": (
        f"from aa import b\nfrom a_module import c\n{WRAPPER}",
        f"from aa import b\nfrom a_module import c\n{TARGET}",
    ),
    "a comment on the line": (WRAPPER.replace("\n", "  # the bus\n"), TARGET.replace("\n", "  # the bus\n")),
    "noqa on the line": (WRAPPER.replace("\n", "  # noqa: E402\n"), TARGET.replace("\n", "  # noqa: E402\n")),
    "in parentheses": (
        "from enhanced_messagebus_client import (\n    BufferedMessageBusClient,\n    MessageBusConfig,\n)\n",
        TARGET,
    ),
    "on two lines": (
        "from enhanced_messagebus_client import BufferedMessageBusClient\n"
        "from enhanced_messagebus_client import MessageBusConfig\n",
        TARGET,
    ),
    "a name that is there already": (
        f"from dual_messagebus_client import EngineType\n{WRAPPER}\nprint(EngineType)\n",
        f"{TARGET}\nprint(EngineType)\n",
    ),
    "an import of the target in brackets": (
        f"from dual_messagebus_client import (\n    EngineType,\n)\n{WRAPPER}\nprint(EngineType)\n",
        "from dual_messagebus_client import (\n    EngineType,\n    get_dual_bus_client,\n)\n\nprint(EngineType)\n",
    ),
    "an import of the target that is not in order": (
        f"from dual_messagebus_client import MessageType, EngineType  # noqa\n{WRAPPER}"
        "\nprint(EngineType, MessageType)\n",
        "from dual_messagebus_client import MessageType, EngineType, get_dual_bus_client  # noqa\n"
        "\nprint(EngineType, MessageType)\n",
    ),
    "an import of the target with comments in it": (
        f"from dual_messagebus_client import (\n    EngineType,  # ours\n)\n{WRAPPER}\nprint(EngineType)\n",
        "from dual_messagebus_client import (\n    EngineType,  # ours\n)\n"
        "from dual_messagebus_client import get_dual_bus_client\n\nprint(EngineType)\n",
    ),
    "an import that shares its line": (f"import os; {WRAPPER}\nprint(os)\n", f"import os; {TARGET}\nprint(os)\n"),
    "an import that is the first of its line": (
        f"{WRAPPER[:-1]}; import os  # both\n\nprint(os)\n",
        f"{TARGET[:-1]}; import os  # both\n\nprint(os)\n",
    ),
    "an import under a condition": (
        f"import os\n\nif os.name:\n    {WRAPPER}else:\n    print(1)\n",
        f"import os\n\nif os.name:\n    {TARGET}else:\n    print(1)\n",
    ),
    "an import that a context guards": (
        f"from contextlib import suppress\n\nwith suppress(ImportError):\n    {WRAPPER}",
        f"from contextlib import suppress\n\nwith suppress(ImportError):\n    {TARGET}",
    ),
    "an import for types alone that nothing needs any more": (
        f"from typing import TYPE_CHECKING, Any\n\n{WRAPPER}\nif TYPE_CHECKING:\n    "
        "from enhanced_messagebus_client import "
        'BusMessage\n\nX: Any = 1\ndef f(message: "BusMessage"): print(message)\n',
        f'from typing import Any\n\n{TARGET}\nX: Any = 1\ndef f(message: "dict[str, str]"): print(message)\n',
    ),
    "a name that `__all__` lists": (
        f'{WRAPPER}\n__all__ = ["MessageBusConfig", "Engine"]\n',
        f'{TARGET}\n__all__ = ["Engine"]\n',
    ),
    "a name that `__all__` lists on a line of its own": (
        f"{WRAPPER}\n__all__ = (\n    'Engine',  # ours\n    'MessageBusConfig',\n)\n",
        f"{TARGET}\n__all__ = (\n    'Engine',  # ours\n)\n",
    ),
    "names that `__all__` alone lists": (f'{WRAPPER}\n__all__ = ["MessageBusConfig"]\n', f"{TARGET}\n__all__ = []\n"),
    "an import for types alone": (
        f"from typing import TYPE_CHECKING\n\n{WRAPPER}\nif TYPE_CHECKING:\n    from enhanced_messagebus_client import "
        'BufferedMessageBusClient as Bus\n\ndef f(bus: "Bus | None"): print(bus)\n',
        f"from typing import TYPE_CHECKING\n\n{TARGET}\nif TYPE_CHECKING:\n    from dual_messagebus_client import "
        'DualMessageBusClient\n\ndef f(bus: "DualMessageBusClient | None"): print(bus)\n',
    ),
    "a name that the module has of its own": (
        f"{WRAPPER}\nEngineType = 1\n",
        "from dual_messagebus_client import EngineType as BusEngineType, get_dual_bus_client\n\nEngineType = 1\n",
    ),
    "a name that is a parameter somewhere": (
        f"{WRAPPER}\n\ndef f(EngineType, get_dual_bus_client): pass\n",
        "from dual_messagebus_client import (\n    EngineType as BusEngineType,\n"
        "    get_dual_bus_client as bus_get_dual_bus_client,\n)\n\n\ndef f(EngineType, get_dual_bus_client): pass\n",
    ),
    **{
        f"a name that {what} somewhere": (
            f"{WRAPPER}\n\ndef f():\n    {code}\n",
            "from dual_messagebus_client import EngineType as BusEngineType, get_dual_bus_client\n\n\n"
            f"def f():\n    {code}\n",
        )
        for what, code in (
            ("an exception goes by", "try: print()\n    except OSError as EngineType: pass"),
            ("a pattern binds", "match 1:\n        case int() as EngineType: pass"),
            ("a pattern's star binds", "match [1]:\n        case [*EngineType]: pass"),
            ("the rest of a pattern goes by", "match {}:\n        case {**EngineType}: pass"),
        )
    },
    "an alias that is taken too": (
        f"{WRAPPER}\nEngineType = BusEngineType = 1\n",
        "from dual_messagebus_client import EngineType as BusBusEngineType, get_dual_bus_client\n\n"
        "EngineType = BusEngineType = 1\n",
    ),
    "a guarded import": (
        "try:\n    from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig\n"
        "    AVAILABLE = True\nexcept ImportError:\n    AVAILABLE = False\n",
        "try:\n    from dual_messagebus_client import EngineType, get_dual_bus_client\n"
        "    AVAILABLE = True\nexcept ImportError:\n    AVAILABLE = False\n",
    ),
    "an unused import of the standard library": (f"import os\n\n{WRAPPER}", f"import os\n\n{TARGET}"),
}


@pytest.mark.parametrize(("imports", "expected"), PLACES.values(), ids=PLACES.keys())
def test_the_target_comes_where_the_wrapper_was(imports: str, expected: str) -> None:
    assert head(imports) == expected


@pytest.mark.parametrize("newline", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_new_imports_end_as_the_files_lines_do(newline: str) -> None:
    before = (f"import os\n\n{WRAPPER}" + BODY).replace("\n", newline)
    after = change(before).texts[SERVICE].decode()
    assert after.startswith(f"import os\n\n{TARGET}".replace("\n", newline))
    assert after.replace(newline, "").isprintable()


@pytest.mark.parametrize(
    ("keeper", "kept"),
    [
        ("print(json)\n", "json"),
        ("__all__ = ['json']\n", "json"),
    ],
)
def test_a_name_that_is_still_used_stays(keeper: str, kept: str) -> None:
    imports = f"import json\n{WRAPPER}\n{keeper}"
    after = text_after(change(imports + BODY), imports + BODY)
    assert kept in after.split("class Engine")[0]


def test_what_only_the_dropped_code_used_goes() -> None:
    imports = f"import os\nimport json\n\n{WRAPPER}\nprint(json)\n"
    body = BODY.replace('"localhost"', 'os.getenv("REDIS_HOST", "localhost")')
    assert head(imports, body) == f"import json\n\n{TARGET}\nprint(json)\n"


def test_a_name_that_another_module_takes_from_here_stays() -> None:
    imports = f"import os\n\n{WRAPPER}"
    body = BODY.replace('"localhost"', 'os.getenv("REDIS_HOST", "localhost")')
    other = "from engines.portfolio.service import Engine, os\n\nprint(Engine, os)\n"
    assert head(imports, body, other=other) == f"import os\n\n{TARGET}"
    other = "from engines.portfolio import service\n\nprint(service.os, service.Engine().bus)\n"
    assert head(imports, body, other=other) == f"import os\n\n{TARGET}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from os import getenv, path  # noqa: F401\n", "from os import path  # noqa: F401\n"),
        ("from os import path, getenv  # noqa: F401\n", "from os import path  # noqa: F401\n"),
        ("import getenv, path\n", "import path\n"),
        ("import path, getenv\n", "import path\n"),
        ("from os import (getenv, path,)\n", "from os import (path,)\n"),
        ("from os import (\n    path,  # why\n    getenv,\n)\n", "# why\nfrom os import (\n    path,\n)\n"),
        ("from os import (\n    getenv,\n    path  # why\n)\n", "from os import (\n    path  # why\n)\n"),
    ],
)
def test_remaining_names_of_an_import_keep_their_comments_and_parentheses(before: str, after: str) -> None:
    module = module_of(before)
    data = {**asdict(Placing(drop=["getenv"])), "all": False}
    (node,) = module.source.tree.body
    assert rewrite(module, [Order("imports", module, node, data)], no_names) == after


def test_a_priority_that_is_used_brings_its_enum() -> None:
    imports = "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority\n"
    body = BODY + PUBLISH.format('{"x": x}', "MessagePriority.HIGH")
    assert head(imports, body) == (
        "from dual_messagebus_client import EngineType, MessagePriority, MessageType, get_dual_bus_client\n"
    )


def test_an_import_that_grows_too_long_is_folded_unless_the_file_has_longer_lines() -> None:
    taken = "EngineType = MessageType = MessagePriority = get_dual_bus_client = 1\n"
    imports = (
        "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority as P\n"
    )
    names = ["EngineType as BusEngineType", "MessagePriority as BusMessagePriority", "MessageType as BusMessageType"]
    names.append("get_dual_bus_client as bus_get_dual_bus_client")
    body = BODY + PUBLISH.format('{"x": x}', "P.HIGH")
    folded = "from dual_messagebus_client import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"
    assert head(f"{imports}\n{taken}", body) == f"{folded}\n{taken}"
    long = f"# {'-' * 180}\n"
    assert head(f"{imports}{long}\n{taken}", body) == (
        f"from dual_messagebus_client import {', '.join(names)}\n{long}\n{taken}"
    )


@pytest.mark.parametrize(
    ("there", "then"),
    [
        ("", "import json\nimport logging\nfrom fnmatch import fnmatchcase\n"),
        ("import os\n", "import json\nimport logging\nimport os\nfrom fnmatch import fnmatchcase\n"),
        ("import asyncio\n", "import asyncio\nimport json\nimport logging\nfrom fnmatch import fnmatchcase\n"),
        (
            "from os import path\n",
            "import json\nimport logging\nfrom fnmatch import fnmatchcase\nfrom os import path\n",
        ),
        ("import json as js\n", "import json as js\nimport logging\nfrom fnmatch import fnmatchcase\n"),
        (
            "from __future__ import annotations\n\nimport logging\n",
            "from __future__ import annotations\n\nimport json\nimport logging\nfrom fnmatch import fnmatchcase\n",
        ),
    ],
)
def test_the_standard_library_comes_in_the_order_of_its_group(there: str, then: str) -> None:
    """A migrated handler decodes its payload, compares its topic and logs what a handler raises."""
    body = (
        BODY
        + '        await self.bus.subscribe("strategy.signal.*", self.on_signal)\n\n'
        + "    async def on_signal(self, message):\n        print(message.payload)\n"
    )
    gap = "\n" if there else ""
    used = "".join(f"print({line.split()[-1]})\n" for line in there.splitlines() if line and "__future__" not in line)
    used = f"\n{used}" if used else ""
    assert head(f"{there}{gap}{WRAPPER}{used}", body).startswith(
        f"{then}\nfrom dual_messagebus_client import EngineType, MessageType, get_dual_bus_client\n"
    )


@pytest.mark.parametrize("message", ["", "BusMessage, "], ids=["nothing", "the wrapper's message"])
def test_a_file_of_relative_imports_gets_groups_of_their_own(message: str) -> None:
    """The subscription is another file's; of the wrapper it has nothing, or what a relative import passes on."""
    annotated = "message: BusMessage" if message else "message"
    handler = f"from .base import {message}LOT\n\n\nasync def on_price({annotated}):\n    print(LOT, message.payload)\n"
    service = f"{WRAPPER}from engines.portfolio.fx import on_price\n{BODY}"
    service += '        await self.bus.subscribe("strategy.signal.*", on_price)\n'
    result = change(service, fx=handler, base="from enhanced_messagebus_client import BusMessage\n\nLOT = 1\n")
    after = result.texts["backend/engines/portfolio/fx.py"].decode()
    assert after.startswith(
        "import json\nfrom fnmatch import fnmatchcase\n\nfrom dual_messagebus_client import MessageType\n\n"
        "from .base import LOT\n\n\nasync def"
    )
