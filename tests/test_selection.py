"""Which files of an engine are read: bytes first, then round by round what is found to carry a client."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from programs import ENGINE, SETTINGS, shown

from codemods.changing import change_engine
from codemods.model import FileOutcome
from codemods.reading import source as source_module
from codemods.reading.contract import Contract
from codemods.reading.index import build_index
from codemods.reading.selection import LEAN_FROM, Selection
from codemods.settings import Engine, Settings
from codemods.work import scan_engine

BUS = "import redis\n_bus = None\ndef get_bus():\n    global _bus\n    _bus = _bus or redis.Redis()\n    return _bus\n"


def read(
    texts: dict[str, str | bytes], engine: Engine = ENGINE, settings: Settings = SETTINGS
) -> tuple[list[str], list[str]]:
    """The paths that were read when each `SHOW(...)` was asked for, and the sentences about what could not be."""
    data = {path: text if isinstance(text, bytes) else text.encode() for path, text in texts.items()}
    selection = Selection(engine, data, settings, build_index(data, settings))
    while True:
        program = selection.program()
        for module, node in shown(program) if program else ():
            program.value(module, node)
        if program is None or not selection.asked_for(program):
            return list(program.modules) if program else [], [str(error) for error in selection.faults]
        selection.add(selection.asked_for(program))


def test_a_file_that_only_uses_a_factory_is_found_by_the_factorys_name() -> None:
    files = {
        "app/bus_factory.py": BUS,
        "app/service.py": "from bus_factory import get_bus\nget_bus().publish('a', 'b')\n",
        "app/other.py": "from bus_factories import got_bus\n",
    }
    assert read(files) == (["app/bus_factory.py", "app/service.py"], [])


def test_rounds_go_on_until_one_finds_nothing() -> None:
    files = {
        "app/bus_factory.py": BUS,
        "app/state.py": (
            "from bus_factory import get_bus\nclass State:\n    def __init__(self):\n        self.line = get_bus()\n"
        ),
        "app/routes.py": "def go(request):\n    request.state_of_ours.line.get('a')\n",
        "app/math.py": "def f(x):\n    return x + 1\n",
    }
    assert read(files)[0] == ["app/bus_factory.py", "app/routes.py", "app/state.py"]


@pytest.mark.parametrize("count", [1, 40])
def test_however_many_names_there_are_only_whole_ones_count(count: int) -> None:
    makers = "".join(f"def make_{number:02}():\n    return redis.Redis()\n" for number in range(count))
    files = {
        "app/makers.py": f"import redis\n{makers}",
        "app/one.py": "def one(owner):\n    owner.make_00().get('a')\n",
        "app/longer.py": "def longer(owner):\n    owner.make_001().get('a'), owner.remake_00(), owner.make_0()\n",
    }
    assert read(files)[0] == ["app/makers.py", "app/one.py"]


@pytest.mark.parametrize(
    ("text", "carrier"),
    [
        ("import redis\ndef start(app):\n    app.state.queue = redis.Redis()\n", "request.app.state.queue.get('a')"),
        (
            "from legacy_bus import BusClient as B\nclass Holder:\n    queue = B(None)\n",
            "holder.queue.publish('a', {})",
        ),
        ("import redis\nclass K:\n    def __init__(self): self.c = redis.Redis()\nqueue = K()\n", "bus.queue.go()"),
        ("import redis\nqueue = redis.Redis().pipeline()\n", "from bus import queue\nqueue.execute()"),
        ("from legacy_bus import BusConfig\nqueue = BusConfig()\n", "import bus\nbus.queue.redis_host"),
        (
            "from dual_messagebus_client import create_dual_bus_client\nqueue = create_dual_bus_client(1)\n",
            "bus.queue.close()",
        ),
    ],
)
def test_whatever_holds_something_is_searched_by_name(text: str, carrier: str) -> None:
    files = {"app/bus.py": text, "app/user.py": f"{carrier}\n", "app/none.py": "que = ue\n"}
    assert read(files)[0] == ["app/bus.py", "app/user.py"]


def test_files_without_the_bytes_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = ast.parse

    def noted(text: str, *args: Any, **more: Any) -> ast.AST:
        parsed.append(text)
        return parse(text, *args, **more)

    monkeypatch.setattr(source_module.ast, "parse", noted)
    assert read({"app/a.py": "x = 1\n", "app/b.py": "import redis\n", "app/c.py": "def f(:\n"}) == (["app/b.py"], [])
    assert parsed == ["import redis\n"]


def test_an_engine_without_anything_has_no_program() -> None:
    assert read({"app/a.py": "x = 1\n", "other/b.py": "import redis\n"}) == ([], [])


@pytest.mark.parametrize("folder", ["app/build", "app/venv", "app/my folder", "app/.hidden", "app/tests", "app/é"])
def test_no_folder_is_passed_over_for_its_name(folder: str) -> None:
    assert read({f"{folder}/a file.py": "import redis\n"})[0] == [f"{folder}/a file.py"]


def test_files_of_other_engines_are_read_only_where_they_are_imported() -> None:
    files = {
        "app/main.py": "from shared.keys import PREFIX\nimport redis\nSHOW(PREFIX)\n",
        "shared/keys.py": "PREFIX = 'a'\n",
        "shared/unused.py": "import redis\n",
        "app2/main.py": "import redis\n",
    }
    assert read(files)[0] == ["app/main.py", "shared/keys.py"]


def test_a_file_elsewhere_that_uses_the_engines_client_is_read() -> None:
    files = {
        "src/engines/app/bus.py": BUS,
        "src/tools/peek.py": "from engines.app.bus import get_bus\nget_bus().get('a')\n",
        "src/tools/other.py": "from engines.shop.bus import get_bus\n",
    }
    engine = Engine("app", "APP", ("src/engines/app",))
    assert read(files, engine, Settings(source_root="src"))[0] == ["src/engines/app/bus.py", "src/tools/peek.py"]


@pytest.mark.parametrize("module", ["legacy_bus", "dual_messagebus_client"])
def test_the_clients_themselves_are_not_part_of_an_engine(module: str) -> None:
    files = {"app/main.py": f"import redis\nimport {module}\n", f"{module}.py": "import redis\n"}
    assert read(files)[0] == ["app/main.py"]


@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("from . import names\nSHOW(names.A)", "app/names.py"),
        ("from .names import A\nSHOW(A)", "app/names.py"),
        ("from .deep.names import A\nSHOW(A)", "app/deep/names.py"),
        ("from ..lib.names import A\nSHOW(A)", "lib/names.py"),
        ("import lib.names\nSHOW(lib.names.A)", "lib/names.py"),
        ("from lib import names\nSHOW(names.A)", "lib/names.py"),
        ("from lib import A\nSHOW(A)", "lib/__init__.py"),
        ("from . import A\nSHOW(A)", "app/__init__.py"),
    ],
)
def test_imports_are_followed_to_the_files_that_they_name(statement: str, path: str) -> None:
    files = {"app/main.py": f"import redis\n{statement}\n", path: "A = 'a'\n"}
    assert read(files)[0] == sorted(["app/main.py", path])


def test_relative_imports_of_a_packages_own_file_start_at_the_package() -> None:
    assert read(
        {"app/sub/__init__.py": "import redis\nfrom .names import A\nSHOW(A)\n", "app/sub/names.py": "A = 1\n"}
    )[0] == [
        "app/sub/__init__.py",
        "app/sub/names.py",
    ]


def test_an_unreadable_file_is_named_and_the_others_go_on() -> None:
    files: dict[str, str | bytes] = {
        "app/b.py": "import redis\ndef f(:\n",
        "app/a.py": b"import redis\n'\xe9'\n",
        "app/good.py": "import redis\nredis.Redis().get('a')\n",
    }
    assert read(files) == (
        ["app/good.py"],
        ["app/a.py:2: is not utf-8: invalid continuation byte", "app/b.py:2: does not parse: invalid syntax"],
    )
    data = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    change = change_engine(scan_engine(ENGINE, data, SETTINGS, Contract("dual_messagebus_client")), {})
    assert change.files == (
        FileOutcome("app/a.py", "failed", "app/a.py:2: is not utf-8: invalid continuation byte"),
        FileOutcome("app/b.py", "failed", "app/b.py:2: does not parse: invalid syntax"),
    )
    assert {site.path for site in change.sites} == {"app/good.py"}


def test_an_engine_of_unreadable_files_alone_has_no_program() -> None:
    assert read({"app/b.py": "import redis\ndef f(:\n"}) == ([], ["app/b.py:2: does not parse: invalid syntax"])


def test_an_engine_that_only_borrows_is_read_with_the_file_that_lends() -> None:
    files = {"app/main.py": "from lib.bus_factory import get_bus\nget_bus().get('a')\n", "lib/bus_factory.py": BUS}
    assert read(files)[0] == ["app/main.py", "lib/bus_factory.py"]


@pytest.mark.parametrize(("count", "is_lean"), [(2, False), (LEAN_FROM // 1000, True)])
def test_of_a_large_engine_alone_trees_are_given_up_and_then_from_its_first_file_on(count: int, is_lean: bool) -> None:
    text = b"import redis\n\n\ndef double(n):\n    return 2 * n\n" + b"# what fills the file\n" * 50
    texts = {f"app/m{number}.py": text for number in range(count)}
    program = Selection(ENGINE, texts, SETTINGS, build_index(texts, SETTINGS), lean=True).program()
    assert program is not None
    regions = [region for module in program.modules.values() for region in module.regions]
    assert {region.is_lean for region in regions if isinstance(region.node, ast.FunctionDef)} == {is_lean}
