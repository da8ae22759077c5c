"""The demo: its stages on the real platform, and a folder that is left as it was promised."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from gitrepo import commit_files, git

from migrator.config import load
from migrator.demo.edges import ROUTES
from migrator.demo.run import Place, demo, known_routes, merge_phase, migrate_phase, phases_of, tidy, workplace
from migrator.demo.stage import Checkout, run_stage
from migrator.demo.verdict import judge
from migrator.demo.write import write_platform
from migrator.errors import MigrateError
from migrator.live.servers import MAIN, Servers


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    written = Place(tmp_path_factory.mktemp("demo"))
    write_platform(written.platform)
    return written


CUT_BEFORE = [
    "marketdata -> ml  market.data",
    "marketdata -> portfolio  market.data",
    "marketdata -> features  raw-ticks",
    "ml -> toraniko  ml.prediction",
    "strategy -> backtesting  strategy.signal",
    "portfolio -> risk  portfolio.update",
    "risk -> portfolio  risk.metric",
]
FAILED_BEFORE = [
    "before: no failed XREADGROUP on any server",
    "before: no engine on main, but for its cache",
    "before: no edge is cut, and none needs a bridge",
]


def test_before_the_migration_main_shows_the_symptom_and_all_else_is_in_order(place: Place) -> None:
    """One test, because one stage takes ten seconds."""
    campaign = load(place.platform / "engines.yaml")
    phases = {engine.name: engine.phase for engine in campaign.engines}
    with Servers() as servers:
        checkout = Checkout(place.platform / campaign.source_root, phases)
        before = run_stage("before", 0, checkout, servers, place.logs("before"))

    main = before.servers[MAIN]
    assert 2 * main.failed_reads > main.delta.calls("xreadgroup").calls
    assert main.delta.errors["NOGROUP"] == main.failed_reads
    assert main.connections.cache == {"ml": 1}
    assert set(main.connections.bus) == {engine.name for engine in campaign.to_migrate()}
    assert [server.connections.unknown for server in before.servers.values()] == [0, 0, 0]

    cut = [result for result in before.edges if result.is_cut]
    assert [result.label for result in cut] == CUT_BEFORE
    assert [result.handled for result in cut] == [0] * len(cut)

    assert [check.sentence for check in judge([before], known_routes()) if not check.passed] == FAILED_BEFORE
    assert len(before.routes) == sum(map(len, ROUTES.values()))
    assert before.killed == ()
    assert git(place.platform, "status", "--porcelain", "--ignored") == ""


def test_each_branch_of_a_phase_is_merged_and_its_diff_kept(tmp_path: Path) -> None:
    place = Place(tmp_path)
    write_platform(place.platform)
    campaign = load(place.platform / "engines.yaml")
    names = ("portfolio", "ml")
    for name in names:
        git(place.platform, "checkout", "--quiet", "-b", f"dual-bus/phase-1/{name}", "main")
        commit_files(place.platform, {f"backend/engines/{name}/notes.txt": f"caf\xe9 {name}\n".encode("latin-1")})
    git(place.platform, "checkout", "--quiet", "main")
    merge_phase(campaign.phase(1), campaign, place)
    assert git(place.platform, "log", "--merges", "--first-parent", "--format=%s").splitlines() == [
        "Merge dual-bus/phase-1/ml",
        "Merge dual-bus/phase-1/portfolio",
    ]
    assert sorted(path.name for path in place.diffs.iterdir()) == ["phase-1-ml.patch", "phase-1-portfolio.patch"]
    patch = (place.diffs / "phase-1-ml.patch").read_bytes()
    assert patch.startswith(b"diff --git a/backend/engines/ml/notes.txt b/backend/engines/ml/notes.txt\n")
    assert patch.endswith(b"+caf\xe9 ml\n")
    assert git(place.platform, "status", "--porcelain") == ""


def test_the_phases_come_in_order(place: Place) -> None:
    assert phases_of(load(place.platform / "engines.yaml")) == [1, 2, 3]


def test_a_command_that_fails_is_quoted(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.platform.mkdir()
    with pytest.raises(MigrateError) as raised:
        migrate_phase(1, place)
    first, *said = str(raised.value).splitlines()
    assert first == f"migrate --phase 1 --repo {tmp_path}/platform ended with 2:"
    assert said[0].startswith("migrate: ")


def test_a_folder_that_holds_something_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(MigrateError, match="is not empty") as raised:
        demo(tmp_path, True, io.StringIO(), progress=io.StringIO())
    assert raised.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("given", "keep", "left"), [(False, False, False), (False, True, True), (True, False, True)])
def test_an_interrupted_demo_removes_its_own_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: bool, keep: bool, left: bool
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    used: list[Path] = []

    def interrupt() -> None:
        with workplace(tmp_path / "mine" if given else None, keep) as place:
            used.append(place.root)
            place.diffs.mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert [root.exists() for root in used] == [left]


def test_the_diffs_are_what_is_left(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for folder in (place.platform, place.diffs, place.logs("before")):
        folder.mkdir(parents=True)
    tidy(place)
    assert [path.name for path in tmp_path.iterdir()] == ["diffs"]


RUN = "import sys; from migrator.demo.run import demo; sys.exit(demo(None, False, sys.stdout))"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_in_the_middle_of_the_demo_leaves_nothing(tmp_path: Path, number: signal.Signals, status: int) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", RUN], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        while "13 engines under traffic" not in running.stderr.readline():
            assert running.poll() is None
        deadline = time.monotonic() + 60
        while len(started := processes_in(tmp_path)) < 3 + 13 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(number)
        running.communicate(timeout=120)
        assert running.returncode == status
    assert len(started) == 3 + 13
    assert list(tmp_path.iterdir()) == []
    assert processes_in(tmp_path) == []


def test_a_demo_that_is_killed_takes_what_it_started_with_it(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", RUN], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        deadline = time.monotonic() + 60
        while len(started := processes_in(tmp_path)) < 3 + 13 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.kill()
        running.communicate(timeout=30)
    assert len(started) == 3 + 13
    while processes_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_in(tmp_path) == []


def processes_in(root: Path) -> list[str]:
    """The processes that work below this folder: servers in their own, engines in the checkout."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if (folder / "cwd").readlink().is_relative_to(root):
                    found.append(folder.name)
    return found


@pytest.mark.alone
def test_the_whole_migration_passes_its_own_verdict(tmp_path: Path) -> None:
    out, progress = io.StringIO(), io.StringIO()
    status = demo(tmp_path / "demo", True, out, progress=progress)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if line.startswith("FAIL")] == []
    assert len([line for line in lines if line.startswith("PASS")]) == 10
    assert sorted(path.name for path in (tmp_path / "demo" / "diffs").iterdir()) == [
        "phase-1-collateral.patch",
        "phase-1-ml.patch",
        "phase-1-portfolio.patch",
        "phase-2-factor.patch",
        "phase-2-strategy.patch",
        "phase-2-websocket.patch",
        "phase-3-features.patch",
    ]
    assert status == 0
