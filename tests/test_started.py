"""Functions that files which are no Python start by their names, and what becomes of their clients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import commit_files, git, use_fixed_git
from tinyplatform import tiny_platform

from codemods.settings import Started
from migrator.cli import cli
from migrator.repo import Repository
from migrator.started import read_started

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


@pytest.fixture(autouse=True)
def _fixed_git(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fixed_git(monkeypatch)


def refused(root: Path) -> list[str]:
    """The reasons for which sites of the engine are refused of themselves."""
    done = CliRunner().invoke(cli, ["scan", "--repo", str(root), "--engine", "strategy", "--json"])
    sites = json.loads(done.stdout)["sites"]
    return [each["reason"] for each in sites if each["verdict"] == "refuse" and each["held_by"] is None]


def test_a_function_that_nothing_else_starts_may_become_a_coroutine(tmp_path: Path) -> None:
    assert refused(tiny_platform(tmp_path, strategy=PLAIN)) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", SCRIPTS),
        ("backend/engines/strategy/pyproject.toml", '[tool.poetry.scripts]\ntell = "strategy.service:main"\n'),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    tell = engines.strategy.service:main\n"),
        ("Dockerfile", 'CMD ["uvicorn", "--factory", "engines.strategy.service:main"]\n'),
    ],
)
def test_a_function_that_a_file_starts_stays_plain(tmp_path: Path, path: str, text: str) -> None:
    root = tiny_platform(tmp_path, strategy=PLAIN)
    commit_files(root, {path: text})
    line = next(number for number, each in enumerate(text.splitlines(), 1) if ":main" in each)
    reasons = refused(root)
    assert reasons
    assert all(f"`main` is started by its name at {path}:{line}" in reason for reason in reasons)


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
