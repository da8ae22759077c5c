"""Engines as strangers write them: each site has its verdict, and what moves does on two buses what it did."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest
from corpus_engines import Repository, every_engine, expected_of, repository, verdicts_of
from corpus_runs import Record, Side, record
from gitrepo import git
from platform_clients import emptied

from migrator.live.servers import Servers

ENGINES = every_engine()


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_moved_as_its_table_says(name: str, tmp_path: Path, servers: Servers) -> None:
    """What `awaits` names is not mended yet; once it is, this fails, and the line goes from the table."""
    engine = ENGINES[name]
    found = repository(engine, tmp_path)
    before = driven(found, servers, None, tmp_path / "before")
    assert_own_tests(found)
    with pytest.raises(AssertionError) if "awaits" in engine.table else nullcontext():
        assert_moved(found, before, servers, tmp_path / "after")


def assert_moved(found: Repository, before: Record | None, servers: Servers, logs: Path) -> None:
    """Every site has its verdict, what moves does on two buses what it did, and everything else is left alone."""
    table = found.engine.table
    assert verdicts_of(found.migrate("scan"), found.engine.folder) == expected_of(found.engine)
    run = found.migrate()
    (said,) = run["engines"]
    changed = found.changed(said["branch"]) if said["commit"] else []
    told = (said["problems"], changed, said["leftovers"])
    assert told == tuple(table.get(key, []) for key in ("problems", "changed", "leftovers"))
    if changed:
        git(found.root, "merge", "--quiet", "--ff-only", said["branch"])
        assert_done(found, changed)
        modes = {name: mode["mode"] for name, mode in run["streams"].items()}
        assert driven(found, servers, modes, logs) == before
        assert_own_tests(found)


def driven(found: Repository, servers: Servers, modes: Mapping[str, str] | None, logs: Path) -> Record | None:
    """What the engine does as it stands in its repository; None for one that cannot run here at all."""
    if "run" not in found.engine.table:
        return None
    side = Side(found.engine, emptied(servers), found.settings(), found.contract(), modes)
    return record(side, found.root / "backend", logs)


def assert_done(found: Repository, changed: list[str]) -> None:
    """The migrated engine compiles, and a second run finds nothing more to do."""
    for path in (found.root / found.engine.folder / name for name in changed):
        if path.suffix == ".py":
            compile(path.read_bytes(), path, "exec", dont_inherit=True)
    (again,) = found.migrate()["engines"]
    assert (again["commit"], again["ledger"]["rewrite"], again["problems"]) == (None, 0, [])


def assert_own_tests(found: Repository) -> None:
    """The tests that the engine has of its own pass as they stand in the repository."""
    number = found.engine.table.get("tests", 0)
    if number:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", found.engine.folder]
        variables = {**os.environ, "PYTHONPATH": "backend", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=found.root, env=variables, capture_output=True, text=True, check=False)
        assert f"{number} passed" in done.stdout, done.stdout + done.stderr


def test_the_corpus_holds_thirty_engines_and_every_pattern() -> None:
    assert len(ENGINES) >= 30
    shown = {pattern for engine in ENGINES.values() for pattern in engine.table["patterns"]}
    assert shown == {f"P{number}" for number in range(1, 23)}
