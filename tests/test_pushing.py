"""`--push`: branches go to a remote where nothing of a person's is lost there, and what the user sees is no secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git
from msgspec.structs import replace
from statuses import BRANCH, SERVICE, campaign, edited_by_hand
from tinyplatform import PUBLISHER

from migrator.cli import cli
from migrator.pushing import TRANSPORTS, Push, pushed_or_why, without_login
from migrator.repo import Repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A campaign with a remote that has its base."""
    root = campaign(tmp_path)
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(root, "remote", "add", "origin", str(tmp_path / "origin.git"))
    git(root, "push", "--quiet", "origin", "main")
    return root


def migrate(root: Path, *arguments: str) -> Result:
    words = ["--repo", str(root), "--all", *arguments]
    return CliRunner().invoke(cli, words, prog_name="migrate", catch_exceptions=False)


def pushed(root: Path, *arguments: str) -> dict[str, Any]:
    """What a run that pushes says of the engine."""
    result = migrate(root, "--push", "origin", "--json", *arguments)
    return next(each for each in json.loads(result.stdout)["engines"] if each["engine"] == "strategy")


def there(root: Path) -> dict[str, str]:
    """The branches of the remote."""
    lines = git(root.parent / "origin.git", "for-each-ref", "--format=%(refname:short) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)


def person_pushes(root: Path) -> str:
    """The id of a commit that a person put onto the branch of the remote, from another clone."""
    clone = root.parent / "clone"
    git(root.parent, "clone", "--quiet", "--branch", BRANCH, str(root.parent / "origin.git"), str(clone))
    tip = commit_files(clone, {"mine.md": "mine\n"}, "Mine")
    git(clone, "push", "--quiet", "origin", BRANCH)
    return tip


def test_a_new_branch_is_pushed_and_a_second_run_has_nothing_to_push(root: Path) -> None:
    result = migrate(root, "--push", "origin")
    tip = git(root, "rev-parse", BRANCH)
    assert result.exit_code == 0
    assert f"strategy: branch {BRANCH} at {tip[:12]}, pushed to origin" in " ".join(result.stdout.split())
    assert there(root) == {"main": git(root, "rev-parse", "main"), BRANCH: tip}
    assert git(root, "rev-parse", f"refs/remotes/origin/{BRANCH}") == tip
    again = pushed(root)
    assert (again["status"], again["pushed"], again["unpushed"]) == ("unchanged", "origin", "")


def test_nothing_is_pushed_unless_it_is_asked_for(root: Path) -> None:
    migrate(root)
    assert list(there(root)) == ["main"]
    refused = migrate(root, "--push", "origin", "--dry-run")
    assert refused.exit_code == 2
    assert refused.stderr == ("migrate: --push goes without --dry-run, which writes nothing; leave one of them out\n")
    assert list(there(root)) == ["main"]


def test_our_branch_is_moved_there_when_the_base_moves(root: Path) -> None:
    pushed(root)
    base = commit_files(root, {"README.md": "new\n"})
    assert pushed(root)["pushed"] == "origin"
    assert git(root.parent / "origin.git", "rev-parse", f"{BRANCH}^") == base


def test_a_persons_commit_that_is_known_here_stops_the_push_and_can_be_followed(root: Path) -> None:
    pushed(root)
    tip = person_pushes(root)
    git(root, "fetch", "--quiet", "origin")
    commit_files(root, {"README.md": "new\n"})
    result = migrate(root, "--push", "origin")
    follow = f"git branch -f {BRANCH} origin/{BRANCH}"
    assert result.exit_code == 1
    assert (
        f"strategy: branch {BRANCH} was not pushed: origin has a commit that is not ours on it; to work on them here, "
        f'type "{follow}"; see to that, then run "migrate --engine strategy --push origin" again'
    ) in " ".join(result.stdout.split())
    assert there(root)[BRANCH] == tip
    git(root, *follow.split()[1:])
    beside = pushed(root)
    assert (beside["branch"], beside["beside"], beside["pushed"]) == (f"{BRANCH}-next", BRANCH, "origin")
    assert there(root) | {"main": ""} == {"main": "", BRANCH: tip, f"{BRANCH}-next": beside["commit"]}


def test_a_persons_commit_on_top_of_exactly_this_is_left_there(root: Path) -> None:
    pushed(root)
    tip = person_pushes(root)
    git(root, "fetch", "--quiet", "origin")
    assert (pushed(root)["pushed"], pushed(root)["unpushed"]) == ("origin", "")
    assert there(root)[BRANCH] == tip


def test_a_persons_commit_that_is_not_known_here_stops_the_push(root: Path) -> None:
    pushed(root)
    tip = person_pushes(root)
    commit_files(root, {"README.md": "new\n"})
    said = pushed(root)["unpushed"]
    assert 'it has commits there that are not known here; type "git fetch origin" and look at them' in said
    assert there(root)[BRANCH] == tip


def test_a_branch_with_a_persons_commits_on_top_is_pushed_where_that_loses_nothing(root: Path) -> None:
    pushed(root)
    tip = edited_by_hand(root)
    assert pushed(root)["pushed"] == "origin"
    assert there(root)[BRANCH] == tip


def test_one_branch_that_cannot_be_pushed_does_not_stop_the_others(root: Path) -> None:
    pushed(root)
    tip = person_pushes(root)
    commit_files(root, {"backend/engines/portfolio/service.py": PUBLISHER, "README.md": "new\n"})
    result = json.loads(migrate(root, "--push", "origin", "--json").stdout)
    assert [each["pushed"] for each in result["engines"]] == ["", "origin"]
    assert there(root)[BRANCH] == tip
    assert "dual-bus/phase-1/portfolio" in there(root)


def test_what_was_not_pushed_is_retried(root: Path) -> None:
    origin = root.parent / "origin.git"
    origin.rename(root.parent / "away.git")
    result = migrate(root, "--push", "origin")
    assert result.exit_code == 1
    assert "was not pushed: origin cannot be read (" in " ".join(result.stdout.split())
    (root.parent / "away.git").rename(origin)
    words = ["--repo", str(root), "--retry", "--push", "origin"]
    assert CliRunner().invoke(cli, words, prog_name="migrate").exit_code == 0
    assert BRANCH in there(root)
    assert not list((root / ".git/migrate/failed").iterdir())


def test_a_branch_that_moves_there_meanwhile_is_left(root: Path) -> None:
    """The lease names the commit that was judged, whatever a fetch in the background has seen since."""
    first = pushed(root)["commit"]
    tip = person_pushes(root)
    git(root, "fetch", "--quiet", "origin")
    base = git(root, "rev-parse", "main")
    git_there = replace(Repository.open(root).git, more=TRANSPORTS)
    why = pushed_or_why(git_there, "origin", [Push(BRANCH, base, first), Push("new", base, None)])
    assert why == {BRANCH: "[rejected] (stale info)"}
    assert (there(root)[BRANCH], there(root)["new"]) == (tip, base)


def test_what_is_pushed_elsewhere_than_it_is_fetched_from_is_judged_there(root: Path) -> None:
    pushed(root)
    tip = person_pushes(root)
    git(root, "fetch", "--quiet", "origin")
    commit_files(root, {"README.md": "new\n"})
    git(root.parent, "init", "--quiet", "--bare", "mirror.git")
    git(root, "remote", "set-url", "--push", "origin", str(root.parent / "origin.git"))
    git(root, "remote", "set-url", "origin", str(root.parent / "mirror.git"))
    assert "origin has a commit that is not ours on it" in pushed(root)["unpushed"]
    assert there(root)[BRANCH] == tip


def test_a_remote_that_takes_nothing_is_said_for_each_branch(root: Path) -> None:
    git(root, "config", "remote.origin.receivepack", "false")
    said = pushed(root)["unpushed"]
    assert said.startswith(f"strategy: branch {BRANCH} was not pushed: ")
    assert said.endswith('; see to that, then run "migrate --engine strategy --push origin" again')
    assert list(there(root)) == ["main"]


def test_a_remote_without_an_address_is_said(root: Path) -> None:
    git(root, "config", "--unset", "remote.origin.url")
    git(root, "config", "remote.origin.prune", "true")
    assert "was not pushed: origin cannot be read (" in pushed(root)["unpushed"]


def test_without_a_branch_nothing_is_pushed_and_nobody_asked(root: Path) -> None:
    git(root, "remote", "set-url", "origin", str(root.parent / "nowhere.git"))
    commit_files(root, {SERVICE: "LOT = 1\n"})
    assert migrate(root, "--push", "origin").exit_code == 0


def test_no_hook_is_run_and_no_tag_goes_along(root: Path) -> None:
    mark = root.parent / "mark"
    for hook in ("pre-push", "reference-transaction"):
        path = root / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
        path.chmod(0o755)
    git(root, "config", "push.followTags", "true")
    git(root, "config", "core.hooksPath", str(root / ".git/hooks"))
    git(root, "tag", "--annotate", "--message", "one", "v1")
    mark.unlink()
    assert pushed(root)["pushed"] == "origin"
    assert not mark.exists()
    assert sorted(there(root)) == [BRANCH, "main"]


def test_a_transport_that_is_a_program_is_not_used(root: Path) -> None:
    mark = root.parent / "mark"
    git(root, "config", "protocol.ext.allow", "always")
    git(root, "remote", "set-url", "origin", f"ext::touch {mark}")
    assert "transport 'ext' not allowed" in pushed(root)["unpushed"]
    assert not mark.exists()


def test_who_logs_in_is_never_shown(root: Path) -> None:
    git(root, "remote", "set-url", "origin", "http://someone:se@cret@127.0.0.1:9/platform.git")
    result = migrate(root, "--push", "origin")
    assert result.exit_code == 1
    assert "http://***@127.0.0.1:9/platform.git" in result.stdout
    notes = "".join(path.read_text() for path in (root / ".git/migrate/failed").iterdir())
    assert "cret" not in result.output + notes
    assert (
        without_login("from https://token@host/x and ssh://git@host/y")
        == "from https://***@host/x and ssh://***@host/y"
    )


@pytest.mark.parametrize("remote", ["upstream", "--upload-pack=touch", "https://me:secret@host/x.git", ""])
def test_what_is_no_remote_is_refused_before_the_work(root: Path, remote: str) -> None:
    result = migrate(root, f"--push={remote}")
    assert result.exit_code == 2
    assert result.stderr == f"migrate: {root} has no remote of that name; there are: origin\n"
    git(root, "remote", "remove", "origin")
    result = migrate(root, "--push=origin")
    assert result.stderr == f'migrate: {root} has no remote of that name; add one with "git remote add NAME URL"\n'
    assert git(root, "branch", "--list", "dual-bus/*") == ""
