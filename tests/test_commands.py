"""What redis-py's commands take, read from the source of the library that is installed."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
import redis
import redis.asyncio
from engines_of_one import change, site_of
from stream_engines import engine

from codemods.reading import commands
from codemods.reading.commands import broken, command

NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
METHODS = re.compile(r"[a-z][a-z0-9_]*")


def methods(client: type) -> Iterator[tuple[str, inspect.Signature]]:
    """The commands of a client class, as Python itself knows them."""
    for name, method in inspect.getmembers(client, inspect.isroutine):
        if METHODS.fullmatch(name):
            yield name, inspect.signature(method)


@pytest.mark.parametrize("client", [redis.Redis, redis.asyncio.Redis], ids=["sync", "async"])
def test_every_command_is_known_with_every_parameter_that_it_takes(client: type) -> None:
    faults = []
    for name, signature in methods(client):
        known = command(name)
        parameters = signature.parameters.values()
        needed = {each.name for each in parameters if each.kind in NAMED}
        takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
        if known is None or (not known.takes_any and (takes_any or not needed <= known.parameters)):
            faults.append((name, known))
    assert faults == []


@pytest.mark.parametrize("name", ["xadd", "xread", "xreadgroup", "xack", "hget", "lpop", "zadd", "set", "lock"])
def test_a_command_that_has_overloads_takes_no_other_keyword(name: str) -> None:
    known = command(name)
    assert known is not None
    assert not known.takes_any
    assert broken(name, ("no_such_keyword",)) == f"broken: {name}() takes no `no_such_keyword`"
    assert broken(name, tuple(known.parameters)) is None


UNBROKEN = {
    "a command": ("ping", ()),
    "its keywords": ("xreadgroup", ("groupname", "consumername", "streams", "count", "block")),
    "one that takes any keyword": ("execute_command", ("anything",)),
    "one that is only another's name": ("incr", ("anything",)),
    "one of a sentinel": ("sentinel_masters", ()),
    "one of a module": ("json", ()),
}


@pytest.mark.parametrize("case", UNBROKEN)
def test_nothing_is_said_of(case: str) -> None:
    assert broken(*UNBROKEN[case]) is None


BROKEN = {
    "a name that redis-py never had": ("getx", (), "broken: redis-py has no getx()"),
    "a name with signs of a pattern": ("get.", (), "broken: redis-py has no get.()"),
    "a command of the server with another name here": ("del", (), "broken: redis-py has no del()"),
    "a keyword of another command": ("xlen", ("count",), "broken: xlen() takes no `count`"),
    "the first of two wrong keywords": (
        "xread",
        ("streams", "timeout", "wait"),
        "broken: xread() takes no `timeout`",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_never_worked_is_said_of(case: str) -> None:
    name, keywords, said = BROKEN[case]
    assert broken(name, keywords) == said


def test_a_broken_command_is_a_warning_at_its_site() -> None:
    text = engine('await self.redis.getx("last")\nawait self.redis.xlen("raw-ticks", max_len=1)')
    result = change(text)
    assert site_of(result, "getx").warnings == ("broken: redis-py has no getx()",)
    assert site_of(result, "max_len").warnings == ("broken: xlen() takes no `max_len`",)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing is remembered of the library, before and afterwards."""
    for remembered in (commands._sources, commands.command):
        remembered.cache_clear()
    yield monkeypatch
    for remembered in (commands._sources, commands.command):
        remembered.cache_clear()


def test_nothing_is_said_where_the_library_is_not_installed(forgotten: pytest.MonkeyPatch) -> None:
    forgotten.delitem(sys.modules, "redis")
    forgotten.setattr(sys, "path", [])
    assert (command("xadd"), broken("getx", ())) == (None, None)


def test_nothing_is_said_where_something_else_goes_by_its_name(forgotten: pytest.MonkeyPatch) -> None:
    forgotten.setitem(sys.modules, "redis", ModuleType("redis"))
    assert (command("xadd"), broken("getx", ())) == (None, None)
