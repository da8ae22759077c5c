"""What becomes of a module's imports: what is left goes with its last use, the target comes where it belongs."""

from __future__ import annotations

import pytest
from engines_of_one import change, slug, text_after

WRAPPER = "enhanced_messagebus_client"
BOTH = f"from {WRAPPER} import BufferedMessageBusClient, MessageBusConfig"
NEW = "from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client"
ENGINE = """

class Engine:
    async def start(self):
        self.bus = {client}({config}())
        await self.bus.start()
        await self.bus.publish("portfolio.update.x", {{"a": 1}}{more})
"""
MOVED = """

class Engine:
    async def start(self):
        self.bus = await {factory}(EngineType.PORTFOLIO)
        await self.bus.publish_message(
            {types}.PORTFOLIO_UPDATE, {{"a": 1, "topic": "portfolio.update.x"}}{more}
        )
"""

IMPORTS = {
    "a plain one": (f"{BOTH}\n", f"{NEW}\n"),
    "two of them": (
        f"from {WRAPPER} import BufferedMessageBusClient\nfrom {WRAPPER} import MessageBusConfig\n",
        f"{NEW}\n",
    ),
    "one in brackets with a comment": (
        f"from {WRAPPER} import (\n    BufferedMessageBusClient,  # the client\n    MessageBusConfig,\n)\n",
        f"# the client\n{NEW}\n",
    ),
    "one with a comment": (f"{BOTH}  # the old bus\n", f"{NEW}  # the old bus\n"),
    "a package around it": (
        BOTH.replace("from ", "from backend.") + "\n",
        NEW.replace("from ", "from backend.") + "\n",
    ),
    "a docstring and the future above it": (
        f'"""Doc."""\nfrom __future__ import annotations\n\nimport numpy\n{BOTH}\n\nprint(numpy)\n',
        f'"""Doc."""\nfrom __future__ import annotations\n\nimport numpy\n{NEW}\n\nprint(numpy)\n',
    ),
    "others of the house around it": (
        f"import os\n{BOTH}\nfrom engine_stats import stats\n\nprint(os, stats)\n",
        f"import os\n{NEW}\nfrom engine_stats import stats\n\nprint(os, stats)\n",
    ),
    "another that sorts before the target": (
        f"from aaa import a\n{BOTH}\n\nprint(a)\n",
        f"from aaa import a\n{NEW}\n\nprint(a)\n",
    ),
    "a guard with its flag": (
        f"try:\n    {BOTH}\n    OK = True\nexcept ImportError:\n    OK = False\n\nprint(OK)\n",
        f"try:\n    {NEW}\n    OK = True\nexcept ImportError:\n    OK = False\n\nprint(OK)\n",
    ),
    "a name that stays": (
        f"import os\nimport json, sys\n{BOTH}\n\nprint(os, json, sys)\n",
        f"import os\nimport json, sys\n{NEW}\n\nprint(os, json, sys)\n",
    ),
    "a name of the target that is there already": (
        f"from dual_messagebus_client import MessageType\n{BOTH}\n\nprint(MessageType)\n",
        f"{NEW}\n\nprint(MessageType)\n",
    ),
}


@pytest.mark.parametrize("name", IMPORTS, ids=slug)
def test_imports(name: str) -> None:
    before, after = IMPORTS[name]
    text = before + ENGINE.format(client="BufferedMessageBusClient", config="MessageBusConfig", more="")
    result = change(text)
    moved = MOVED.format(factory="get_dual_bus_client", types="MessageType", more="")
    assert (result.faults, text_after(result, text)) == ((), after + moved)


ALIASES = {
    "a module": (f"import {WRAPPER}\n", f"{WRAPPER}."),
    "a module by another name": (f"import {WRAPPER} as old\n", "old."),
}


@pytest.mark.parametrize("name", ALIASES, ids=slug)
def test_a_module_that_was_imported_whole_gives_way_to_names(name: str) -> None:
    imported, prefix = ALIASES[name]
    names = {"client": f"{prefix}BufferedMessageBusClient", "config": f"{prefix}MessageBusConfig"}
    text = imported + ENGINE.format(**names, more=f", priority={prefix}MessagePriority.HIGH")
    after = text_after(change(text), text)
    assert after.startswith("from dual_messagebus_client import EngineType, MessagePriority, MessageType, get_dual")
    assert "priority=MessagePriority.HIGH" in after
    assert WRAPPER not in after


