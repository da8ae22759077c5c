"""An engines.yaml and a repository made to escape: nothing runs, and nothing outside is read or written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import clean_environment, commit_files, git, write_files
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli

STRATEGY = "paths: [engines/strategy]"
FOREIGN = "the-secret-of-another-folder"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A folder outside of the repository. A program in it, `spy`, leaves a mark when it runs."""
    folder = tmp_path / "canary"
    folder.mkdir()
    (folder / "service.py").write_text(f"# {FOREIGN}\n{PUBLISHER}")
    spy = folder / "spy"
    spy.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{folder / 'ran'}'\ncat\n")
    spy.chmod(0o755)
    return folder


def migrate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person types it, in the repository."""
    environment = clean_environment() | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-m", "migrator", *arguments]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, check=False, encoding="utf-8", errors="surrogateescape"
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def branches(root: Path) -> list[str]:
    return git(root, "for-each-ref", "--format=%(refname:short)").splitlines()


def changed(old: str, new: str) -> str:
    assert old in CONFIG
    return CONFIG.replace(old, new)


BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))

CONFIGS = {
    "a path above": changed(STRATEGY, "paths: [../../canary]"),
    "a path above, further in": changed(STRATEGY, "paths: [engines/strategy/../../../canary]"),
    "an absolute path": changed(STRATEGY, "paths: [/etc]"),
    "a path that is an option": changed(STRATEGY, "paths: [--output=x]"),
    "a path with a line end": changed(STRATEGY, 'paths: ["engines/strategy\\nengines"]'),
    "a path with a nul": changed(STRATEGY, 'paths: ["engines/strategy\\0"]'),
    "git's own folder": changed(STRATEGY, "paths: [.git/hooks]"),
    "git's own folder in capitals": changed(STRATEGY, "paths: [.GIT/hooks]"),
    "a drive": changed(STRATEGY, "paths: ['C:/Windows']"),
    "a source root above": changed("source_root: backend", "source_root: .."),
    "an absolute source root": changed("source_root: backend", "source_root: /"),
    "a shared path above": CONFIG + "shared: [../canary]\n",
    "a base that is an option": changed("base: main", "base: --upload-pack=canary/spy"),
    "a base that is a range": changed("base: main", "base: main..main"),
    "a base that runs a search": changed("base: main", 'base: ":/Begin"'),
    "a base of another file": changed("base: main", 'base: "main:engines.yaml"'),
    "a branch above": changed("dual-bus/phase-{phase}/{engine}", "../../{engine}"),
    "a branch of dots": changed("dual-bus/phase-{phase}/{engine}", "refs/heads/x..y/{engine}"),
    "a branch that is a ref": changed("dual-bus/phase-{phase}/{engine}", "refs/heads/{engine}"),
    "a branch that is an option": changed("branch: dual-bus/phase-{phase}/{engine}", 'branch: "--force/{engine}"'),
    "a branch that is a lock": changed("dual-bus/phase-{phase}/{engine}", "x.lock/{engine}"),
    "a branch with a line end": changed("branch: dual-bus/phase-{phase}/{engine}", 'branch: "x\\n{engine}"'),
    "a branch at the base": changed("dual-bus/phase-{phase}/{engine}", "main/{engine}"),
    "a module with a slash": changed("module: dual_messagebus_client", "module: ../canary/service"),
    "an engine that is a path": changed("  strategy: {", "  ../strategy: {"),
    "an engine that is an option": changed("  strategy: {", "  --force: {"),
    "an engine that steers a terminal": changed("  strategy: {", '  "s\\e[31mx": {'),
    "a tag": changed("base: main", "base: !!python/object/apply:os.system [canary/spy]"),
    "a tag on a list": changed("paths: [engines/strategy]", "paths: !!python/object/new:os.system [canary/spy]"),
    "a bomb": BOMB + CONFIG,
    "a merge key": changed("  strategy: {", "  strategy: {<<: {a: 1}, "),
    "brackets without end": CONFIG + "answers: " + "[" * 100_000,
    "a number that goes on": changed("port: 8700", "port: " + "9" * 100_000),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_configuration_made_to_escape_is_refused_in_sentences(tmp_path: Path, canary: Path, name: str) -> None:
    root = tiny_platform(tmp_path)
    before = everything(canary), git(root, "count-objects"), branches(root)
    write_files(root, {"engines.yaml": CONFIGS[name]})
    result = CliRunner().invoke(cli, ["--all", "--repo", str(root)], prog_name="migrate")
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert lines
    assert [line for line in lines if not line.startswith("migrate: ") or len(line) > 400] == []
    assert "\x1b" not in result.stderr
    assert FOREIGN not in result.stderr
    assert (everything(canary), git(root, "count-objects"), branches(root)) == before


def test_an_engines_yaml_that_is_a_link_out_of_the_repository_is_neither_read_nor_written(
    tmp_path: Path, canary: Path
) -> None:
    root = tiny_platform(tmp_path)
    before = everything(canary)
    for target in (canary / "service.py", canary / "new.yaml"):
        (root / "engines.yaml").unlink()
        (root / "engines.yaml").symlink_to(target)
        for command in (["--all"], ["scan"], ["check"], ["init", "--force"]):
            result = migrate(root, *command)
            assert (result.returncode, result.stdout) == (2, "")
            assert "engines.yaml is a link that leads out of the repository" in result.stderr
            assert FOREIGN not in result.stderr
    assert everything(canary) == before


COMMANDS = (
    ["--all", "--dry-run"],
    ["scan"],
    ["scan", "--engine", "strategy"],
    ["scan", "--streams"],
    ["questions"],
    ["check", "--engine", "risk"],
    ["check", "--staged"],
    ["init", "--output", "first.yaml"],
    ["--all"],
    ["--all", "--json"],
    ["check", "dual-bus/phase-2/strategy"],
)

HOOKS = (
    *("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg"),
    *("commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update"),
    *("proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc"),
    *("post-rewrite", "sendemail-validate", "fsmonitor-watchman", "post-index-change"),
)

PROGRAMS = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy", "core.askPass"),
    *("core.alternateRefsCommand", "sequence.editor", "diff.external", "diff.spy.textconv", "diff.spy.command"),
    *("filter.spy.clean", "filter.spy.smudge", "filter.spy.process", "merge.spy.driver", "credential.helper"),
    *("gpg.program", "gpg.ssh.program", "trailer.migrate-content.command", "trailer.migrate-base.cmd"),
    *("uploadpack.packObjectsHook", "interactive.diffFilter", "pager.rev-list", "pager.diff-tree", "pager.ls-tree"),
    *("man.viewer", "browser.spy.cmd", "difftool.spy.cmd", "mergetool.spy.cmd", "remote.origin.vcs"),
)

PLUMBING = ("rev-parse", "ls-tree", "ls-files", "cat-file", "show-ref", "rev-list", "fast-import", "update-ref", "var")


def lay_traps(root: Path, spy: Path) -> None:
    """Everything of a repository and its configuration that git may run."""
    hooks = root / ".git" / "hooks"
    for hook in HOOKS:
        (hooks / f"{hook}.sample").unlink(missing_ok=True)
        (hooks / hook).symlink_to(spy)
    for key in PROGRAMS:
        git(root, "config", key, str(spy))
    for command in PLUMBING:
        git(root, "config", f"alias.{command}", f"!{spy}")
    included = root / ".git" / "included"
    included.write_text(f"[core]\n\thooksPath = {hooks}\n\tfsmonitor = {spy}\n[pager]\n\tcat-file = {spy}\n")
    git(root, "config", "include.path", str(included))
    git(root, "config", "filter.spy.required", "true")
    git(root, "config", "remote.origin.url", f"ext::{spy}")
    git(root, "config", "protocol.ext.allow", "always")
    git(root, "config", "core.hooksPath", str(hooks))


def modules_of_the_tools_own_names(spy: Path) -> dict[str, str]:
    """Python that would run if the repository were on Python's path, or something of it were imported."""
    text = f"import os\nos.system({str(spy)!r})\n"
    names = ("click", "git", "libcst", "yaml", "redis", "rich", "msgspec", "json", "sitecustomize", "usercustomize")
    return {f"{name}.py": text for name in (*names, "conftest", "setup", "backend/engines/strategy/__init__", "string")}


