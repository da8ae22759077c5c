"""Two engines on three servers, one of which is judged: started, observed before it moved, and verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import redis
from broken_engines import CONFIG, LEGACY, RISK, SERVING
from click.testing import CliRunner
from gitrepo import make_repo, use_fixed_git
from liveservers import LiveServers
from tinyplatform import platform_file

from migrator.cli import cli
from migrator.live.ports import free_ports
from migrator.live.servers import ENGINE_LOGIC, MAIN, MARKETDATA

WINDOW = "1"
PATIENCE = 60.0  # seconds for an engine to come to a state
SILENCE = 3  # seconds; as migrator.observing.readers
RECEIVES, GROUP = "engine_logic:risk_metric", "portfolio:1"
SENDS, NEIGHBOUR = "engine_logic:portfolio_update", "risk:1"
READERS = 2  # the neighbour and the engine


class Platform:
    """Two engines on three servers: the neighbour runs all the time, and was observed beside the legacy engine."""

    def __init__(self, servers: LiveServers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.ports = dict(zip(("portfolio", "risk"), free_ports(2), strict=True))
        self.before = folder / "before.json"

    def repository(self, folder: Path, portfolio: str) -> Path:
        """The platform with this code of the engine, as a repository."""
        names = ("dual_messagebus_client.py", "enhanced_messagebus_client.py")
        return make_repo(
            folder,
            {
                "engines.yaml": CONFIG.format(**self.ports),
                **{f"backend/{name}": platform_file(name) for name in names},
                "backend/serving.py": SERVING,
                "backend/engines/portfolio/service.py": portfolio,
                "backend/engines/risk/service.py": RISK,
            },
        )

    @contextmanager
    def running(self, root: Path, engine: str, port: int = 0) -> Iterator[None]:
        """One engine of a repository, up, on its own port or on another."""
        paths = [str(files("migrator.live") / "redirect"), str(root / "backend")]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MIGRATE_REDIRECT": self.servers.redirect,
            "PORT": str(port or self.ports[engine]),
        }
        command = [sys.executable, str(root / f"backend/engines/{engine}/service.py")]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            try:
                yield
            finally:
                process.kill()

    def wait_until(self, state: str) -> None:
        """Until the engine is seen in a state of STATES; nothing is said of how long that takes."""
        with ExitStack() as stack:
            clients = {name: stack.enter_context(self.servers.client(name)) for name in self.servers.ports}
            deadline = time.monotonic() + PATIENCE
            while not STATES[state](clients):
                assert time.monotonic() < deadline, f"the engine is not seen to be {state}"
                time.sleep(0.02)

    def settle(self) -> None:
        """Let the legacy engine, which was killed at whatever it was at, have handled all that it was sent."""
        with self.servers.client(MAIN) as client:
            client.xgroup_setid("messagebus", "portfolio", id="$")
            pending = client.xpending_range("messagebus", "portfolio", "-", "+", 1000)
            if pending:
                client.xack("messagebus", "portfolio", *(each["message_id"] for each in pending))

    def forget(self) -> None:
        """Take away what an engine before this one left on the buses."""
        with self.servers.client(ENGINE_LOGIC) as client:
            client.xgroup_destroy(RECEIVES, GROUP)
            client.xgroup_destroy(RECEIVES, "raw")
            client.xtrim(SENDS, maxlen=0)
            waits = client.xpending_range(SENDS, NEIGHBOUR, "-", "+", 10_000)
            if waits:  # what it could not handle
                client.xack(SENDS, NEIGHBOUR, *(each["message_id"] for each in waits))
            client.delete("engine_logic:position_change")
        with self.servers.client(MAIN) as client:
            client.xtrim("messagebus", maxlen=0)
        with self.servers.client(MARKETDATA) as client:
            client.flushall()

    def migrate(self, *arguments: str) -> tuple[int, Any]:
        """The exit code of a command on these servers, and what it prints as JSON."""
        urls = [
            word for name, port in self.servers.ports.items() for word in ("--url", f"{name}=redis://127.0.0.1:{port}")
        ]
        done = CliRunner().invoke(cli, [*arguments, *urls, "--seconds", WINDOW, "--json"], prog_name="migrate")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, json.loads(done.stdout)

    def verify(self, root: Path, *arguments: str) -> tuple[int, Mapping[str, Mapping[str, Any]]]:
        """The exit code, and each check of the engine."""
        code, facts = self.migrate(
            "verify", "--engine", "portfolio", "--before", str(self.before), "--repo", str(root), *arguments
        )
        assert facts["problems"] == []
        ((engine,)) = facts["engines"]
        return code, {outcome["check"]: outcome for outcome in engine["outcomes"]}


Clients = Mapping[str, redis.Redis]


def has_published(clients: Clients) -> bool:
    """Two messages, on whatever bus: it has been once through its loop."""
    logic, market = clients[ENGINE_LOGIC], clients[MARKETDATA]
    counts = [logic.xlen(SENDS), logic.xlen("engine_logic:position_change")]
    return max(*counts, market.xlen("marketdata:portfolio_update")) >= 2


def has_heard(clients: Clients) -> bool:
    """Messages of its neighbour, each of which it was given and has acknowledged."""
    groups = {group["name"]: group for group in clients[ENGINE_LOGIC].xinfo_groups(RECEIVES)}
    mine = groups.get(GROUP)
    return mine is not None and mine["last-delivered-id"] != "0-0" and not mine["pending"]


def has_handled(clients: Clients) -> bool:
    """It has heard its neighbour, and sent messages of its own."""
    return has_heard(clients) and has_published(clients)


def waits_in(stream: str, group: str) -> Callable[[Clients], bool]:
    """Whether a group was given a message, and has not acknowledged it for longer than a window."""

    def is_waiting(clients: Clients) -> bool:
        if group not in {each["name"] for each in clients[ENGINE_LOGIC].xinfo_groups(stream)}:
            return False
        rows = clients[ENGINE_LOGIC].xpending_range(stream, group, "-", "+", 1)
        return bool(rows) and rows[0]["time_since_delivered"] > float(WINDOW) * 1000

    return is_waiting


def has_gone_silent(clients: Clients) -> bool:
    """Its reader was not heard of for longer than `verify` takes for a sign of life; of none, nobody ever read."""
    idle = [consumer["idle"] for consumer in clients[ENGINE_LOGIC].xinfo_consumers(RECEIVES, GROUP)]
    return all(each > SILENCE * 1000 for each in idle) and has_published(clients)


def has_waited(clients: Clients) -> bool:
    """One connection has been reading by a group for longer than that, whatever it was given."""
    rows = clients[ENGINE_LOGIC].client_list()
    ages = sorted(int(row["age"]) for row in rows if row["cmd"] == "xreadgroup")
    return len(ages) >= READERS and ages[-READERS] > SILENCE


def is_on_main(clients: Clients) -> bool:
    """It sends on the main server, as it did before it moved."""
    return clients[MAIN].xlen("messagebus") >= 2


STATES: Mapping[str, Callable[[Clients], bool]] = {
    "at work": has_published,
    "handling": has_handled,
    "hearing": has_heard,
    "not acknowledging": waits_in(RECEIVES, GROUP),
    "not acknowledged": waits_in(SENDS, NEIGHBOUR),
    "silent": has_gone_silent,
    "waiting": has_waited,
    "on main": is_on_main,
}
"""What an engine is waited for, by the servers."""


@contextmanager
def observed_platform(kind: str, folder: Path) -> Iterator[Platform]:
    """The platform on servers of this kind, observed while the engine was still the legacy one."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        use_fixed_git(patch)
        made = Platform(stack.enter_context(LiveServers(kind)), folder)
        root = made.repository(folder, LEGACY)
        stack.enter_context(made.running(root, "risk"))
        with made.running(root, "portfolio"):
            code, _ = made.migrate("observe", "--repo", str(root), "--health", "--save", str(made.before))
        assert code == 0
        made.settle()
        yield made


def failures(outcomes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The checks that failed, in their order."""
    return [check for check, outcome in outcomes.items() if outcome["state"] == "failed"]
