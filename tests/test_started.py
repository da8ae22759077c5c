"""Functions that files which are no Python start by their names, and what becomes of their clients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import commit_files, git
from tinyplatform import tiny_platform

from codemods.settings import Started
from migrator.cli import cli
from migrator.repo import Repository
from migrator.started import FILES, may_start, read_started

STRATEGY = "backend/engines/strategy/service.py"
PLAIN = """\
import redis


def main():
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    client.xadd("strategy.signal.x", {"a": "1"})


if __name__ == "__main__":
    main()
"""
SCRIPTS = '[project.scripts]\ntell = "engines.strategy.service:main"\n'


def refused(root: Path) -> list[str]:
    """The reasons for which sites of the engine are refused of themselves."""
    done = CliRunner().invoke(cli, ["scan", "--repo", str(root), "--engine", "strategy", "--json"])
    sites = json.loads(done.stdout)["sites"]
    return [each["reason"] for each in sites if each["verdict"] == "refuse" and each["held_by"] is None]


def test_a_function_that_nothing_else_starts_may_become_a_coroutine(tmp_path: Path) -> None:
    assert refused(tiny_platform(tmp_path, strategy=PLAIN)) == []


SETUP = """\
from setuptools import setup

setup(name="x", entry_points={"console_scripts": ["tell = engines.strategy.service:main"]})
"""
DECLARED = {
    "a project": ("pyproject.toml", SCRIPTS),
    "poetry": ("backend/engines/strategy/pyproject.toml", '[tool.poetry.scripts]\ntell = "strategy.service:main"\n'),
    "a configuration": (
        "setup.cfg",
        "[options.entry_points]\nconsole_scripts =\n    tell = engines.strategy.service:main\n",
    ),
    "a setup": ("setup.py", SETUP),
}
RUNS = """\
import asyncio

from dual_messagebus_client import EngineType, get_dual_bus_client


async def _main():
    client = await get_dual_bus_client(EngineType.STRATEGY)
    await client.engine_logic_client.xadd("strategy.signal.x", {"a": "1"})


def main():
    asyncio.run(_main())


if __name__ == "__main__":
    main()
"""


def migrated(root: Path) -> str:
    """The engine's text on its branch; the run leaves nothing to a person."""
    done = CliRunner().invoke(cli, ["--repo", str(root), "--engine", "strategy", "--force"])
    assert done.exit_code == 0, done.output
    return git(root, "show", f"dual-bus/phase-2/strategy:{STRATEGY}") + "\n"


@pytest.mark.parametrize("name", DECLARED)
def test_a_function_that_a_script_starts_stays_plain_and_runs_a_coroutine(tmp_path: Path, name: str) -> None:
    root = tiny_platform(tmp_path, strategy=PLAIN)
    commit_files(root, dict([DECLARED[name]]))
    assert refused(root) == []
    assert migrated(root) == RUNS


def test_a_script_keeps_its_docstring_its_parameters_and_its_result(tmp_path: Path) -> None:
    text = PLAIN.replace("def main():\n", 'def main(argv=None) -> int:\n    """Tell it once."""\n')
    text = text.replace('"1"})\n', '"1"})\n    return len(argv or ())\n')
    root = tiny_platform(tmp_path, strategy=text)
    commit_files(root, {"pyproject.toml": SCRIPTS})
    assert """\
async def _main(argv=None) -> int:
    client = await get_dual_bus_client(EngineType.STRATEGY)
    await client.engine_logic_client.xadd("strategy.signal.x", {"a": "1"})
    return len(argv or ())


def main(argv=None) -> int:
    \"""Tell it once.\"""
    return asyncio.run(_main(argv))
""" in migrated(root)


