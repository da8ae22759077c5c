"""The process in which a probe runs the client: what it cannot reach, and clients that do not run at all."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from defective_clients import DEFECTS
from gitrepo import commit_files
from tinyplatform import platform_file, tiny_platform

from migrator.errors import FAILED, MigrateError
from migrator.probing import stored
from migrator.probing.client_files import client_files
from migrator.probing.process import Process, environment, interpreter, run_client
from migrator.probing.story import Options, probe

CLIENT = "backend/dual_messagebus_client.py"
WHOLE = platform_file("dual_messagebus_client.py").decode()


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def fault_of(tmp_path: Path, text: str, **options: Any) -> str:
    """The sentence with which a probe of this client ends; the log's path reads LOG in it."""
    root = tiny_platform(tmp_path)
    commit_files(root, {CLIENT: text})
    with pytest.raises(MigrateError) as raised:
        probe(Options(only=("idle",), repo=str(root), **options), quiet)
    assert raised.value.exit_code == FAILED
    (log,) = stored.folder().glob("*.log")
    return str(raised.value).replace(str(log), "LOG")


FAULTS = {
    "raises at import": (
        "raise ValueError('no settings')",
        "cannot be probed: importing it ended in ValueError: no settings; its output is in LOG",
    ),
    "exits at import": (
        "import sys; sys.exit(3)",
        "cannot be probed: importing it ended in SystemExit: 3; its output is in LOG",
    ),
    "ends its process at import": (
        "import os; os._exit(7)",
        "ended its process with exit code 7; its output is in LOG",
    ),
    "hangs at import": (
        "import time; time.sleep(60)",
        "cannot be probed: importing it ended in TimeoutError: it took more than 2 s; its output is in LOG",
    ),
    "needs a package": (
        "import no_such_package.part",
        f"needs the package no_such_package, which {sys.executable} does not have; install it there, or name another "
        "Python with --python",
    ),
    "is refused by its server": (
        "def refuse(*_):\n    raise OSError('no')\n\n\nDualMessageBusClient.initialize = refuse",
        "cannot be probed: OSError: no; its output is in LOG",
    ),
    "hangs when it connects": (
        "import time\n\n\nDualMessageBusClient.initialize = lambda self: time.sleep(60)",
        "cannot be probed: it hung: nothing came of it within 2 s; its output is in LOG",
    ),
    "exits when it connects": (
        "import os\n\n\nDualMessageBusClient.initialize = lambda self: os._exit(5)",
        "cannot be probed: its process ended with exit code 5; its output is in LOG",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_client_that_does_not_run_is_one_sentence(name: str, tmp_path: Path) -> None:
    last, sentence = FAULTS[name]
    started = time.monotonic()
    limit = {"limit": 2} if "hangs" in name else {}
    assert fault_of(tmp_path, f"{WHOLE}\n\n{last}\n", **limit) == f"the target client dual_messagebus_client {sentence}"
    assert time.monotonic() - started < 50  # it would sleep for 60


def test_a_client_that_hangs_in_one_probe_fails_that_probe(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    stuck = "async def close(self):\n    while True:\n        pass\n\n\nDualMessageBusClient.close = close\n"
    commit_files(root, {CLIENT: f"{WHOLE}\n\n{stuck}"})
    result = probe(Options(only=("after-close", "filtering"), repo=str(root), limit=8), quiet)
    assert {each.id: (each.status, each.said) for each in result.verdicts if each.id == "after-close"} == {
        "after-close": ("failed", "it hung: nothing came of it within 8 s")
    }
    assert [each.id for each in result.failing] == ["after-close"]


def test_what_a_client_prints_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    commit_files(root, {CLIENT: f"{WHOLE}\n\nprint('hello from the client')\n"})
    result = probe(Options(only=("legacy-publish",), repo=str(root)), quiet)
    assert Path(result.log).read_text().startswith("hello from the client\n")
    assert Path(result.log).stat().st_mode & 0o777 == 0o600


def test_the_client_has_nothing_of_the_users_environment(tmp_path: Path) -> None:
    inherited = {"AWS_SECRET": "hush", "REDIS_HOST": "prod", "LANG": "C.UTF-8", "HOME": "/home/me", "PYTHONPATH": "/x"}
    found = environment(tmp_path, inherited)
    assert found == {
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{tmp_path / 'runner'}:{tmp_path / 'source'}",
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(tmp_path / "home"),
    }


REACHING = {
    "a unix socket": "socket.socket(socket.AF_UNIX).connect('/run/x.sock')",
    "a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "a listener": "socket.socket().bind(('127.0.0.1', 0))",
    "a name server": "socket.gethostbyname('example.org')",
    "a program": "subprocess.run(['true'])",
    "a shell": "os.system('true')",
}


@pytest.mark.parametrize("name", REACHING)
def test_the_client_can_reach_nothing_but_the_probes_servers(name: str, tmp_path: Path) -> None:
    text = f"import os, socket, subprocess\n\n{REACHING[name]}\n"
    order = {"by_port": {}, "module": "dual", "limit": 5}
    with pytest.raises(MigrateError, match="importing it ended in PermissionError: the probe refuses"):
        run_client(client_files("dual", {"dual.py": text.encode()}, ""), order, tmp_path / "log", Process())


def test_a_client_that_outlives_all_patience_is_ended_with_what_it_started(tmp_path: Path) -> None:
    text = f"""
import os, signal, time
signal.signal(signal.SIGALRM, signal.SIG_IGN)
if os.fork() == 0:
    open({str(tmp_path / "child")!r}, "w").write(str(os.getpid()))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
time.sleep(60)
"""
    client = client_files("dual", {"dual.py": text.encode()}, "")
    order = {"by_port": {}, "module": "dual", "limit": 1}
    with pytest.raises(MigrateError, match="hung: it was ended after 3 s; its output is in"):
        run_client(client, order, tmp_path / "log", Process(patience=3))
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 60
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not runs(child)


def runs(pid: int) -> bool:
    """Whether a process is there, and is not only waiting to be reaped."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_another_address_of_the_client_is_led_to_the_probes_servers(tmp_path: Path) -> None:
    """Two hosts with one port, which only the client itself can tell apart."""
    root = tiny_platform(tmp_path)
    text = WHOLE.replace('host: str = "localhost"', 'host: str = "HOST.internal"').replace(
        "port: int = 6381", "port: int = 6380"
    )
    text = text.replace("HOST.", "ticks.", 1).replace("HOST.", "logic.", 1)
    commit_files(root, {CLIENT: text})
    result = probe(Options(only=("delivery", "lost-group", "configuration"), repo=str(root)), quiet)
    assert [(each.id, each.status) for each in result.verdicts] == [
        ("delivery", "passed"),
        ("configuration", "passed"),
        ("lost-group", "passed"),
    ]


def test_what_a_client_leaves_pending_in_another_database_is_seen(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    text = DEFECTS["pending for ever"].client().decode().replace("_redis_db: int = 0", "_redis_db: int = 3")
    commit_files(root, {CLIENT: text})
    (verdict,) = probe(Options(only=("failing-handler",), repo=str(root)), quiet).verdicts
    assert (verdict.status, verdict.said) == (
        "failed",
        "engine logic: a message whose handler raises stays pending for ever, after a restart too",
    )


def test_a_wrapper_that_takes_more_than_the_target_fails_the_payloads(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    wrapper = platform_file("enhanced_messagebus_client.py").replace(
        b"json.dumps(payload)", b"json.dumps(payload, default=str)"
    )
    commit_files(root, {"backend/enhanced_messagebus_client.py": wrapper})
    (verdict,) = probe(Options(only=("payloads",), repo=str(root)), quiet).verdicts
    assert (verdict.status, verdict.said) == (
        "failed",
        "datetime, Decimal, bytes, Enum, dataclass raise out of publish_message (TypeError: Object of type datetime is "
        "not JSON serializable), and enhanced_messagebus_client takes them",
    )
    assert "backend/engines/strategy/service.py:18 strategy publishes strategy.signal.*" in verdict.sites


def test_another_python_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a path from here, although the client runs elsewhere."""
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    text = "import sys\n\nraise SystemExit(sys.executable)\n"
    client = client_files("dual", {"dual.py": text.encode()}, "")
    process = Process(interpreter("./python"))
    with pytest.raises(MigrateError, match=f"importing it ended in SystemExit: {tmp_path / 'python'};"):
        run_client(client, {"by_port": {}, "module": "dual", "limit": 9}, tmp_path / "log", process)


def test_a_python_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(MigrateError) as raised:
        probe(Options(repo=str(tiny_platform(tmp_path)), python="no/such/python"), quiet)
    assert (str(raised.value), raised.value.exit_code) == (
        "there is no program no/such/python; name the Python that has the client's packages",
        2,
    )


def test_a_whole_result_is_stored_and_a_part_is_not(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    part = probe(Options(only=("idle",), repo=str(root)), quiet)
    assert stored.load(part.client) is None
    whole = probe(Options(repo=str(root)), quiet)
    assert stored.load(whole.client) == whole
    assert json.loads(next(stored.folder().glob("*.json")).read_text())["module"] == "dual_messagebus_client"