def test_aliases_go_with_what_they_named() -> None:
    imported = f"from {WRAPPER} import BufferedMessageBusClient as Bus, MessageBusConfig as Config  # noqa: F401\n"
    text = imported + ENGINE.format(client="Bus", config="Config", more="")
    assert text_after(change(text), text).startswith(f"{NEW}  # noqa: F401\n\n\nclass Engine")


def test_one_of_several_modules_of_a_line_goes() -> None:
    text = f"import {WRAPPER}, json\nprint(json)\n" + ENGINE.format(
        client=f"{WRAPPER}.BufferedMessageBusClient", config=f"{WRAPPER}.MessageBusConfig", more=""
    )
    after = text_after(change(text), text)
    assert after.startswith(f"import json\n{NEW}\nprint(json)\n")


COLLISIONS = {
    "a class of the name": ("class MessageType:\n    X = 1\n\n\nprint(MessageType.X)\n", "MessageType"),
    "a function of the name": ("def MessageType():\n    pass\n", "MessageType"),
    "a parameter of the name": ("def f(MessageType):\n    print(MessageType)\n", "MessageType"),
    "an import of the name": ("from engine_stats import MessageType\n\nprint(MessageType)\n", "MessageType"),
    "a builtin that is not there": ("print(MessageType)\n", "MessageType"),
}


@pytest.mark.parametrize("name", COLLISIONS, ids=slug)
def test_a_name_that_the_module_has_is_imported_by_another(name: str) -> None:
    own, taken = COLLISIONS[name]
    text = f"{BOTH}\n\n\n{own}" + ENGINE.format(client="BufferedMessageBusClient", config="MessageBusConfig", more="")
    after = text_after(change(text), text)
    assert f"{taken} as Bus{taken}" in after
    assert f"Bus{taken}.PORTFOLIO_UPDATE" in after
    assert own in after


RAW = """\
{imports}


class Engine:
    async def start(self):
        self.redis = {made}
        await self.redis.xlen("raw-ticks")
"""
RAW_NEW = "from dual_messagebus_client import EngineType, get_dual_bus_client"
MADE = '(host="localhost", decode_responses=True)'
REDIS = {
    "redis alone": ("import redis.asyncio as redis", f"redis.Redis{MADE}", RAW_NEW),
    "redis after others": (
        "import os\n\nimport redis.asyncio as redis\n\nprint(os)",
        f"redis.Redis{MADE}",
        f"import os\n\n{RAW_NEW}\n\nprint(os)",
    ),
    "a class of redis": ("from redis.asyncio import Redis", f"Redis{MADE}", RAW_NEW),
    "redis whose exceptions stay": (
        "import redis.asyncio as redis\n\nprint(redis.RedisError)",
        f"redis.Redis{MADE}",
        f"import redis.asyncio as redis\n\n{RAW_NEW}\n\nprint(redis.RedisError)",
    ),
    "a class of redis beside one that stays": (
        "from redis.asyncio import Redis, RedisError\n\nprint(RedisError)",
        f"Redis{MADE}",
        f"from redis.asyncio import RedisError\n\n{RAW_NEW}\n\nprint(RedisError)",
    ),
    "redis in brackets beside one that stays": (
        "from redis.asyncio import (\n    Redis,\n    RedisError,\n)\n\nprint(RedisError)",
        f"Redis{MADE}",
        f"from redis.asyncio import (\n    RedisError,\n)\n\n{RAW_NEW}\n\nprint(RedisError)",
    ),
    "the house around it": (
        "import redis.asyncio as redis\nfrom engines import stats\n\nprint(stats)",
        f"redis.Redis{MADE}",
        f"{RAW_NEW}\nfrom engines import stats\n\nprint(stats)",
    ),
    "the house before it": (
        "import redis.asyncio as redis\nfrom aaa import a\n\nfrom engines import b\n\nprint(a, b)",
        f"redis.Redis{MADE}",
        f"from aaa import a\n\n{RAW_NEW}\nfrom engines import b\n\nprint(a, b)",
    ),
}


@pytest.mark.parametrize("name", REDIS, ids=slug)
def test_an_import_of_redis_goes_with_its_last_use(name: str) -> None:
    imports, made, after = REDIS[name]
    text = RAW.format(imports=imports, made=made)
    result = change(text)
    shown = text_after(result, text)
    assert (result.faults, shown[: shown.index("\n\n\nclass")]) == ((), after)
