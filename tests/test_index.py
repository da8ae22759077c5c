"""The index of all texts: which files are worth a look, and who imports what, without anything being parsed."""

from __future__ import annotations

import ast
import codecs
import sysconfig
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from programs import ENGINE, SETTINGS, WRAPPER

from codemods.reading.contract import module_candidates
from codemods.reading.index import Index, build_index, first_words
from codemods.settings import Engine, Settings, Target, Wrapper

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
PACKAGES = ("asyncio", "concurrent", "email", "importlib", "json", "multiprocessing", "unittest", "xml")
BUS = "import redis\ndef get_bus(): return redis.Redis()\n"
MAIN = "pkg/sub/main.py"


def index_of(texts: Mapping[str, str | bytes], settings: Settings = SETTINGS) -> Index:
    """The index of these texts."""
    data = {path: text if isinstance(text, bytes) else text.encode() for path, text in texts.items()}
    return build_index(data, settings)


def importing(statement: str | bytes) -> set[str]:
    """Which of the modules below are imported by a file with this statement."""
    others = [
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/sub/__init__.py",
        "pkg/sub/a.py",
        "pkg/sub/b.py",
        "pkg/sub/from_a.py",
        "pkg/sub/important.py",
    ]
    index = index_of({MAIN: statement, **dict.fromkeys(others, "")})
    names = ["pkg", "pkg.a", "pkg.sub", "pkg.sub.a", "pkg.sub.b", "pkg.sub.from_a", "pkg.sub.important"]
    return {name for name in names if MAIN in index.imports.of(name)}


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("import pkg.a", {"pkg.a"}),
        ("import os, pkg.a as x, pkg.sub.b", {"pkg.a", "pkg.sub.b"}),
        ("import os, \\\n  pkg.a", {"pkg.a"}),
        ("import os; import pkg.a", {"pkg.a"}),
        ("if True: import pkg.a", {"pkg.a"}),
        ("import pkg . a", {"pkg.a"}),
        ("def f():\n\timport pkg.a\n", {"pkg.a"}),
        ("from pkg.a import f", {"pkg.a"}),
        ("from pkg import a", {"pkg", "pkg.a"}),
        ("from pkg.sub import a as x, b", {"pkg.sub", "pkg.sub.a", "pkg.sub.b"}),
        ("from pkg.sub import (\n    a,  # the first (of two)\n    b,\n)", {"pkg.sub", "pkg.sub.a", "pkg.sub.b"}),
        ("from pkg.sub import(a,\r\n b)", {"pkg.sub", "pkg.sub.a", "pkg.sub.b"}),
        ("from pkg.sub import \\\n    a", {"pkg.sub", "pkg.sub.a"}),
        ("from pkg.sub \\\n  import a", {"pkg.sub", "pkg.sub.a"}),
        ("from \\\r\n  pkg.sub \\\r\n  import a", {"pkg.sub", "pkg.sub.a"}),
        ("from pkg.sub import*", {"pkg.sub"}),
        ("from .important \\\n  import a", {"pkg.sub.important"}),
        ("from . import a", {"pkg.sub", "pkg.sub.a"}),
        ("from .a import f", {"pkg.sub.a"}),
        ("from . a import f", {"pkg.sub.a"}),
        ("from .. import a", {"pkg", "pkg.a"}),
        ("from ..a import f", {"pkg.a"}),
        ("from ..sub.b import f", {"pkg.sub.b"}),
        ("from .from_a import f", {"pkg.sub.from_a"}),
        ("from.import a", {"pkg.sub", "pkg.sub.a"}),
        ("x = 1\rfrom pkg import a\rimport pkg.sub.b\r", {"pkg", "pkg.a", "pkg.sub.b"}),
        ("x = [i for i in ()]; yield from x; import pkg.a", {"pkg.a"}),
        ("try: from pkg import a\nexcept ImportError: import pkg.sub.b", {"pkg", "pkg.a", "pkg.sub.b"}),
        ("x = '" + "x" * 5000 + "'; from pkg import a", {"pkg", "pkg.a"}),
        (b"# \xe9\nfrom pkg import a  # \xe9", {"pkg", "pkg.a"}),
        ("# how to import (see\nfrom pkg import a\n", {"pkg", "pkg.a"}),
        ("# how to import \\\nfrom pkg import a\n", {"pkg", "pkg.a"}),
        ("from pkg.sub import (  # import (this)\n    a,\n    b)", {"pkg.sub", "pkg.sub.a", "pkg.sub.b"}),
        ("import os\n\nimport pkg.a as x, re\r\nfrom .. import sub\n", {"pkg", "pkg.a", "pkg.sub"}),
        ("import os\nimport pkg.a; import pkg.sub.b\nimport re\n", {"pkg.a", "pkg.sub.b"}),
        ("import os\nfrom pkg import (\n    a,\n)\nimport pkg.sub.b", {"pkg", "pkg.a", "pkg.sub.b"}),
        ("from pkg \\\nimport a\nimport pkg.sub.b\n", {"pkg", "pkg.a", "pkg.sub.b"}),
        ("", set()),
        ("import", set()),
        ("reimport pkg_a, important pkg", set()),
        ("import os\nfrom typing import Any\n", set()),
        ("from pkg import f  # not a", {"pkg"}),
        ("pkg.a.f(imported)", set()),
    ],
)
def test_an_import_is_found_in_every_form(statement: str | bytes, names: set[str]) -> None:
    assert importing(statement) == names


