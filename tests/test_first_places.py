"""The parts of a first campaign: which folder is an engine, where programs begin, ports, names and routes."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.model import StreamEnd
from codemods.reading.contract import Contract
from codemods.reading.entries import Entry, find_entry
from codemods.reading.importers import Files, imports_of, module_name
from codemods.reading.source import read_source
from migrator.first.deployment import Command, commands
from migrator.first.engines import names_of
from migrator.first.places import places_of
from migrator.first.routes import suggest


def entry(path: str) -> Entry:
    """An entry that serves, or, where its path ends with `!`, one that only can be run."""
    return Entry(path.removesuffix("!"), 1, not path.endswith("!"))


LAYOUTS = {
    "a folder for each engine": (["engines/ml/service.py", "engines/risk/main.py"], ["engines/ml", "engines/risk"]),
    "folders below an engine": (
        ["engines/ml/api/main.py", "engines/ml/train/main.py", "engines/risk/api/main.py", "engines/vpin/a.py"],
        ["engines/ml", "engines/risk", "engines/vpin"],
    ),
    "a worker beside a service": (
        ["engines/ml/service.py", "engines/ml/worker.py!", "engines/risk/service.py"],
        ["engines/ml", "engines/risk"],
    ),
    "modules of one folder": (
        ["src/engines/ml.py", "src/engines/risk.py", "src/engines/feed.py!"],
        ["src/engines/feed.py", "src/engines/ml.py", "src/engines/risk.py"],
    ),
    "modules that only can be run": (
        ["bots/a.py!", "bots/b.py!", "bots/c.py!"],
        ["bots/a.py", "bots/b.py", "bots/c.py"],
    ),
    "one engine with two programs": (["ml/service.py", "ml/worker.py!"], ["ml"]),
    "a gateway above the engines": (
        ["backend/main.py", "backend/engines/ml/main.py", "backend/engines/risk/main.py"],
        ["backend/engines/ml", "backend/engines/risk", "backend/main.py"],
    ),
    "two families": (
        ["engines/ml/a.py", "engines/risk/a.py", "engines/vpin/a.py", "feeds/x/a.py", "feeds/y/a.py"],
        ["engines/ml", "engines/risk", "engines/vpin", "feeds/x", "feeds/y"],
    ),
    "one program at the top": (["main.py"], ["main.py"]),
    "one program beside what all use": (["shared/main.py"], ["shared/main.py"]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_where_engines_are(name: str) -> None:
    paths, expected = LAYOUTS[name]
    found = places_of([entry(path) for path in paths], lambda folder: folder in ("", "shared"))
    assert [place.path for place in found] == expected
    assert sorted(each.path for place in found for each in place.entries) == sorted(p.removesuffix("!") for p in paths)


ENTRIES = {
    "a constant": ("app = FastAPI()\nPORT = 8900\n", (True, 8900)),
    "what the server is run with, before a constant": ("PORT = 1\nuvicorn.run(app, port=8900)\n", (True, 8900)),
    "a constant that the server is run with": ("P = 8900\nuvicorn.run(app, port=P)\n", (True, 8900)),
    "the default of a variable": ('uvicorn.run(app, port=int(os.getenv("P", "8900")))\n', (True, 8900)),
    "a variable without a default": ('uvicorn.run(app, port=int(os.getenv("P")))\n', (True, None)),
    "what stands after or": ('uvicorn.run(app, port=int(os.environ.get("P") or 8900))\n', (True, 8900)),
    "an option's default": (
        'parser.add_argument("--port", type=int, default=8900)\nuvicorn.run(app, port=parser.parse_args().port)\n',
        (True, 8900),
    ),
    "the setting of a class": (
        "class Settings:\n    port: int = 8900\n\n\nuvicorn.run(app, port=Settings().port)\n",
        (True, 8900),
    ),
    "aiohttp": ("web.run_app(app, port=8900)\n", (True, 8900)),
    "a port of Redis": ("REDIS_PORT = 6379\napp = FastAPI()\n", (True, None)),
    "a port that there is not": ("PORT = 99999\napp = FastAPI()\n", (True, None)),
    "a program that only can be run": ('if __name__ == "__main__":\n    main()\n', (False, None)),
    "a program that runs its event loop at once": ("asyncio.run(main())\n", (False, None)),
    "a program that runs a loop of its own": ("loop.run_until_complete(main())\n", (False, None)),
    "another thing that is run": ("jobs.run(main)\n", None),
    "a library": ("def run():\n    asyncio.run(main())\n", None),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_where_a_program_begins_and_its_port(name: str) -> None:
    text, expected = ENTRIES[name]
    found = find_entry(read_source("service.py", text.encode()))
    assert (found and (found.serves, found.port)) == expected


COMMANDS = {
    "uvicorn": ("command: python -m uvicorn engines.ml.service:app --port 8400", 8400),
    "a list": ('CMD ["uvicorn", "engines.ml.service:app", "--host", "0.0.0.0", "--port", "8400"]', 8400),
    "gunicorn": ("web: gunicorn -b 0.0.0.0:8400 engines.ml.service:app", 8400),
    "a module": ("exec python -m engines.ml.service --port=8400", 8400),
    "a file": ("python backend/engines/ml/service.py --port 8400", 8400),
    "a variable with a default": ("uvicorn engines.ml.service:app --port ${PORT:-8400}", 8400),
    "a variable": ("uvicorn engines.ml.service:app --port $PORT", None),
    "a port that there is not": ("uvicorn engines.ml.service:app --port 84000", None),
}
FILES = Files.of(["backend/engines/ml/service.py", "backend/engines/risk/service.py"])


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_line_of_a_deployment_file_starts(name: str) -> None:
    line, port = COMMANDS[name]
    found = list(commands({"compose.yml": f"# begin\n{line}   # 9999\n".encode()}, FILES))
    assert found == [Command("compose.yml:2", "backend/engines/ml/service.py", port)]


@pytest.mark.parametrize("line", ["image: redis:7.2", "python -m pytest", "test: http://localhost:8400/health", ""])
def test_lines_that_start_nothing_of_the_repository(line: str) -> None:
    assert list(commands({"compose.yml": line.encode()}, FILES)) == []


def test_a_dockerfile_means_the_file_beside_it() -> None:
    found = commands({"backend/engines/risk/Dockerfile": b"CMD uvicorn service:app --port 8200\n"}, FILES)
    assert list(found) == [Command("backend/engines/risk/Dockerfile:1", "backend/engines/risk/service.py", 8200)]


def test_imports_that_mean_files_of_the_repository() -> None:
    text = """
        import logging, redis, bus.client as b
        from bus import client, Message
        from . import helper
        from ..risk.limits import LIMIT
        from elsewhere import x
        """
    files = Files.of(
        ["src/bus/__init__.py", "src/bus/client.py", "src/ml/helper.py", "src/risk/limits.py", "src/logging.py"]
    )
    found = list(imports_of(read_source("src/ml/service.py", dedent(text).encode()), files))
    assert sorted((each.path, each.written, each.root) for each in found) == [
        ("src/bus/__init__.py", "bus", "src"),
        ("src/bus/client.py", "bus.client", "src"),
        ("src/bus/client.py", "bus.client", "src"),
        ("src/ml/helper.py", "", None),
        ("src/risk/limits.py", "", None),
    ]
    assert module_name("src/bus/client.py", "src", found) == "bus.client"
    assert module_name("src/bus/client.py", "", found) == "bus.client"
    assert module_name("src/risk/limits.py", "src", found) == "risk.limits"


def test_names_that_are_alike_even_with_the_folder_around_are_counted() -> None:
    paths = ["a/x/ml", "b/x/ml", "risk.py", "src/main.py"]
    assert names_of(paths) == {"a/x/ml": "x-ml-1", "b/x/ml": "x-ml-2", "risk.py": "risk", "src/main.py": "src"}


CONTRACT = Contract(
    "dual",
    enums={"MessageType": ("MARKET_DATA", "MARKET_NEWS", "RISK_METRIC", "RISK_LIMIT_BREACH")},
    bus_of={"MARKET_DATA": "marketdata", "MARKET_NEWS": "marketdata", "RISK_METRIC": "engine_logic"},
)


def end(name: str, kind: str, line: int) -> StreamEnd:
    return StreamEnd(name, "publish", kind, "ml", "ml.py", line)


def test_routes_are_suggested_by_whole_names_only_and_the_narrow_ones_stand_first() -> None:
    ends = [
        end("market.*", "topic", 1),
        end("market.data.*", "topic", 2),
        end("market.data.AAPL", "topic", 3),
        end("market.data.news", "topic", 4),
        end("risk-metrics", "stream", 5),
        end("risk-metrics", "stream", 5),
        end("ticks", "stream", 6),
        end("orders", "stream", 7),
        end("*", "stream", 8),
        end("RISK_METRIC", "message", 9),
    ]
    found = suggest(ends, {"ticks": ("marketdata", "feed")}, CONTRACT)
    assert [(each.match, each.message_type or each.bus, each.certain, each.where) for each in found] == [
        ("market.data.news", "MARKET_DATA", False, ("ml.py:4",)),
        ("risk-metrics", "RISK_METRIC", True, ("ml.py:5",)),
        ("orders", "engine_logic", False, ("ml.py:7",)),
        ("ticks", "marketdata", True, ("ml.py:6",)),
        ("market.data.*", "MARKET_DATA", True, ("ml.py:2",)),
        ("market.*", "MARKET_DATA", False, ("ml.py:1",)),
        ("*", "engine_logic", False, ("ml.py:8",)),
    ]
