"""Engines as processes: started on free ports, asked, and stopped however the run ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from gitrepo import write_files
from processes import is_alive, wait_until_gone

from migrator.demo.engines import Engines, environment
from migrator.demo.stage import Watch, wait_for_rest
from migrator.errors import MigrateError
from migrator.live.http import NO_ANSWER, call, get_json
from migrator.live.ports import free_ports

TINY = """
import json, os

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        @AT_THE_END@
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = {"/stats": json.dumps({"pid": os.getpid()}).encode(), "/text": b"no json"}
    if @IS_WELL@:
        body["/health"] = b"{}"
    found = body.get(scope["path"])
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": []})
    await send({"type": "http.response.body", "body": found or b""})
"""
WELL = TINY.replace("@IS_WELL@", "True")
QUIET = WELL.replace("@AT_THE_END@", "pass")
STUBBORN = WELL.replace("@AT_THE_END@", "import time; time.sleep(60)")
ILL = TINY.replace("@IS_WELL@", "False").replace("@AT_THE_END@", "pass")
RESTLESS = QUIET.replace("os.getpid()", "os.times().elapsed")
BROKEN = 'raise RuntimeError("no such server: redis-main")\n'

HOLDER = """
import sys, time
from pathlib import Path
from migrator.demo.engines import Engines
with Engines(Path(sys.argv[1]), ("calm", "quiet"), "6379=1", Path(sys.argv[1]) / "logs") as engines:
    print(*engines.pids(), flush=True)
    time.sleep(60)
"""


def backend(tmp_path: Path, **engines: str) -> Path:
    """The import root of a tiny platform."""
    write_files(tmp_path, {f"engines/{name}/service.py": source for name, source in engines.items()})
    return tmp_path


def test_engines_answer_once_they_are_started_and_are_gone_afterwards(tmp_path: Path) -> None:
    root = backend(tmp_path, calm=QUIET, quiet=QUIET)
    with Engines(root, ("calm", "quiet"), "6379=1", tmp_path / "logs") as engines:
        pids = engines.pids()
        ports = [engine.port for engine in engines.running.values()]
        assert {name: answer["pid"] for name, answer in engines.stats().items()} == {
            name: pid for pid, name in pids.items()
        }
        assert engines.call("calm", "GET", "/health") == 200
        assert engines.call("calm", "GET", "/nowhere") == 404
        assert get_json(ports[0], "/text") is None
        assert get_json(ports[0], "/nowhere") is None
    assert sorted(pids.values()) == ["calm", "quiet"]
    assert [pid for pid in pids if is_alive(pid)] == []
    assert [call(port, "GET", "/health") for port in ports] == [(NO_ANSWER, b"")] * 2
    assert engines.killed == ()
    assert "Application startup complete" in (tmp_path / "logs" / "calm.log").read_text()
    assert not list(root.rglob("__pycache__"))


def test_an_engine_that_does_not_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    root = backend(tmp_path, quiet=QUIET, broken=BROKEN)
    engines = Engines(root, ("quiet", "broken"), "6379=1", tmp_path / "logs")
    with pytest.raises(MigrateError) as raised:
        engines.__enter__()
    first, *_, last = str(raised.value).splitlines()
    assert first == f"broken did not start: exit status 1; the last lines of {tmp_path}/logs/broken.log:"
    assert last == "    RuntimeError: no such server: redis-main"
    assert engines.running == {}


def test_an_engine_that_is_never_well_is_named_too(tmp_path: Path) -> None:
    root = backend(tmp_path, ill=ILL)
    engines = Engines(root, ("ill",), "6379=1", tmp_path / "logs", patience=1.5)
    with pytest.raises(MigrateError, match=r"^ill did not answer /health in 1\.5 s; the last lines of "):
        engines.__enter__()
    assert engines.running == {}


def test_counters_that_never_stop_moving_are_noticed(tmp_path: Path) -> None:
    root = backend(tmp_path, restless=RESTLESS)
    with Engines(root, ("restless",), "6379=1", tmp_path / "logs") as engines:
        stats, at_rest = wait_for_rest(engines, Watch({}), patience=0.5)
    assert list(stats) == ["restless"]
    assert at_rest is False


def test_what_is_still_under_way_is_waited_for_until_patience_ends(tmp_path: Path) -> None:
    asked: list[object] = []

    def is_done(stats: object) -> bool:
        asked.append(stats)
        return len(asked) == 2

    with Engines(backend(tmp_path, calm=QUIET), ("calm",), "6379=1", tmp_path / "logs") as engines:
        stats, at_rest = wait_for_rest(engines, Watch({}), is_done)
        assert (asked, at_rest) == ([stats, stats], True)
        assert wait_for_rest(engines, Watch({}), lambda _: False, patience=2.5) == (stats, True)


def test_an_engine_that_does_not_end_when_asked_is_killed_and_named(tmp_path: Path) -> None:
    root = backend(tmp_path, stubborn=STUBBORN, quiet=QUIET)
    with Engines(root, ("stubborn", "quiet"), "6379=1", tmp_path / "logs", goodbye=4) as engines:
        pids = engines.pids()
    assert engines.killed == ("stubborn",)
    assert [pid for pid in pids if is_alive(pid)] == []


def test_an_engine_that_died_answers_nothing_and_stopping_goes_on(tmp_path: Path) -> None:
    root = backend(tmp_path, calm=QUIET, quiet=QUIET)
    with Engines(root, ("calm", "quiet"), "6379=1", tmp_path / "logs") as engines:
        victim = engines.running["calm"].process
        victim.kill()
        victim.wait()
        stats = engines.stats()
    assert stats["calm"] is None
    assert stats["quiet"] is not None
    assert engines.killed == ()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_leaves_no_engine(tmp_path: Path, number: signal.Signals, status: int) -> None:
    root = backend(tmp_path, calm=QUIET, quiet=QUIET)
    command = [sys.executable, "-c", HOLDER, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
        assert holder.stdout is not None
        pids = [int(pid) for pid in holder.stdout.readline().split()]
        holder.send_signal(number)
        assert holder.wait(timeout=60) == status
    assert len(pids) == 2
    assert wait_until_gone(pids) == []


def test_no_variable_of_the_users_shell_can_lead_an_engine_to_a_real_server() -> None:
    shell = {"PATH": "/bin", "REDIS_HOST": "prod", "MARKETDATA_REDIS_URL": "redis://prod", "PYTHONPATH": "/home/me"}
    given = environment(shell, "6379=41001")
    assert given["PATH"] == "/bin"
    assert given["MIGRATE_REDIRECT"] == "6379=41001"
    assert Path(given["PYTHONPATH"], "sitecustomize.py").is_file()
    assert sorted(given) == ["MIGRATE_REDIRECT", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED"]


def test_nobody_listens_on_a_free_port() -> None:
    (port,) = free_ports(1)
    assert call(port, "GET", "/health") == (NO_ANSWER, b"")