def test_nothing_of_a_repository_is_executed(tmp_path: Path, canary: Path) -> None:
    root, spy = tiny_platform(tmp_path), canary / "spy"
    commit_files(
        root,
        {
            ".gitattributes": "* filter=spy diff=spy merge=spy text eol=crlf ident export-subst\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::{spy}\n\tupdate = !{spy}\n',
            ".lfsconfig": f"[lfs]\n\tcustomtransfer.spy.path = {spy}\n",
            **modules_of_the_tools_own_names(spy),
        },
    )
    lay_traps(root, spy)
    subprocess.run(["git", "status"], cwd=root, env=clean_environment(), capture_output=True, check=False)
    assert (canary / "ran").exists()  # the traps are set
    (canary / "ran").unlink()
    for command in COMMANDS:
        result = migrate(root, *command)
        expected = 2 if command[0] == "init" else 0  # no program begins in this platform, so there is nothing to write
        assert (command, result.returncode, (canary / "ran").exists()) == (command, expected, False), result.stderr
    text = subprocess.run(
        [
            "git",
            "-c",
            "core.fsmonitor=",
            "cat-file",
            "blob",
            "dual-bus/phase-2/strategy:backend/engines/strategy/service.py",
        ],
        cwd=root,
        env=clean_environment(),
        capture_output=True,
        check=True,
    ).stdout
    assert b"\r" not in text
    assert b"publish_message" in text


