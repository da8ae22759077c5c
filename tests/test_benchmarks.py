"""The benchmarks measure what they say: trees that are the same every time, processes with their children, dry runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

import pytest
from engines_of_one import settings
from gitrepo import git
from programs import uses

from benchmarks.measuring import processes, timing
from benchmarks.parts import dry_run, scan
from benchmarks.trees import legacy, trees
from codemods.reading.index import first_words

IMPORTS_LEGACY = re.compile(r"^(?:import redis|from enhanced_messagebus_client import)", re.MULTILINE)
IMPORTS_ACCESSOR = "from engines.common.shared_store import get_shared_store\n"


@lru_cache(maxsize=2)
def files(name: str) -> tuple[Any, ...]:
    return tuple(trees.files_of(trees.PLANS[name]))


def written(shape: Any) -> str:
    """A module that is only this shape."""
    return Template(shape.imports + shape.body).substitute(name="lots", Name="Lots")


def test_the_same_seed_gives_the_same_commit_and_another_seed_another_one(tmp_path: Path) -> None:
    seeds = {"first": 1, "again": 1, "other": 2}
    made = {name: trees.write_tree(tmp_path / name, "tiny", seed) for name, seed in seeds.items()}
    ids = {name: git(tree.root, "rev-parse", "main") for name, tree in made.items()}
    assert ids["first"] == ids["again"] != ids["other"]


def test_a_tree_is_written_as_it_was_made(tmp_path: Path) -> None:
    tree, made = trees.write_tree(tmp_path, "tiny"), files("tiny")
    assert git(tree.root, "ls-tree", "-r", "--name-only", "main").split() == sorted(file.path for file in made)
    assert {file.path: git(tree.root, "show", f"main:{file.path}", strip=False) for file in made[:6]} == {
        file.path: file.text for file in made[:6]
    }
    assert tree.selected.read_text().split() == [file.path for file in made if file.is_selected]
    assert sorted(tree.blobs.read_text().split()) == sorted(
        git(tree.root, "rev-parse", *(f"main:{file.path}" for file in made)).split()
    )
    assert (tree.files, tree.size) == (len(made), sum(len(file.text.encode()) for file in made))


@pytest.mark.parametrize("name", ["few", "tiny", "start"])
def test_every_file_of_a_tree_compiles_without_a_warning(name: str) -> None:
    made = files(name)
    for file in made:
        compile(file.text, file.path, "exec", dont_inherit=True)
    assert len({file.path for file in made}) == len(made)


@pytest.mark.parametrize(
    ("name", "count", "megabytes", "legacy_files"),
    [
        ("few", 650, 15, 90),
        ("owned", 650, 15, 90),
        ("none", 650, 15, 0),
        pytest.param("many", 20_000, 90, 100, marks=pytest.mark.soak),
    ],
)
def test_a_tree_has_as_many_files_bytes_and_imports_as_it_says(
    name: str, count: int, megabytes: int, legacy_files: int
) -> None:
    own = [file for file in files(name) if file.path not in trees.CLIENTS]
    assert len(own) == count
    assert sum(len(file.text) for file in own) / 1e6 == pytest.approx(megabytes, rel=0.02)
    assert sum(bool(IMPORTS_LEGACY.search(file.text)) for file in own) == legacy_files


def has_one_of(words: tuple[bytes, ...], text: str) -> bool:
    return any(word.decode() in text for word in words)


def test_where_an_engine_has_one_owner_one_file_of_each_makes_a_client() -> None:
    made = [file for file in files("owned") if "BufferedMessageBusClient(self.cfg)" in file.text]
    assert sorted(file.path.split("/")[2] for file in made) == sorted(trees.MOVING)


@pytest.mark.parametrize("name", ["few", "none", "tiny"])
def test_what_is_selected_has_a_first_word_or_imports_a_file_that_has_one(name: str) -> None:
    words = first_words(settings())
    expected = {f.path for f in files(name) if has_one_of(words, f.text) or IMPORTS_ACCESSOR in f.text}
    assert {file.path for file in files(name) if file.is_selected} == expected


@pytest.mark.parametrize("name", ["CACHE", "SYNCHRONOUS", "PUBLISHER", "SUBSCRIBER", "STREAMS"])
def test_each_legacy_class_uses_redis_about_ten_times(name: str) -> None:
    assert 9 <= len(uses(written(getattr(legacy, name)), settings())) <= 16


def test_ordinary_code_has_none_of_the_words_that_legacy_code_has() -> None:
    words = first_words(settings())
    assert [file.path for file in files("few") if not file.is_selected and has_one_of(words, file.text)] == []


def test_measures_take_turns_and_the_first_round_is_left_out() -> None:
    turns: list[str] = []
    taken = {"a": iter([90.0, 1.0, 2.0]), "b": iter([80.0, 5.0, 3.0]), "slow": iter([7.0])}

    def taking(name: str) -> Any:
        def measure() -> Any:
            turns.append(name)
            return timing.Usage(next(taken[name]))

        return measure

    measures = {name: taking(name) for name in taken}
    found = timing.interleaved({name: measures[name] for name in "ab"}, 2, {"slow": measures["slow"]})
    assert {name: timing.cpu(each) for name, each in found.items()} == {"a": [1.0, 2.0], "b": [5.0, 3.0], "slow": [7.0]}
    assert turns == ["a", "b", "a", "b", "slow", "a", "b"]


def test_a_single_round_counts() -> None:
    assert timing.interleaved({"a": lambda: timing.Usage(3.0)}, 1) == {"a": [timing.Usage(3.0)]}


def test_a_process_is_measured_with_its_children() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    idle = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    assert 0.3 <= timing.run([sys.executable, "-c", idle]).seconds < 1.5


def test_the_peak_is_that_of_the_process_that_was_run() -> None:
    """Asked for by a process of its own: what a process begins has at first its peak, and that of tests may be more."""
    large = f"run([{sys.executable!r}, '-c', 'bytearray(300_000_000)'])"
    asked = [sys.executable, "-c", f"from benchmarks.measuring.timing import run; print({large}.megabytes)"]
    done = subprocess.run(asked, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
    assert 300 < float(done.stdout) < 350


def test_a_command_that_fails_is_an_error_with_what_it_said() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such tree')"]
    with pytest.raises(RuntimeError, match=r"ended with 1: no such tree$"):
        timing.run(command)
    assert timing.run(command, sound=(1,)).seconds > 0


def test_a_script_is_watched_and_its_children_are_not(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    child = "bytearray(300_000_000)"
    script.write_text(
        f"import colorsys, subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\nsys.exit(4)\n"
    )
    megabytes, packages = processes.watched([script])
    assert packages & {"colorsys", "wave"} == {"colorsys"}
    assert megabytes < 300


def test_a_scan_is_watched(tmp_path: Path) -> None:
    megabytes, packages = processes.watched(scan.command(trees.write_tree(tmp_path, "start").root))
    assert megabytes > 10
    assert packages & {"migrator", "codemods", "libcst"} == {"migrator", "codemods"}


def test_a_scan_that_fails_is_not_a_measurement(tmp_path: Path) -> None:
    tree = trees.write_tree(tmp_path, "start")
    (tree.root / "engines.yaml").unlink()
    with pytest.raises(RuntimeError, match=r"(?s)ended with 2: .*engines\.yaml"):
        processes.watched(scan.command(tree.root))


@pytest.mark.parametrize("name", ["wrapper", "raw"])
def test_the_engine_of_a_dry_run_has_240_kb_and_two_legacy_uses_in_a_hundred_statements(name: str) -> None:
    own = [file for file in dry_run.files_of(name) if file.path not in trees.CLIENTS]
    assert (len(own), sum(len(file.text) for file in own) / 1e3) == (10, pytest.approx(240, rel=0.01))
    statements = sum(isinstance(node, ast.stmt) for file in own for node in ast.walk(ast.parse(file.text)))
    legacy_uses = sum(len(uses(file.text, settings())) for file in own if file.is_selected)
    assert legacy_uses / statements == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize(("name", "moves"), [("wrapper", "publish_message"), ("raw", "engine_logic_client.xadd")])
def test_the_dry_run_that_is_measured_changes_code(tmp_path: Path, name: str, moves: str) -> None:
    tree = dry_run.write_engine(tmp_path, name)
    done = subprocess.run(dry_run.command(tree.root), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 4)
    assert moves in done.stdout