def test_a_relative_import_of_a_packages_own_file_starts_at_the_package() -> None:
    index = index_of(
        {"pkg/sub/__init__.py": "from .a import f\nfrom .. import b\n", "pkg/sub/a.py": "", "pkg/b.py": ""}
    )
    assert [list(index.imports.of(name)) for name in ("pkg.sub.a", "pkg.b", "pkg.a")] == [
        ["pkg/sub/__init__.py"],
        ["pkg/sub/__init__.py"],
        [],
    ]


def test_a_relative_import_that_leaves_the_tree_is_no_fault() -> None:
    assert index_of({"a.py": "from ....b import f\n", "b.py": ""}).imports.of("b") == ["a.py"]


def imports_by_ast(path: str, data: bytes) -> Iterator[str]:
    """Every dotted name that a file imports, as Python itself reads it."""
    package = path.split("/")[:-1]
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (stem, *(f"{stem}.{alias.name}" for alias in node.names))


def test_nothing_that_the_standard_library_imports_is_missed() -> None:
    files = [file for package in PACKAGES for file in sorted((LIBRARY / package).rglob("*.py"))]
    texts = {file.relative_to(LIBRARY).as_posix(): file.read_bytes() for file in files}
    index = build_index(texts, SETTINGS)
    with warnings.catch_warnings(action="ignore"):  # of escapes in texts that are not ours
        edges = {
            (name, path)
            for path, data in texts.items()
            for name in imports_by_ast(path, data)
            if any(file in texts for file in module_candidates(name, ""))
        }
    assert len(edges) > 500
    assert {(name, path) for name, path in edges if path not in index.imports.of(name)} == set()


def test_the_first_words_are_those_of_every_module_and_class() -> None:
    settings = Settings(target=Target(module="pkg.dual"), wrappers=(WRAPPER,))
    texts = dict.fromkeys(["redis", "aioredis", "dual", "legacy_bus", "BusClient", "BusConfig", "bus", "pkg", "REDIS"])
    named = index_of({f"{word}.py": f"x = '{word}'\n" for word in texts}, settings).named
    assert named == {f"{word}.py" for word in ["redis", "aioredis", "dual", "legacy_bus", "BusClient", "BusConfig"]}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_word_in_a_wide_encoding_is_found_where_a_mark_says_so(encoding: str) -> None:
    texts = {"bus.py": "import redis\n".encode(encoding), "plain.py": "import json\n".encode(encoding)}
    index = build_index(texts, Settings())
    assert index.named == {"bus.py"}
    assert index.amended({"plain.py": "import redis".encode(encoding)}).named == {"bus.py", "plain.py"}
    big = codecs.BOM_UTF16_BE + "import redis".encode("utf-16-be")
    assert build_index({"big.py": big}, Settings()).named == {"big.py"}
    assert build_index({"cut.py": big[:-1]}, Settings()).named == set()


def test_a_word_that_holds_another_is_not_looked_for() -> None:
    wrapper = Wrapper("old_redis_bus", ("BufferedBusClient", "BusClient"), ("LegacyBusClientConfig",))
    assert first_words(Settings(target=Target(module="dual"), wrappers=(wrapper,))) == (
        b"BusClient",
        b"dual",
        b"migrate: keep",
        b"redis",
    )


def test_a_part_that_words_share_is_none_of_them() -> None:
    wrapper = Wrapper("old", ("OldMessageBusClient",), ("MessageBusConfig",))
    texts = {
        "client.py": "OldMessageBusClient()",
        "config.py": "MessageBusConfig()",
        "neither.py": "NewMessageBusClient()",
    }
    assert index_of(texts, Settings(wrappers=(wrapper,))).named == {"client.py", "config.py"}


