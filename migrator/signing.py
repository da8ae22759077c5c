"""Signs the commits of a run where the user's git says so; `--signoff` is a line of the message, and no signature.

Whether to sign is read from all of git's configuration, as git does. Which program signs is taken from the user's own
alone, never from that of the repository: who unpacks or shares a repository together with its `.git` has not chosen
what is in it, and nothing that a repository brings is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from migrator.repo import Repository

OF_THE_REPOSITORY = ("local", "worktree")
PROGRAM = re.compile(r"gpg\.(.*\.)?program|gpg\.ssh\.defaultkeycommand")
HEADERS = (b"gpgsig ", b"gpgsig-sha256 ")


class Signing(Struct, frozen=True):
    """Whether commits are to be signed, and what stands in the way."""

    is_wanted: bool = False
    obstacle: str = ""  # why they cannot be, though they should


def read_signing(repository: Repository) -> Signing:
    """What git's configuration says of signatures on commits, without running a program that it names."""
    wanted = repository.git.ask("config", "--type=bool", "--get", "commit.gpgsign")
    if wanted.status > 1:
        return Signing(True, f"commit.gpgsign cannot be read ({wanted.reason})")
    if wanted.out.strip() != b"true":
        return Signing()
    named = next((key for scope, key in _programs(repository) if scope in OF_THE_REPOSITORY), None)
    mend = 'which is run from your own configuration alone: set it with "git config --global"'
    return Signing(True, f"{named} is set in the repository's configuration, {mend}" if named else "")


def _programs(repository: Repository) -> Iterator[tuple[str, str]]:
    """Scope and name of each setting that names a program to sign with."""
    answer = repository.git.ask("config", "--show-scope", "--null", "--get-regexp", r"^gpg\.")
    fields = answer.out.decode(errors="replace").split("\0")[:-1]
    for scope, setting in zip(fields[::2], fields[1::2], strict=True):
        key = setting.partition("\n")[0]
        if PROGRAM.fullmatch(key.lower()):
            yield scope, key


def signed(repository: Repository, commit: str, signing: Signing) -> tuple[str, str]:
    """The id of the same commit with a signature; else the one that was given, and why it has none, if it should."""
    if not signing.is_wanted or signing.obstacle:
        return commit, signing.obstacle
    raw = repository.git.run("cat-file", "commit", commit)
    header, _, message = raw.partition(b"\n\n")
    fields = dict(line.split(" ", 1) for line in header.decode(errors="surrogateescape").splitlines())
    person, _, date = fields["author"].rpartition("> ")
    name, _, email = person.rpartition(" <")
    parts = {"NAME": name, "EMAIL": email, "DATE": date}
    who = {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in parts.items()}
    git = replace(repository.git, more=who)
    options = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-S", "-p", fields["parent"], fields["tree"])
    answer = git.ask(*options, stdin=message)
    if answer.status:
        return commit, f"git could not sign ({answer.reason})"
    made = answer.out.decode().strip()
    if _unsigned(repository.git.run("cat-file", "commit", made)) != raw:
        return commit, "git would not sign the same commit"  # and its content would not be known for ours
    return made, ""


def is_signed(raw: bytes) -> bool:
    """Whether a commit, as git stores it, has a signature; nothing is said of whose."""
    return any(line.startswith(HEADERS) for line in raw.partition(b"\n\n")[0].splitlines())


def _unsigned(raw: bytes) -> bytes:
    """The commit without its signature, whose further lines begin with a space."""
    header, _, message = raw.partition(b"\n\n")
    kept: list[bytes] = []
    within = False
    for line in header.split(b"\n"):
        within = line.startswith(HEADERS) or (within and line.startswith(b" "))
        if not within:
            kept.append(line)
    return b"\n".join(kept) + b"\n\n" + message


def sign_off(ident: str) -> str:
    """The line that `--signoff` adds to a message, for an identity as `Repository.author` gives it."""
    return f"Signed-off-by: {ident.rpartition('>')[0]}>"