NO_SCRIPT = {
    "another file starts it in its own way": (
        PLAIN,
        {"Dockerfile": 'CMD ["uvicorn", "--factory", "engines.strategy.service:main"]\n'},
        "`main` is started by its name at Dockerfile:1",
    ),
    "another section names it": (
        PLAIN,
        {"pyproject.toml": SCRIPTS.replace("project.scripts", "tool.hooks")},
        "`main` is started by its name at pyproject.toml:2",
    ),
    "the file cannot be read": (
        PLAIN,
        {"pyproject.toml": f"{SCRIPTS}=\n"},
        "`main` is started by its name at pyproject.toml:2",
    ),
    "the configuration cannot be read": (
        PLAIN,
        {"setup.cfg": "console_scripts =\n    tell = engines.strategy.service:main\n"},
        "`main` is started by its name at setup.cfg:2",
    ),
    "the setup cannot be read": (
        PLAIN,
        {"setup.py": SETUP.replace("setup(", "setup((")},
        "`main` is started by its name at setup.py:3",
    ),
    "a factory as well as a script": (
        PLAIN,
        {"pyproject.toml": SCRIPTS, "Procfile": "web: uvicorn --factory engines.strategy.service:main\n"},
        "`main` is started by its name at Procfile:1",
    ),
    "it is called elsewhere": (
        PLAIN.replace("\n\nif", "\n\ndef again():\n    main()\n\n\nif"),
        {"pyproject.toml": SCRIPTS},
        f"`main` is started by a script, and named at {STRATEGY}:10 as well",
    ),
    "it is the method of a class": (
        PLAIN.replace("    main()\n", "    print()\n"),
        {"pyproject.toml": SCRIPTS.replace("service:main", "service:Engine.main")},
        "`main` is started by its name at pyproject.toml:2",
    ),
    "it shares its line": (
        PLAIN.replace("def main", "def tell").replace("\n\nif", "\n\ndef main(): tell()\n\n\nif"),
        {"pyproject.toml": SCRIPTS},
        f"`main` at {STRATEGY}:9 is started by a script, and shares its line with what it does",
    ),
    "it is decorated": (
        PLAIN.replace("def main", "@print\ndef main"),
        {"pyproject.toml": SCRIPTS},
        "`main` is decorated with `print`, under which an `async def` may not mean the same",
    ),
    "it takes what it is given by name": (
        PLAIN.replace("main():\n    client", "main(*, dry=False):\n    client"),
        {"pyproject.toml": SCRIPTS},
        f"`main` at {STRATEGY}:4 is started by a script, and takes more than arguments by position",
    ),
}


@pytest.mark.parametrize("name", NO_SCRIPT)
def test_a_function_that_may_be_started_in_another_way_is_left_alone(tmp_path: Path, name: str) -> None:
    text, files, reason = NO_SCRIPT[name]
    root = tiny_platform(tmp_path, strategy=text)
    commit_files(root, files)
    reasons = refused(root)
    assert reasons
    assert [each for each in reasons if reason not in each] == []


def test_a_host_with_its_port_and_a_path_name_no_function(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    text = "a:\n  image: redis:alpine\n  ports: [a:6379]\n  command: uvicorn a.b:app\n  volumes: [./a:/b:ro]\n"
    commit_files(root, {"docker-compose.yml": text, "notes.txt": "a.b:c\n"})
    repository = Repository.open(root)
    files = repository.list_files(git(root, "rev-parse", "HEAD"))
    found = [each for each in read_started(repository, files) if each.path == "docker-compose.yml"]
    assert found == [
        Started("redis", "alpine", "docker-compose.yml", 2),
        Started("a.b", "app", "docker-compose.yml", 4),
    ]
    assert [each.path for each in read_started(repository, files)].count("notes.txt") == 0


@pytest.mark.parametrize("folder", ["", "backend/"])
@pytest.mark.parametrize(
    "name",
    ["setup.py", "my_setup.py", "Procfile.py", "Dockerfile_x.py", "a.Dockerfile", "compose.yml", "a.py", "run.sh"],
)
def test_which_files_may_start_a_function_is_told_by_their_names_alone(folder: str, name: str) -> None:
    assert may_start(folder + name) is (FILES.search(folder + name) is not None)
