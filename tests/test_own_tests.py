"""`--run-checks`: an engine's own tests decide whether its change becomes a branch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.checkout import checkout
from migrator.cli import cli
from migrator.errors import MigrateError
from migrator.repo import Repository

BRANCH = "dual-bus/phase-2/strategy"
STRATEGY = "{phase: 2, port: 8700, paths: [engines/strategy], engine_type: STRATEGY"


def with_command(command: str) -> str:
    return CONFIG.replace(STRATEGY, f"{STRATEGY}, test_command: {json.dumps(command)}")


def python(code: str) -> str:
    """The command line that runs this Python code."""
    return f"{quote(sys.executable)} -c {quote(code)}"


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--engine", "strategy", "--repo", str(root), *arguments], prog_name="migrate")


def outcome_of(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the engine in the JSON object."""
    result = migrate(root, "--run-checks", "--json", *arguments)
    return result.exit_code, json.loads(result.stdout)["engines"][0]


def branches(root: Path) -> list[str]:
    return git(root, "for-each-ref", "--format=%(refname:short)").splitlines()


def log_of(root: Path) -> str:
    return (root / ".git" / "migrate" / "tests" / "strategy.log").read_text()


SEES = """
import os, pathlib
text = pathlib.Path('engines/strategy/service.py').read_text()
print('moved' if 'get_dual_bus_client' in text else 'legacy')
print(sorted(os.listdir('..')), os.getcwd() == os.environ['PWD'])
print(sorted(name for name in os.environ if name.startswith('GIT_')), os.environ['MINE'])
"""


def test_tests_that_pass_see_the_files_of_the_branch_and_nothing_of_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "kept")
    command = python(SEES)
    root = tiny_platform(tmp_path, config=with_command(command))
    code, engine = outcome_of(root)
    said = "moved\n['backend', 'engines.yaml'] True\n['GIT_CEILING_DIRECTORIES'] kept\n"
    assert (code, engine["status"], branches(root)) == (0, "committed", [BRANCH, "main"])
    assert engine["tests"] == {
        "command": command,
        "outcome": "passed",
        "seconds": engine["tests"]["seconds"],
        "log": str(root / ".git" / "migrate" / "tests" / "strategy.log"),
        "last": said.splitlines(),
    }
    assert log_of(root) == said


FAILING = python("import sys; print('\\x1b[31mone is wrong'); sys.exit(3)")


@pytest.mark.parametrize("dry_run", [False, True])
def test_tests_that_fail_leave_no_branch(tmp_path: Path, dry_run: bool) -> None:
    root = tiny_platform(tmp_path, config=with_command(FAILING))
    result = migrate(root, "--run-checks", *(("--dry-run",) if dry_run else ()))
    assert (result.exit_code, branches(root), git(root, "status", "--porcelain")) == (1, ["main"], "")
    report = result.stderr if dry_run else result.stdout
    assert "strategy: its tests did not pass, so branch dual-bus/phase-2/strategy" in report
    assert "\n    | \\x1b[31mone is wrong\n" in report
    assert "\x1b" not in report
    assert (result.stdout == "") is dry_run


def test_a_branch_of_ours_stays_where_it_was_when_tests_fail(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=with_command("true"))
    assert outcome_of(root)[1]["status"] == "committed"
    tip = git(root, "rev-parse", BRANCH)
    commit_files(root, {"engines.yaml": with_command("false")})
    code, engine = outcome_of(root)
    assert (code, engine["status"], engine["tests"]["outcome"]) == (1, "failed", "exited with 1")
    assert f"branch {BRANCH} was left as it is" in engine["problems"][0]
    assert git(root, "rev-parse", BRANCH) == tip


def test_a_branch_that_holds_this_already_is_tested_too(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=with_command("true"))
    assert [outcome_of(root)[1]["status"] for _ in range(2)] == ["committed", "unchanged"]
    _, engine = outcome_of(root)
    assert engine["tests"]["outcome"] == "passed"


