"""Reading from git: real repositories, and what a person may have left in them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from gitrepo import ENVIRONMENT, clean_environment, commit_files, git, make_repo

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.repo import SUBMODULE_MODE, SYMLINK_MODE, Entry, Repository, raw_path

ODD_NAMES = (b"a b.py", b"line\nend.py", b'qu"ote\\.py', b"caf\xe9.py", "naïve.py".encode(), b"*.py", b":(top)x.py")


def write_odd_files(root: Path) -> dict[bytes, bytes]:
    """One file for each odd name; gives what a reader must see."""
    for name in ODD_NAMES:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"name = " + name)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Add odd names")
    return {name: b"name = " + name for name in ODD_NAMES}


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """What a Python of its own prints; for what a process does once, or leaves behind."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(code), *arguments],
        env=clean_environment() | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_repository_is_found_from_a_directory_below_its_top(tmp_path):
    root = make_repo(tmp_path, {"backend/engines/ml.py": "x = 1\n"})
    assert Repository.open(root / "backend" / "engines").root == root
    assert Repository.open(root).root == root


def test_a_repository_is_found_through_a_symbolic_link(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    (tmp_path / "link").symlink_to(root)
    assert Repository.open(tmp_path / "link").root == root


def test_a_linked_worktree_is_its_own_root_with_its_own_head(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "other", str(linked))
    commit = commit_files(linked, {"b.py": ""})
    repository = Repository.open(linked)
    assert (repository.root, repository.common_dir) == (linked, root / ".git")
    assert repository.resolve("HEAD") == commit
    assert Repository.open(root).resolve("HEAD") != commit


def test_a_bare_repository_is_its_own_root(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(root), str(bare))
    repository = Repository.open(bare / "refs")
    assert repository.root == bare
    assert repository.checked_out() == {}
    assert [entry.path for entry in repository.list_files(repository.resolve("main"))] == ["a.py"]


def test_a_bare_repository_whose_head_names_no_branch_still_has_commits(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(root), str(bare))
    git(bare, "symbolic-ref", "HEAD", "refs/heads/never-made")
    assert Repository.open(bare).resolve("main") == git(root, "rev-parse", "main")


def test_an_empty_directory_called_dot_git_is_passed_over(tmp_path):
    root = make_repo(tmp_path, {"backend/a.py": ""})
    (root / "backend" / ".git").mkdir()
    assert Repository.open(root / "backend").root == root


def test_outside_of_any_repository_one_sentence_says_so(tmp_path):
    with pytest.raises(MigrateError) as caught:
        Repository.open(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is not inside a git repository; run migrate inside the one that holds the engines"
    )
    assert caught.value.exit_code == WRONG_USAGE


def test_a_repository_is_found_from_inside_its_git_directory(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    assert Repository.open(root / ".git" / "refs").root == root


def test_a_repository_without_a_commit_is_wrong_usage(tmp_path):
    git(tmp_path, "init", "--quiet")
    with pytest.raises(MigrateError) as caught:
        Repository.open(tmp_path)
    assert str(caught.value) == f"{tmp_path} has no commit yet; commit the code, then run migrate again"
    assert caught.value.exit_code == WRONG_USAGE


def test_a_broken_configuration_is_told_with_gits_own_reason(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    config = root / ".git" / "config"
    config.write_text("[core\n")
    with pytest.raises(MigrateError) as caught:
        Repository.open(root)
    assert str(caught.value) == (
        f'"git rev-parse" failed in {root}/.git: bad config line 1 in file {config}; '
        "see to that, then run migrate again"
    )


def test_a_git_dir_left_in_the_environment_by_a_hook_has_no_say(tmp_path, monkeypatch):
    root = make_repo(tmp_path, {"a.py": ""})
    other = make_repo(tmp_path, {"b.py": ""}, name="other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    repository = Repository.open(root)
    assert repository.root == root
    assert [entry.path for entry in repository.list_files(repository.resolve("main"))] == ["a.py"]


def test_git_that_is_not_installed_is_said_in_one_sentence(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    code = """
        import sys
        from pathlib import Path
        from migrator.errors import MigrateError
        from migrator.repo import Repository
        try:
            Repository.open(Path(sys.argv[1]))
        except MigrateError as error:
            print(error, error.exit_code)
    """
    printed = run_python(code, str(root), PATH=str(tmp_path))
    assert printed == "git was not found; install git 2.31 or later and put it on PATH 2\n"


def test_importing_the_modules_does_not_import_gitpython():
    code = "import sys, migrator.branches, migrator.ownership; print('git' in sys.modules)"
    assert run_python(code) == "False\n"


def test_a_repository_can_be_sent_to_another_process(tmp_path):
    repository = Repository.open(make_repo(tmp_path, {"a.py": ""}))
    assert pickle.loads(pickle.dumps(repository)) == repository


@pytest.mark.parametrize("revision", ["main", "HEAD", "v1", "HEAD~0", "refs/heads/main"])
def test_every_way_to_name_a_commit_gives_its_full_id(tmp_path, revision):
    root = make_repo(tmp_path, {"a.py": ""})
    git(root, "tag", "--annotate", "--message", "One", "v1")
    assert Repository.open(root).resolve(revision) == git(root, "rev-parse", "main")


@pytest.mark.parametrize(
    "revision", ["", "nowhere", "-n", "--all", "^main", "main..main", "main:a.py", "main^{tree}", "main\0"]
)
def test_what_is_not_one_commit_is_wrong_usage(tmp_path, revision):
    root = make_repo(tmp_path, {"a.py": ""})
    with pytest.raises(MigrateError) as caught:
        Repository.open(root).resolve(revision)
    assert str(caught.value) == f'"{revision}" is not a commit in {root}; name a branch, tag or commit with --base'
    assert caught.value.exit_code == WRONG_USAGE


def test_files_are_listed_with_modes_and_blobs(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n", "run.sh": "#!/bin/sh\n"})
    library = make_repo(tmp_path, {"lib.py": ""}, name="library")
    (root / "run.sh").chmod(0o755)
    (root / "link.py").symlink_to("a.py")
    inside = git(library, "rev-parse", "HEAD")
    git(root, "update-index", "--add", "--cacheinfo", f"{SUBMODULE_MODE},{inside},library")
    git(root, "add", "a.py", "run.sh", "link.py")
    git(root, "commit", "--quiet", "--message", "Add kinds")
    repository = Repository.open(root)
    entries = repository.list_files(repository.resolve("main"))
    assert entries == (
        Entry("a.py", "100644", git(root, "rev-parse", "main:a.py")),
        Entry("library", SUBMODULE_MODE, inside),
        Entry("link.py", SYMLINK_MODE, git(root, "rev-parse", "main:link.py")),
        Entry("run.sh", "100755", git(root, "rev-parse", "main:run.sh")),
    )
    assert [entry.path for entry in entries if entry.is_file] == ["a.py", "run.sh"]


def test_the_listing_is_of_the_commit_and_not_of_the_working_tree(tmp_path):
    root = make_repo(tmp_path, {"a.py": "", "backend/b.py": ""})
    (root / "new.py").write_text("")
    (root / "a.py").unlink()
    repository = Repository.open(root / "backend")
    assert [entry.path for entry in repository.list_files(repository.resolve("main"))] == ["a.py", "backend/b.py"]


def test_odd_names_are_listed_looked_up_and_read(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    expected = write_odd_files(root)
    repository = Repository.open(root)
    commit = repository.resolve("main")
    listed = {entry.path: entry for entry in repository.list_files(commit) if entry.path != "a.py"}
    contents = repository.read(entry.blob for entry in listed.values())
    # Raw names: pytest-xdist carries UTF-8 only.
    assert {raw_path(path): contents[entry.blob] for path, entry in listed.items()} == expected
    assert repository.look_up(commit, listed) == listed


def test_looking_up_gives_directories_and_leaves_out_what_is_not_there(tmp_path):
    root = make_repo(tmp_path, {"backend/engines/ml.py": "", "backend/engines/x.py": "", "backend/b.py": ""})
    repository = Repository.open(root)
    found = repository.look_up(
        repository.resolve("main"), ["backend", "backend/engines", "backend/engines/ml.py", "backend/gone.py"]
    )
    assert {path: entry.mode for path, entry in found.items()} == {
        "backend": "040000",
        "backend/engines": "040000",
        "backend/engines/ml.py": "100644",
    }


def test_many_large_blobs_come_through_one_process_without_a_jam(tmp_path):
    """More ids and more bytes than any pipe holds, on both sides at once."""
    files = {f"f{number}.py": f"x = {number}\n".encode() * 200 for number in range(1500)}
    files |= {"binary": bytes(range(256)) * 8192, "empty.py": b"", "no_line_end.py": b"x"}
    repository = Repository.open(make_repo(tmp_path, files))
    entries = repository.list_files(repository.resolve("main"))
    contents = repository.read([entry.blob for entry in entries] * 2)
    assert {entry.path: contents[entry.blob] for entry in entries} == files


def test_a_reader_that_stops_early_leaves_no_git_behind(tmp_path):
    root = make_repo(tmp_path, {f"f{number}.py": f"x = {number}\n" * 5000 for number in range(100)})
    code = """
        import os, sys
        from pathlib import Path
        from migrator.repo import Repository
        repository = Repository.open(Path(sys.argv[1]))
        reading = repository.stream(entry.blob for entry in repository.list_files("main"))
        next(reading)
        reading.close()
        try:
            print("still there:", os.waitpid(-1, os.WNOHANG))
        except ChildProcessError:
            print("all ended")
    """
    assert run_python(code, str(root)) == "all ended\n"


def test_reading_nothing_gives_nothing(tmp_path):
    assert Repository.open(make_repo(tmp_path, {"a.py": ""})).read([]) == {}


@pytest.mark.parametrize("blob", ["0" * 40, "1234", "main"])
def test_a_blob_that_is_not_there_is_a_failure_with_a_way_out(tmp_path, blob):
    root = make_repo(tmp_path, {"a.py": ""})
    with pytest.raises(MigrateError) as caught:
        Repository.open(root).read([blob])
    assert str(caught.value) == (
        f"{root} lacks the file content {blob}: it is a partial clone, or damaged; fetch it, or clone again "
        'without "--filter", then run migrate again'
    )


def test_a_partial_clone_fetches_nothing_and_runs_nothing(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    git(root, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", root.as_uri(), str(partial))
    mark = tmp_path / "mark"
    git(partial, "config", "remote.origin.url", f"ext::touch {mark}")
    git(partial, "config", "protocol.ext.allow", "always")
    repository = Repository.open(partial)
    blobs = [entry.blob for entry in repository.list_files(repository.resolve("HEAD"))]
    with pytest.raises(MigrateError, match="partial clone"):
        repository.read(blobs)
    assert not mark.exists()


def test_replacement_objects_are_one_persons_view_and_not_read(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    other = git(root, "rev-parse", "main:a.py")
    commit_files(root, {"b.py": "y = 2\n"})
    git(root, "replace", other, git(root, "rev-parse", "main:b.py"))
    repository = Repository.open(root)
    assert repository.read([other]) == {other: b"x = 1\n"}


def test_the_tip_of_a_branch_is_its_commit_or_nothing(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    git(root, "branch", "dual-bus/phase-1/ml")
    git(root, "tag", "only-a-tag")
    repository = Repository.open(root)
    assert repository.branch_tip("dual-bus/phase-1/ml") == git(root, "rev-parse", "main")
    assert [repository.branch_tip(name) for name in ("dual-bus", "only-a-tag", "main~0", "-q", "")] == [None] * 5


def test_the_author_is_who_git_says(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    assert Repository.open(root).author() == "A. Tester <tester@example.org> 1700000000 +0000"


def test_the_author_is_read_from_the_repositorys_configuration(tmp_path, monkeypatch):
    for name in ENVIRONMENT:
        if name.endswith(("_NAME", "_EMAIL")):
            monkeypatch.delenv(name)
    root = make_repo(tmp_path, {"a.py": ""})
    git(root, "config", "user.name", "Zoë Field")
    git(root, "config", "user.email", "zoe@example.org")
    assert Repository.open(root).author() == "Zoë Field <zoe@example.org> 1700000000 +0000"


def test_a_missing_author_is_asked_for(tmp_path, monkeypatch):
    for name in ENVIRONMENT:
        if name.endswith(("_NAME", "_EMAIL")):
            monkeypatch.delenv(name)
    monkeypatch.delenv("EMAIL", raising=False)
    root = make_repo(tmp_path, {"a.py": ""})
    with pytest.raises(MigrateError) as caught:
        Repository.open(root).author()
    assert str(caught.value) == (
        f'git does not know who commits in {root}; type "git config user.name NAME" and '
        '"git config user.email ADDRESS", then run migrate again'
    )
    assert caught.value.exit_code == WRONG_USAGE


def test_a_repository_with_sha256_ids_is_read_alike(tmp_path):
    root = tmp_path / "sha256"
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", str(root))
    commit = commit_files(root, {"a.py": "x = 1\n"})
    repository = Repository.open(root)
    assert repository.resolve("main") == commit
    assert len(commit) == 64
    assert list(repository.read(entry.blob for entry in repository.list_files(commit)).values()) == [b"x = 1\n"]


def test_a_branch_comes_before_a_tag_of_its_name(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"service.py": b"LOT = 10\n"})
    git(root, "tag", "main")
    newer = commit_files(root, {"more.py": b"a = 1\n"})
    assert Repository.open(root).resolve("main") == newer
