"""A platform of thirteen tiny engines, each of which a run gives a branch, and runs of it that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitrepo import clean_environment, git, make_repo
from tinyplatform import CONFIG, PUBLISHER, platform_file

TYPES = (
    *("PORTFOLIO", "COLLATERAL", "ML", "FACTOR", "STRATEGY", "WEBSOCKET", "FEATURES", "ANALYTICS", "RISK"),
    *("MARKETDATA", "BACKTESTING", "VPIN", "TORANIKO"),
)
NAMES = tuple(name.lower() for name in TYPES)
BRANCHES = tuple(sorted(f"refs/heads/dual-bus/phase-1/{name}" for name in NAMES))


def many_engines(tmp_path: Path) -> Path:
    """The platform as a repository."""
    engines = "".join(
        f"  {name}: {{phase: 1, port: {8000 + number}, paths: [engines/{name}], engine_type: {name.upper()}}}\n"
        for number, name in enumerate(NAMES)
    )
    return make_repo(
        tmp_path,
        {
            "engines.yaml": CONFIG.partition("engines:\n")[0] + "engines:\n" + engines,
            "backend/dual_messagebus_client.py": platform_file("dual_messagebus_client.py"),
            "backend/enhanced_messagebus_client.py": platform_file("enhanced_messagebus_client.py"),
            **{service(name): PUBLISHER for name in NAMES},
        },
    )


def service(name: str) -> str:
    """The path of an engine's one file."""
    return f"backend/engines/{name}/service.py"


def tips(root: Path) -> dict[str, str]:
    """Each branch of the tool with its commit."""
    lines = git(root, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/dual-bus").splitlines()
    return dict(line.split(" ") for line in lines)


RUNNER = """
import os, sys, threading
from migrator.cli import cli

def migrate(*arguments):
    try:
        cli(["--all", "--json", *arguments], prog_name="migrate")
    except SystemExit as end:
        return end.code

sys.stdout = open(os.devnull, "w")
migrate("--dry-run", "--repo", sys.argv[1])  # all is imported, so that what is killed is the work
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os._exit(migrate(*line.split("\\t")[1:-1]))
    os.write(1, b"%d\\n" % child)
    if line.startswith("wait"):
        os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    else:
        threading.Thread(target=os.waitpid, args=(child, 0), daemon=True).start()
"""


class Runner:
    """Starts runs of `migrate --all`, each in a process of its own, without the time that Python takes to start."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, root: Path, *arguments: str) -> int:
        """The id of the process of a run, which is also its group's; it is to be killed."""
        self._say("begin", root, *arguments)
        return self._number()

    def start(self, root: Path, *arguments: str) -> None:
        """Begin a run that nothing stops; `ended` is to be asked next."""
        self._say("wait", root, *arguments)
        self._number()

    def ended(self) -> int:
        """The exit code of the run that was started, once it has ended."""
        return self._number()

    def complete(self, root: Path, *arguments: str) -> int:
        """The exit code of a run that nothing stops."""
        self.start(root, *arguments)
        return self.ended()

    def _say(self, *words: object) -> None:
        assert self._process.stdin
        how, root, *arguments = map(str, words)
        self._process.stdin.write("\t".join([how, "--repo", root, *arguments, "\n"]))
        self._process.stdin.flush()

    def _number(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


@contextmanager
def runner(root: Path) -> Iterator[Runner]:
    """A runner that is ready; it ends with the block."""
    command = [sys.executable, "-c", RUNNER, str(root)]
    environment = clean_environment() | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield Runner(process)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def kill(process: int, seconds: float, *, group: bool) -> None:
    """End a run after so many seconds as a machine does that has no memory left, or with its group as a terminal."""
    end = time.monotonic() + seconds
    with suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.kill(process, 0)
            time.sleep(0.005)
        (os.killpg if group else os.kill)(process, signal.SIGKILL)