def test_the_tests_of_a_branch_that_is_checked_out_are_not_run(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=with_command("false"))
    git(root, "switch", "--quiet", "--create", BRANCH)
    code, engine = outcome_of(root)
    assert (code, engine["status"], engine["tests"]) == (1, "blocked", None)


def test_what_goes_beside_a_persons_branch_is_tested(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=with_command("true"))
    git(root, "switch", "--quiet", "--create", BRANCH)
    commit_files(root, {"backend/engines/strategy/service.py": f"{PUBLISHER}\nMINE = 1\n"})
    git(root, "switch", "--quiet", "main")
    code, engine = outcome_of(root)
    assert (code, engine["status"], engine["branch"]) == (4, "committed", f"{BRANCH}-next")
    assert (engine["beside"], engine["tests"]["outcome"]) == (BRANCH, "passed")


def test_without_the_option_nothing_is_executed(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    root = tiny_platform(tmp_path, config=with_command(f"touch {canary}"))
    assert migrate(root).exit_code == 0
    assert not canary.exists()
    commit_files(root, {"backend/engines/strategy/service.py": f"{PUBLISHER}\n# again\n"})
    assert outcome_of(root)[1]["status"] == "committed"
    assert canary.exists()


def test_an_engine_without_a_command_says_so(tmp_path: Path) -> None:
    result = migrate(tiny_platform(tmp_path), "--run-checks")
    assert result.exit_code == 0
    assert "\nTheir own tests\n  strategy: engines.yaml has no test_command for it\n" in result.stdout


LASTING = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
pathlib.Path({pid!r}).write_text(str(child.pid))
print('started', flush=True)
time.sleep({seconds})
"""


def is_running(pid: int) -> bool:
    """Whether the process is there, and no zombie that nobody has looked at."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize(("seconds", "outcome"), [(600, "took more than 5 s, and was ended"), (0, "passed")])
def test_what_tests_started_ends_with_them(tmp_path: Path, seconds: int, outcome: str) -> None:
    file = tmp_path / "pid"
    root = tiny_platform(tmp_path, config=with_command(python(LASTING.format(pid=str(file), seconds=seconds))))
    _, engine = outcome_of(root, "--time-limit", "5" if seconds else "60")
    assert (engine["tests"]["outcome"], engine["tests"]["last"]) == (outcome, ["started"])
    for _ in range(3000):
        if not is_running(int(file.read_text())):
            break
        time.sleep(0.02)
    assert not is_running(int(file.read_text()))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=with_command("no-such-program --quiet"))
    code, engine = outcome_of(root)
    assert (code, engine["status"]) == (1, "failed")
    assert engine["tests"]["outcome"] == "could not be started (No such file or directory)"


def test_a_run_that_is_terminated_leaves_neither_a_process_nor_a_folder(tmp_path: Path) -> None:
    file, folder = tmp_path / "pid", tmp_path / "temporary"
    folder.mkdir()
    root = tiny_platform(tmp_path, config=with_command(python(LASTING.format(pid=str(file), seconds=600))))
    command = [sys.executable, "-m", "migrator", "--all", "--run-checks", "--repo", str(root)]
    run = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(folder)}, stdout=subprocess.DEVNULL)
    for _ in range(3000):
        if file.exists() and file.read_text():
            break
        time.sleep(0.02)
    run.terminate()
    assert run.wait(60) == 143
    assert not is_running(int(file.read_text()))
    assert (list(folder.iterdir()), branches(root)) == ([], ["main"])


