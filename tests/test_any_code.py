"""Code that nobody here has seen: the standard library and every installed package, without a crash or an invention."""

from __future__ import annotations

import ast
import re
import sysconfig
import warnings
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import pytest
from engines_of_one import ENGINE, FOLDER, SERVICE, TARGET, WRAPPER, change, change_texts, settings, text_after
from msgspec.structs import replace
from tinyplatform import platform_file

from codemods.changing import change_engine
from codemods.model import Change
from codemods.reading.contract import Contract
from codemods.settings import Engine, Settings, Target
from codemods.work import Scan, read_contract, scan_engine
from migrator.attempt import attempt

STDLIB, PACKAGES = (Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib"))

NAMES = re.compile(rb"\b(?:import|from)[ \t][^\n]*redis|messagebus|MessageBus|migrate: keep")
"""What a file must hold to have a site of its own: an import of Redis, or a word of the two clients."""

SOAK = (pytest.mark.soak, pytest.mark.timeout(1800))
SMALL = 200_000  # bytes of a package that is read as one engine within a second or two


@cache
def files() -> tuple[Path, ...]:
    """Every Python file of the standard library, its own tests included, and of the installed packages."""
    own = (path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts)
    return tuple(sorted({*own, *PACKAGES.rglob("*.py")}))


@cache
def packages() -> Mapping[str, tuple[Path, ...]]:
    """The files of each package, by its name; modules without a package are left to the tests of single files."""
    found: dict[str, list[Path]] = {}
    for path in files():
        root = PACKAGES if path.is_relative_to(PACKAGES) else STDLIB
        name, *rest = path.relative_to(root).parts
        if rest:
            found.setdefault(name, []).append(path)
    return {name: tuple(found[name]) for name in sorted(found)}


@cache
def clients() -> Mapping[str, bytes]:
    return {path: platform_file(Path(path).name) for path in (WRAPPER, TARGET)}


@cache
def contract() -> Contract:
    return read_contract(clients(), settings())


@cache
def eager() -> Settings:
    """The shipped settings with a target of which every file holds the name, so that no file is passed over."""
    return replace(settings(), target=Target("nowhere.e"))


def turns(few: int, of: int) -> list[object]:
    """All turns, a few of them for each run and the others for the soak."""
    return [pytest.param(turn, marks=() if turn < few else SOAK) for turn in range(of)]


def is_python(data: bytes, flags: int = ast.PyCF_ONLY_AST) -> bool:
    """Whether the Python that runs the tests parses these bytes, or with other flags compiles them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "", "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def ask_everything(scan: Scan) -> None:
    """Ask for the value of each expression; the analysis may have passed over what no use needs."""
    assert scan.court is not None
    program = scan.court.program
    for module in program.modules.values():
        for node in ast.walk(module.source.tree):
            if isinstance(node, ast.expr):
                program.value(module, node)


def unlike(result: Change) -> list[object]:
    """What a change says that it must not say of code without legacy use."""
    return [*result.texts, *map(str, result.faults), *result.sites, *result.clients, *result.questions, *result.notes]


def look(data: bytes) -> list[object]:
    """What is wrong with the reading of one file as an engine of its own."""
    if b"e" not in data:
        return []
    scan = scan_engine(ENGINE, {SERVICE: data, **clients()}, eager(), contract())
    result = change_engine(scan, {})
    if not is_python(data):
        return [] if scan.court is None and [file.status for file in result.files] == ["failed"] else [result.files]
    ask_everything(scan)
    return [*result.files, *([] if NAMES.search(data) else unlike(result))]


@pytest.mark.parametrize("turn", turns(4, 80))
def test_a_file_alone_is_read_and_nothing_is_found_where_nothing_is(turn: int) -> None:
    for path in files()[turn::80]:
        done = attempt(str(path), partial(look, path.read_bytes()))
        assert (done.value, done.trace) == ([], ""), path


def package_names() -> list[object]:
    sizes = {name: sum(path.stat().st_size for path in paths) for name, paths in packages().items()}
    return [pytest.param(name, marks=() if size < SMALL or name == "redis" else SOAK) for name, size in sizes.items()]


@pytest.mark.parametrize("name", package_names())
def test_a_package_as_one_engine_has_sites_only_where_an_import_shows_them(name: str) -> None:
    paths = packages()[name]
    root = next(above for above in paths[0].parents if above in (STDLIB, PACKAGES))
    texts = {f"backend/{path.relative_to(root).as_posix()}": path.read_bytes() for path in paths}
    engine = Engine(ENGINE.name, ENGINE.engine_type, (f"backend/{name}",))
    scan = scan_engine(engine, {**texts, **clients()}, eager(), contract())
    result = change_engine(scan, {})
    assert {file.path for file in result.files if file.status == "failed"} == {
        path for path, data in texts.items() if b"e" in data and not is_python(data)
    }
    assert (dict(result.texts), result.faults, result.ledger.adds_up) == ({}, (), True)
    groundless = [s for s in result.sites if not any(NAMES.search(place.text.encode()) for place in s.evidence)]
    assert groundless == []


WIDE = f"# {'-' * 138}\n"  # so that nothing that is rewritten is folded
TELLER = f"""\
{WIDE}
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Teller:
    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()

    async def stop(self) -> None:
        await self.bus.stop()

    async def tell(self, symbol: str) -> None:
        await self.bus.publish(f"strategy.signal.{{symbol}}", {{"symbol": symbol}})
"""
TICKER = f"""\
{WIDE}
import redis.asyncio as raw_redis


class Ticker:
    async def start(self) -> None:
        self.feed = raw_redis.Redis(host="localhost", port=6379, decode_responses=True)

    async def tick(self, price: str) -> None:
        await self.feed.xadd("raw-ticks", {{"price": price}})
"""
ENDINGS = {"a_wrapper": TELLER, "a_stream": TICKER}


def with_ending(data: bytes, ending: str) -> bytes:
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    above = data if not data or data.endswith((b"\n", b"\r")) else data + newline
    return above + ending.encode().replace(b"\n", newline)


def move(data: bytes, ending: str) -> list[str]:
    """What is wrong with the change of a file that ends with legacy use."""
    texts = {SERVICE: with_ending(data, ending), **clients()}
    result = change_texts(texts)
    after = result.texts.get(SERVICE, b"")
    expected = with_ending(data, text_after(change(ending), ending))
    if result.faults or told(after, len(told(data))) != told(expected, len(told(data))):
        return ["changed otherwise", *map(str, result.faults), *(site.reason for site in result.sites)]
    again = change_texts({**texts, SERVICE: after})
    return [*again.texts, *map(str, again.faults)]


def told(data: bytes, own: int = 0) -> list[bytes]:
    """The lines that say something; the target's import is left out, which stands among the file's own imports.

    Behind the file's own lines any quotation mark is as good as the other: generated code has those of its file.
    """
    lines = [line for line in data.splitlines() if line.strip() and not line.startswith(b"from dual_messagebus_client")]
    return [*lines[:own], *(line.replace(b"'", b'"') for line in lines[own:])]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("turn", turns(2, 400))
def test_legacy_use_at_the_end_of_any_file_moves_and_nothing_else_does(turn: int, ending: str) -> None:
    """And a second run has nothing to do."""
    for path in files()[turn::400]:
        data = path.read_bytes()
        if is_python(data, flags=0):
            done = attempt(str(path), partial(move, data, ENDINGS[ending]))
            assert (done.value, done.trace) == ([], ""), path


def test_the_code_that_is_read_is_there() -> None:
    assert len(files()) > 1000
    assert {"asyncio", "json", "redis", "git", "libcst"} <= packages().keys()
    assert FOLDER in SERVICE
