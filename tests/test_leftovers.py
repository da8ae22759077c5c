"""What a moved engine leaves behind: deployment lines, variables, a wrapper and a requirement that nobody needs."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from gitrepo import commit_files, git
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli
from migrator.demo.write import write_platform

READING = PUBLISHER.replace('redis_host="localhost"', 'redis_host=os.getenv("BUS_HOST", "localhost")').replace(
    "from enhanced", "import os\n\nfrom enhanced", 1
)
WRAPPER = "backend/enhanced_messagebus_client.py:1: nothing imports this wrapper any more once this is merged"
LEFT = "names the server being left, which the engine's code does not use any more"
COMPOSE = """\
services:
  strategy:
    command: python -m uvicorn engines.strategy.service:app
    environment:
      BUS_HOST: redis
      # redis:6379 was here
      CACHE: other:6379
    depends_on: [redis, redis-marketdata]

  risk:
    environment: {BUS_HOST: redis}
    depends_on: [redis]
"""
KUBERNETES = """\
kind: Deployment
metadata: {name: bus}
spec:
  containers:
    - name: web
      env: [{name: A, value: "redis:6379"}]
    - image: x
      args: ["-m", "uvicorn", "engines.strategy.service:app"]
      env: [{name: A, value: "redis:6379"}]
"""


def left(root: Path, files: dict[str, str | bytes], engine: str = "strategy") -> list[str]:
    if files:
        commit_files(root, files)
    result = CliRunner().invoke(cli, ["--engine", engine, "--dry-run", "--json", "--repo", str(root)])
    (found,) = json.loads(result.stdout)["engines"]
    return list(found["leftovers"])


def platform(tmp_path: Path, **texts: str) -> Path:
    """Strategy is the only engine that imports the wrapper; risk reads BUS_HOST."""
    risk = texts.pop("risk", 'import os\n\nHOST = os.getenv("BUS_HOST")\n')
    config = CONFIG.replace("[localhost:6379]", "[localhost:6379, redis:6379]")
    return tiny_platform(tmp_path, strategy=READING, risk=risk, config=config, **texts)


def test_the_block_of_an_engine_is_listed_where_it_names_the_server_or_a_variable_that_is_not_read(
    tmp_path: Path,
) -> None:
    assert left(platform(tmp_path), {"docker-compose.yml": COMPOSE}) == [
        WRAPPER,
        "docker-compose.yml:5: the engine does not read BUS_HOST any more: BUS_HOST: redis",
        f"docker-compose.yml:8: {LEFT}: depends_on: [redis, redis-marketdata]",
    ]


def test_a_container_is_found_by_the_program_that_it_runs(tmp_path: Path) -> None:
    found = left(platform(tmp_path), {"k8s/bus.yaml": KUBERNETES})
    assert f'k8s/bus.yaml:9: {LEFT}: env: [{{name: A, value: "redis:6379"}}]' in found


def test_the_files_of_an_engine_are_its_own_throughout(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "backend/engines/strategy/.env": "A=redis://redis:6379/0\nBUS_HOST=x\nB=redis-marketdata\n# redis:6379\n",
        "deploy/strategy.env": "A=redis:6379\n",
        "deploy/risk.env": "A=redis:6379\nBUS_HOST=redis\n",
    }
    assert left(platform(tmp_path), files) == [
        f"backend/engines/strategy/.env:1: {LEFT}: A=redis://redis:6379/0",
        "backend/engines/strategy/.env:2: the engine does not read BUS_HOST any more: BUS_HOST=x",
        WRAPPER,
        f"deploy/strategy.env:1: {LEFT}: A=redis:6379",
    ]


def test_a_variable_that_nobody_reads_is_listed_wherever_it_is_set(tmp_path: Path) -> None:
    found = left(platform(tmp_path, risk="LIMIT = 3\n"), {"deploy/risk.env": "BUS_HOST=redis\nBUS_HOSTS=2\n"})
    assert found == [WRAPPER, "deploy/risk.env:1: nothing reads BUS_HOST any more once this is merged: BUS_HOST=redis"]


def test_a_requirement_of_aioredis_is_listed_when_nothing_imports_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"requirements.txt": "aioredis==2.0.1\nredis>=5\n# aioredis\n"}
    assert left(platform(tmp_path / "a"), files) == [
        WRAPPER,
        "requirements.txt:1: nothing imports aioredis any more once this is merged: aioredis==2.0.1",
    ]
    assert left(platform(tmp_path / "b", risk="import aioredis\n"), files) == [WRAPPER]


def test_a_wrapper_that_another_engine_imports_stays(tmp_path: Path) -> None:
    assert left(platform(tmp_path, portfolio="import enhanced_messagebus_client\n"), {}) == []


def test_an_engine_with_nothing_to_move_leaves_nothing_behind(tmp_path: Path) -> None:
    assert left(platform(tmp_path), {"docker-compose.yml": COMPOSE}, engine="portfolio") == []


def test_what_other_uses_of_redis_may_still_need_is_said_so(tmp_path: Path) -> None:
    root = tmp_path / "platform"
    write_platform(root)
    (line,) = (each for each in left(root, {}, engine="collateral") if ":59:" in each)
    assert line == (
        "docker-compose.yml:59: names the server being left, which the engine's 2 other uses of Redis may still need: "
        "depends_on: [redis]"
    )


def test_the_commit_lists_them_too(tmp_path: Path) -> None:
    root = platform(tmp_path)
    commit_files(root, {"docker-compose.yml": COMPOSE})
    assert CliRunner().invoke(cli, ["--engine", "strategy", "--repo", str(root)]).exit_code == 0
    message = git(root, "log", "-1", "--format=%B", "dual-bus/phase-2/strategy")
    assert "Left over, and not changed:\n- backend/enhanced_messagebus_client.py:1: nothing imports" in message