COMMANDS = {
    "quotes that do not close": ('pytest "x', "cannot be split into words (no closing quotation); look at its quotes"),
    "a variable in front": ("A=1 pytest", '"A=1" is no program; write: env A=1 ...'),
    "two commands": (
        "cd x && pytest",
        "\"&&\" in it means something to a shell alone; write: sh -c '...', or name a script",
    ),
    "a variable": (
        "pytest $HOME/x",
        "\"$HOME/x\" in it means something to a shell alone; write: sh -c '...', or name a script",
    ),
    "nothing": (" ", "holds no word; name a program"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_wants_a_shell_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    command, why = COMMANDS[name]
    result = migrate(tiny_platform(tmp_path, config=with_command(command)))
    sentence = f"engines.yaml:18: engines.strategy.test_command is run without a shell, and {why}"
    assert (result.exit_code, result.stderr) == (2, f"migrate: {sentence}\n")


def test_a_shell_that_is_named_may_do_what_shells_do(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=with_command("sh -c 'cd engines && test -f strategy/service.py; echo $?'"))
    assert outcome_of(root)[1]["tests"]["last"] == ["0"]


def test_a_time_limit_without_checks_is_wrong_usage(tmp_path: Path) -> None:
    result = migrate(tiny_platform(tmp_path), "--time-limit", "5")
    sentence = "migrate: --time-limit goes with --run-checks; add it, or leave --time-limit out\n"
    assert (result.exit_code, result.stderr) == (2, sentence)


def test_a_checkout_has_modes_links_and_odd_names_and_runs_no_filter(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    root = tiny_platform(tmp_path)
    git(root, "config", "filter.spy.smudge", f"touch {canary}; cat")
    (root / "run.sh").write_text("echo\n")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("/etc/hostname")
    (root / os.fsdecode(b"caf\xe9\n.py")).write_text("odd\n")
    commit_files(root, {".gitattributes": "* filter=spy ident export-ignore\n", "id.txt": "$Id$\r\n"})
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    git(root, "commit", "--quiet", "--message", "Add a submodule")
    canary.unlink(missing_ok=True)
    repository = Repository.open(root)
    files = {entry.path: entry for entry in repository.list_files(repository.resolve("main"))}
    with checkout(repository, files, {"run.sh": b"true\n", "new/a.py": b"x\r\n"}) as tree:
        names = {os.fsencode(path.relative_to(tree)) for path in tree.rglob("*")}
        assert names >= {b"caf\xe9\n.py", b".gitattributes", b"vendored", b"backend/engines/risk/service.py"}
        assert os.access(tree / "run.sh", os.X_OK)
        assert not os.access(tree / "id.txt", os.X_OK)
        assert (tree / "run.sh").read_bytes() + (tree / "new" / "a.py").read_bytes() == b"true\nx\r\n"
        assert (tree / "id.txt").read_bytes() == b"$Id$\r\n"
        assert (tree / "link").readlink() == Path("/etc/hostname")
        assert list((tree / "vendored").iterdir()) == []
    assert not tree.exists()
    assert not canary.exists()


def made_tree(root: Path, *lines: str) -> str:
    """The tree that `git mktree` makes of these lines, however dishonest."""
    listing = "".join(f"{line}\n" for line in lines).encode()
    done = subprocess.run(["git", "mktree"], cwd=root, input=listing, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("names", [("..",), (".git",), (".GIT",), ("a", "a/")])
def test_a_tree_that_was_made_to_escape_is_not_laid_out(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A link and a folder of one name would have a file written through the link."""
    root = tiny_platform(tmp_path)
    blob = git(root, "rev-parse", "main:engines.yaml")
    below = made_tree(root, f"100644 blob {blob}\tengines.yaml")
    kinds = {True: f"040000 tree {below}", False: f"120000 blob {blob}"}
    tree = made_tree(root, *(f"{kinds[name != 'a']}\t{name.rstrip('/')}" for name in names))
    repository = Repository.open(root)
    files = {entry.path: entry for entry in repository.list_files(git(root, "commit-tree", tree, "-m", "Escape"))}
    with pytest.raises(MigrateError, match="cannot be laid out"), checkout(repository, files, {}):
        pass