@pytest.mark.parametrize(
    "statement",
    [
        "from lib.bus import get_bus",
        "from lib import bus",
        "from lib import (\n    clock,\n    bus,\n)",
        "import lib.bus",
        "from ..lib.bus import get_bus",
        "def f():\n    from lib.bus import get_bus\n",
    ],
)
def test_a_file_that_imports_one_with_a_first_word_borrows(statement: str) -> None:
    texts = {"app/main.py": f"{statement}\n", "app/none.py": "from lib.clock import now\n", "lib/bus.py": BUS}
    assert index_of({**texts, "lib/clock.py": ""}).borrowers(ENGINE, texts) == {"app/main.py"}


def test_what_a_package_passes_on_is_borrowed_too() -> None:
    texts = {
        "lib/__init__.py": "from .bus import get_bus\n",
        "lib/bus.py": BUS,
        "app/main.py": "from lib import get_bus\n",
        "app/more.py": "from app.main import run\n",
        "shop/main.py": "from lib import get_bus\n",
    }
    assert index_of(texts).borrowers(ENGINE, texts) == {"app/main.py"}


def test_packages_that_import_each_other_come_to_an_end() -> None:
    texts = {
        "lib/__init__.py": "from lib.bus import get_bus\nimport more\n",
        "lib/bus.py": BUS,
        "more/__init__.py": "import lib\n",
        "app/main.py": "from more import get_bus\n",
    }
    assert index_of(texts).borrowers(ENGINE, texts) == {"app/main.py"}


def test_a_package_whose_own_name_is_a_first_word_lends_to_those_who_name_it_only_by_dots() -> None:
    engine = Engine("tools", "TOOLS", ("redis_tools/sub",))
    texts = {"redis_tools/__init__.py": BUS, "redis_tools/sub/a.py": "from .. import get_bus\n"}
    assert index_of(texts).borrowers(engine, texts) == {"redis_tools/sub/a.py"}


def test_an_engine_borrows_nothing_from_itself_and_nothing_from_what_is_not_there() -> None:
    texts = {
        "app/bus.py": BUS,
        "app/main.py": "from app.bus import get_bus\n",
        "app/far.py": "from lib.bus import get_bus\n",
        "lib/bus.py": BUS,
    }
    index = index_of(texts)
    assert index.borrowers(ENGINE, texts) == {"app/far.py"}
    assert index.borrowers(ENGINE, texts.keys() - {"lib/bus.py"}) == set()
    assert index.borrowers(ENGINE, texts.keys() - {"app/far.py"}) == set()


def test_importers_of_an_engine_name_its_folder_and_are_not_its_own() -> None:
    texts = {
        "src/engines/app/bus.py": "from engines.app import more\n",
        "src/tools/peek.py": "from engines.app.bus import get_bus\n",
        "src/tools/whole.py": "from engines import app\n",
        "src/tools/alone.py": "import app.bus\n",
        "src/tools/other.py": "from engines.shop import application\n",
        "src/tools/says.py": "print('engines.app')\n",
    }
    index = index_of(texts, Settings(source_root="src"))
    assert index.importers_of(Engine("app", "APP", ("src/engines/app",))) == {
        "src/tools/peek.py",
        "src/tools/whole.py",
        "src/tools/alone.py",
    }
    assert index.importers_of(Engine("rest", "", ())) == set()
    assert index.tops == {"engines", "tools"}


def test_a_changed_text_is_indexed_and_the_old_index_stays() -> None:
    texts = {"app/a.py": "x = 1\n", "app/b.py": "import redis\n"}
    before = index_of(texts)
    after = before.amended({"app/a.py": b"from dual_messagebus_client import EngineType\n", "app/b.py": b""})
    assert before.named == {"app/b.py"}
    assert after.named == {"app/a.py", "app/b.py"}


class Counted(Mapping[str, bytes]):
    """Texts that count how often each is looked at."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self.texts = texts
        self.looks: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        self.looks.append(path)
        return self.texts[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


def test_each_text_is_read_once_and_in_order() -> None:
    texts = Counted({f"app/m{number:05}.py": f"from app import m{number:05}\n".encode() for number in range(9000)})
    index = build_index(texts, SETTINGS)
    assert index.named == set()
    assert index.imports.of("app.m00007") == ["app/m00007.py"]
    assert index.imports.of("app") == sorted(texts.texts)
    assert texts.looks == sorted(texts.texts)


@pytest.mark.parametrize("separator", ["; ", "\r", " \\\n", "\n", " ("])
def test_a_file_of_one_endless_line_takes_no_longer_than_another(separator: str) -> None:
    """What stands around each keyword is cut, or a megabyte would be copied for each."""
    text = separator.join(["import pkg.a"] * 100_000)
    assert importing(text) == {"pkg.a"}
