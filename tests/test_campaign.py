"""The whole sample platform through all phases: what every branch must be, and what nothing may touch."""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path

from click.testing import CliRunner, Result
from gitrepo import git

from migrator.cli import cli

BRANCHES = {
    "dual-bus/phase-1/collateral",
    "dual-bus/phase-1/ml",
    "dual-bus/phase-1/portfolio",
    "dual-bus/phase-2/factor",
    "dual-bus/phase-2/strategy",
    "dual-bus/phase-2/websocket",
    "dual-bus/phase-3/features",
}


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--repo", str(root), *arguments], prog_name="migrate", catch_exceptions=False)


def branches(root: Path) -> set[str]:
    return set(git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads/dual-bus").split())


def changed(root: Path, branch: str) -> list[str]:
    return git(root, "diff", "--name-only", f"main..{branch}").split()


def text(root: Path, revision: str, path: str) -> str:
    return git(root, "show", f"{revision}:{path}", strip=False)


def test_each_branch_holds_one_commit_that_compiles_and_touches_its_own_engine_only(platform: Path) -> None:
    assert migrate(platform, "--all").exit_code == 0
    assert branches(platform) == BRANCHES
    for branch in sorted(BRANCHES):
        engine = branch.rsplit("/", 1)[-1]
        assert git(platform, "rev-list", "--count", f"main..{branch}") == "1"
        paths = changed(platform, branch)
        assert paths
        assert all(path.startswith(f"backend/engines/{engine}/") for path in paths)
        for path in paths:
            compile(text(platform, branch, path), path, "exec", dont_inherit=True)


def test_each_commit_says_phase_counts_and_where_it_came_from(platform: Path) -> None:
    migrate(platform, "--engine", "portfolio")
    message = git(platform, "log", "-1", "--format=%B", "dual-bus/phase-1/portfolio")
    trailers = dict(line.split(": ", 1) for line in message.split("\n\n")[-1].splitlines())
    assert message.startswith("Move portfolio to the dual message bus\n")
    assert "phase 1" in message.lower()
    assert trailers["Migrate-Base"] == git(platform, "rev-parse", "main")
    assert trailers["Migrate-Config"] == hashlib.sha256((platform / "engines.yaml").read_bytes()).hexdigest()
    assert set(trailers) == {
        *("Migrate-Engine", "Migrate-Left", "Migrate-Version", "Migrate-Config", "Migrate-Base", "Migrate-Content")
    }
    assert (trailers["Migrate-Engine"], trailers["Migrate-Left"]) == ("portfolio", "0")


def test_a_second_run_has_nothing_to_do_and_makes_no_commit(platform: Path) -> None:
    migrate(platform, "--all")
    before = git(platform, "for-each-ref"), git(platform, "count-objects", "--verbose")
    again = migrate(platform, "--all", "--json")
    assert again.exit_code == 0
    assert {engine["status"] for engine in json.loads(again.stdout)["engines"]} == {"unchanged"}
    assert (git(platform, "for-each-ref"), git(platform, "count-objects", "--verbose")) == before


def test_after_all_branches_are_merged_nothing_is_left_to_migrate(platform: Path) -> None:
    for phase in ("1", "2", "3"):
        assert migrate(platform, "--phase", phase).exit_code == 0
        for branch in sorted(branch for branch in BRANCHES if f"phase-{phase}/" in branch):
            git(platform, "merge", "--quiet", "--no-ff", "--no-edit", branch)
    after = json.loads(migrate(platform, "--all", "--dry-run", "--json").stdout)
    assert {engine["status"] for engine in after["engines"]} == {"nothing"}
    kept = {site["verdict"] for engine in after["engines"] for site in engine["sites"]}
    assert kept == {"keep"}


def statements(source: str) -> list[tuple[int, int, str]]:
    """First line, last line and text of every simple statement."""
    lines = source.splitlines(keepends=True)
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    return [(n.lineno, n.end_lineno or 0, "".join(lines[n.lineno - 1 : n.end_lineno])) for n in found]


def test_the_bytes_of_every_statement_that_the_ledger_does_not_list_are_the_same(platform: Path) -> None:
    result = json.loads(migrate(platform, "--all", "--json").stdout)
    for engine in result["engines"]:
        listed = {line for site in engine["sites"] for line in site["lines"]}
        for path in changed(platform, engine["branch"]):
            spans = [tuple(map(int, line.rsplit(":", 1)[1].split("-"))) for line in listed if line.startswith(path)]
            after = [whole for _, _, whole in statements(text(platform, engine["branch"], path))]
            for first, last, whole in statements(text(platform, "main", path)):
                if not any(start <= last and first <= stop for start, stop in spans):
                    assert whole in after, f"{path}:{first}"


def test_the_ledger_of_each_engine_adds_up(platform: Path) -> None:
    for engine in json.loads(migrate(platform, "--all", "--dry-run", "--json").stdout)["engines"]:
        counts = engine["ledger"]
        found = counts.pop("found")
        assert found == sum(counts.values()) == len(engine["sites"]) > 0


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file of the working tree, and git's index and HEAD."""
    files = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts]
    own = [root / ".git" / "index", root / ".git" / "HEAD"]
    return {str(path.relative_to(root)): path.read_bytes() for path in [*files, *own]}


def test_a_dirty_tree_a_staged_file_and_a_detached_head_are_left_byte_for_byte(platform: Path) -> None:
    git(platform, "checkout", "--quiet", "--detach")
    (platform / "backend/engines/portfolio/service.py").write_text("print('half done')\n")
    (platform / "staged.txt").write_text("staged\n")
    git(platform, "add", "staged.txt")
    (platform / "untracked.txt").write_text("untracked\n")
    before = git(platform, "status", "--porcelain=v2", "--branch"), snapshot(platform)
    assert migrate(platform, "--phase", "1").exit_code == 0
    assert (git(platform, "status", "--porcelain=v2", "--branch"), snapshot(platform)) == before
    assert branches(platform) == {branch for branch in BRANCHES if "phase-1" in branch}


def test_the_diff_of_a_dry_run_applies_at_the_base_and_gives_the_branch(platform: Path) -> None:
    diff = migrate(platform, "--engine", "ml", "--dry-run").stdout_bytes
    migrate(platform, "--engine", "ml")
    patch = platform.parent / "ml.patch"
    patch.write_bytes(diff)
    git(platform, "apply", "--check", str(patch))
    git(platform, "apply", "--index", str(patch))
    assert git(platform, "write-tree") == git(platform, "rev-parse", "dual-bus/phase-1/ml^{tree}")