def test_links_out_of_the_repository_are_not_followed(tmp_path: Path, canary: Path) -> None:
    root = tiny_platform(tmp_path)
    folder = root / "backend" / "engines" / "strategy"
    (folder / "outside.py").symlink_to(canary / "service.py")
    (folder / "folder").symlink_to(canary)
    (folder / "up.py").symlink_to("../../../../canary/service.py")
    commit_files(root, {})
    before = everything(canary)
    for command in (["--all", "--dry-run"], ["scan", "--engine", "strategy"], ["--all"]):
        result = migrate(root, *command)
        assert result.returncode == 0, result.stderr
        assert FOREIGN not in result.stdout + result.stderr
    assert "outside.py is a symbolic link; it was not read and stays as it is" in " ".join(result.stdout.split())
    assert everything(canary) == before
    assert git(root, "diff", "--name-only", "main", "dual-bus/phase-2/strategy").splitlines() == [
        "backend/engines/strategy/service.py"
    ]


def test_an_engine_whose_folder_is_a_link_is_not_read(tmp_path: Path, canary: Path) -> None:
    root = tiny_platform(tmp_path)
    (root / "backend" / "engines" / "linked").symlink_to(canary)
    commit_files(root, {"engines.yaml": changed(STRATEGY, "paths: [engines/linked]")})
    result = migrate(root, "--all")
    assert FOREIGN not in result.stdout + result.stderr
    assert "backend/engines/linked is a symbolic link" in " ".join((result.stdout + result.stderr).split())
    assert branches(root) == ["main"]


NAMES = (
    *("-rf.py", "--output=x.py", "--help.py", "a b.py", "a'b.py", 'a"b.py', "$(touch x).py", "`x`.py", "a;b.py"),
    *("a\\b.py", ":(top)x.py", "*.py", "a\tb.py", "a\nb.py", "a\x1b[31mb.py", "a\rb.py", "\u202eyp.b.py", "@.py"),
    "caf\udce9.py",
)


def test_files_with_names_made_to_be_taken_for_something_else_move_in_their_place(tmp_path: Path) -> None:
    """Each in an engine of its own: an engine has one client."""
    engines = "".join(
        f"  e{number}: {{phase: 1, port: {8000 + number}, paths: [engines/e{number}], engine_type: ML}}\n"
        for number in range(len(NAMES))
    )
    files = {f"backend/engines/e{number}/{name}": PUBLISHER for number, name in enumerate(NAMES)}
    root = tiny_platform(tmp_path, config=CONFIG.partition("  strategy: {")[0] + engines)
    commit_files(root, files)
    preview, result = migrate(root, "--all", "--dry-run"), migrate(root, "--all")
    assert (preview.returncode, result.returncode) == (0, 0), result.stderr
    for said in (preview.stderr, result.stdout, migrate(root, "scan", "--file", "backend").stdout):
        assert not {"\x1b", "\r", "\u202e"} & {*said}
    for number, name in enumerate(NAMES):
        names = git(root, "diff", "--name-only", "-z", "main", f"dual-bus/phase-1/e{number}")
        assert names.encode("utf-8", "surrogateescape") == os.fsencode(f"backend/engines/e{number}/{name}\0")
    applied = subprocess.run(
        ["git", "apply", "--check"],
        cwd=root,
        env=clean_environment(),
        input=preview.stdout.encode("utf-8", "surrogateescape"),
        check=False,
        capture_output=True,
    )
    assert (applied.returncode, applied.stderr) == (0, b"")
