"""Signatures and sign-offs: git signs, by a program that the user has chosen, and never by one of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gitrepo import commit_files, git
from statuses import BRANCH, campaign

from migrator.cli import cli
from migrator.repo import Repository
from migrator.signing import read_signing, signed

# What git asks of a program that signs: a line on the stream of statuses, and the signature on stdout.
PROGRAM = """\
#!/bin/sh
touch '{mark}'
cat > /dev/null
echo '[GNUPG:] SIG_CREATED D 1 8 00 1700000000 0' >&2
printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nnever checked\\n-----END PGP SIGNATURE-----\\n'
"""
OFF = "Signed-off-by: A. Tester <tester@example.org>"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign, and a configuration of the user's own that is a file."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "own.config"))
    return campaign(tmp_path)


def own(root: Path, key: str, value: str) -> None:
    git(root, "config", "--file", str(root.parent / "own.config"), key, value)


def program(root: Path, name: str, text: str = PROGRAM) -> tuple[str, Path]:
    """A program that signs, and the file that is there once it ran."""
    path, mark = root.parent / name, root.parent / f"{name}.ran"
    path.write_text(text.format(mark=mark))
    path.chmod(0o755)
    return str(path), mark


def migrated(root: Path, *arguments: str) -> dict[str, Any]:
    words = ["--repo", str(root), "--engine", "strategy", "--json", *arguments]
    result = CliRunner().invoke(cli, words, prog_name="migrate", catch_exceptions=False)
    assert result.exit_code == 0
    engine: dict[str, Any] = json.loads(result.stdout)["engines"][0]
    return engine


def raw(root: Path) -> list[str]:
    return git(root, "cat-file", "commit", BRANCH).splitlines()


def test_a_commit_is_not_signed_unless_git_is_set_to(root: Path) -> None:
    path, mark = program(root, "gpg")
    own(root, "gpg.program", path)
    assert migrated(root)["unsigned"] == ""
    assert not any(line.startswith("gpgsig") for line in raw(root))
    assert not mark.exists()


def test_where_git_is_set_to_sign_the_commit_is_signed_and_the_same_but_for_that(root: Path) -> None:
    migrated(root)
    before = raw(root)
    path, _ = program(root, "gpg")
    own(root, "gpg.program", path)
    git(root, "config", "commit.gpgsign", "true")
    engine = migrated(root)
    assert (engine["status"], engine["unsigned"]) == ("committed", "")
    after = raw(root)
    at = after.index("gpgsig -----BEGIN PGP SIGNATURE-----")
    assert after[:at] + after[at + 4 :] == before


def test_a_signed_commit_is_known_for_ours_and_left_as_it_is(root: Path) -> None:
    path, _ = program(root, "gpg")
    own(root, "gpg.program", path)
    own(root, "commit.gpgsign", "true")
    first = migrated(root)["commit"]
    assert (migrated(root)["status"], migrated(root)["commit"]) == ("unchanged", first)
    base = commit_files(root, {"README.md": "new\n"}, GIT_CONFIG_GLOBAL="/dev/null")
    assert migrated(root)["status"] == "committed"
    assert git(root, "rev-parse", f"{BRANCH}^") == base


@pytest.mark.parametrize("key", ["gpg.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"])
def test_a_program_of_the_repository_is_never_run(root: Path, key: str) -> None:
    path, mark = program(root, "theirs")
    git(root, "config", "commit.gpgsign", "true")
    git(root, "config", "gpg.format", "ssh" if "ssh" in key else "openpgp")
    git(root, "config", key, path)
    engine = migrated(root)
    assert engine["status"] == "committed"
    assert engine["unsigned"] == (
        f"{key.lower()} is set in the repository's configuration, which is run from your own configuration alone: "
        'set it with "git config --global"'
    )
    assert not mark.exists()
    assert not any(line.startswith("gpgsig") for line in raw(root))


def test_a_signature_that_fails_is_said_and_makes_no_second_commit(root: Path) -> None:
    path, _ = program(root, "gpg", "#!/bin/sh\necho 'no secret key' >&2\nexit 2\n")
    own(root, "gpg.program", path)
    own(root, "commit.gpgsign", "true")
    first = migrated(root)
    assert (first["status"], first["unsigned"]) == (
        "committed",
        "git could not sign (gpg failed to sign the data)",
    )
    again = migrated(root)
    assert (again["status"], again["commit"], again["unsigned"]) == ("unchanged", first["commit"], first["unsigned"])
    result = CliRunner().invoke(cli, ["--repo", str(root), "--all"], prog_name="migrate")
    assert "Not signed, though git is set to sign commits\n  git could not sign (gpg failed" in result.stdout


def test_what_git_would_not_sign_as_it_stands_is_left_unsigned(root: Path) -> None:
    """A header that commit-tree does not write: the signed commit would be another."""
    path, _ = program(root, "gpg")
    own(root, "gpg.program", path)
    own(root, "commit.gpgsign", "true")
    text = git(root, "cat-file", "commit", "main", strip=False)
    text = text.replace("author", f"parent {git(root, 'rev-parse', 'main')}\nauthor", 1)
    text = text.replace("\n\n", "\nencoding ISO-8859-1\n\n", 1)
    (root.parent / "commit").write_text(text)
    commit = git(root, "hash-object", "-t", "commit", "-w", str(root.parent / "commit"))
    repository = Repository.open(root)
    assert signed(repository, commit, read_signing(repository)) == (commit, "git would not sign the same commit")


def test_a_setting_that_is_no_setting_is_said(root: Path) -> None:
    git(root, "config", "commit.gpgsign", "sometimes")
    said = migrated(root)["unsigned"]
    assert said.startswith("commit.gpgsign cannot be read (bad boolean config value 'sometimes'")


def test_a_sign_off_is_the_last_trailer_and_is_added_to_a_commit_without_it(root: Path) -> None:
    migrated(root)
    assert OFF not in raw(root)
    assert migrated(root, "--signoff", "--dry-run")["status"] == "would-commit"
    assert migrated(root, "--signoff")["status"] == "committed"
    assert raw(root)[-1] == OFF
    trailers = git(root, "log", "-1", "--format=%(trailers:key=Signed-off-by)", BRANCH)
    assert trailers.strip() == OFF
    assert migrated(root, "--signoff")["status"] == "unchanged"
    assert migrated(root)["status"] == "unchanged"
