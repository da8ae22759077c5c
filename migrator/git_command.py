"""Runs one git plumbing command through GitPython; nothing that a repository could have executed is on."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from migrator.errors import WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from git import Git

NO_GIT = "git was not found; install git 2.31 or later and put it on PATH"

SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "trailer.separators=:",  # ours are written with a colon, whatever the repository prefers
    "user.useConfigOnly=true",  # a name made up from the host's has no place on a branch for review
)

ENVIRONMENT = {
    # A partial clone would otherwise fetch what it lacks, through whatever helper its remote names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_GRAFT_FILE": os.devnull,  # another history, in one clone alone
}

KEPT = re.compile(
    r"GIT_((AUTHOR|COMMITTER)_\w+|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|EXEC_PATH|PYTHON_\w+"
    r"|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|TERMINAL_PROMPT|(SSL|HTTP|PROXY)_\w+)"
)
"""Who commits, which git and which of the user's configurations, how to reach a server.

A hook, `git rebase --exec` and `git -c` leave others behind, which lead to another repository, index, object folder,
configuration or history, or have each git write a trace.
"""

WRITING = ("fast-import", "update-ref")
"""Commands that a signal to all of our process group does not reach: an update-ref that is killed leaves its lock."""


class Answer(Struct, frozen=True):
    """What git said: the exit status, all of its output, and its complaints."""

    status: int
    out: bytes
    complaint: str

    @property
    def reason(self) -> str:
        """The line that says why git failed, without its `fatal: `."""
        lines = [line for line in self.complaint.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("fatal:", "error:"))]
        return (told or lines or [f"exit status {self.status}"])[-1].removeprefix("fatal: ").removeprefix("error: ")


class GitCommand(Struct, frozen=True):
    """Git, on this repository and no other, whatever the environment says."""

    git_dir: Path
    index: Path | None = None  # another index than the repository's
    more: Mapping[str, str] = {}  # variables for these commands alone

    def ask(self, *arguments: str, stdin: bytes = b"") -> Answer:
        """Git's answer, whatever its exit status."""
        with _as_file(stdin) as source:
            answer = self._git().execute(
                self._command(arguments),
                istream=source,
                with_extended_output=True,
                stdout_as_string=False,
                with_exceptions=False,
                strip_newline_in_stdout=False,
                env=self._environment(),
                start_new_session=arguments[0] in WRITING,
            )
        return Answer(*answer)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Git's output; a failure becomes a sentence with git's own reason."""
        answer = self.ask(*arguments, stdin=stdin)
        if answer.status:
            raise self._failure(arguments[0], answer.reason)
        return answer.out

    @contextmanager
    def stream(self, *arguments: str, stdin: bytes) -> Iterator[BinaryIO]:
        """Git's output while it is being made; git ends when the block does."""
        with _as_file(stdin) as source:
            process = self._git().execute(
                self._command(arguments), istream=source, as_process=True, env=self._environment()
            )
        del stdin  # it may be a megabyte
        try:
            yield process.stdout
        finally:
            stop(process)

    @contextmanager
    def pour(self, file: int, *arguments: str, stdin: bytes) -> Iterator[subprocess.Popen[bytes]]:
        """Git while it writes its output into an open file, from where that is at; git ends when the block does.

        GitPython would take all of it from a pipe, which costs a sixth of what `git cat-file` takes.
        """
        command, environment = self._command(arguments), os.environ | self._environment()
        with _as_file(stdin) as source:
            process = subprocess.Popen(
                command, stdin=source, stdout=file, stderr=subprocess.DEVNULL, cwd=self.git_dir.parent, env=environment
            )
        del stdin
        with process:
            try:
                yield process
            finally:
                process.terminate()  # does nothing to one that has ended

    @contextmanager
    def talk(self, *arguments: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """A git that answers what it is asked: where to write to it, and where to read; it ends when the block does."""
        process = self._git().execute(
            self._command(arguments), istream=subprocess.PIPE, as_process=True, env=self._environment()
        )
        try:
            yield process.stdin, process.stdout
        finally:
            with suppress(OSError):  # it has ended by itself
                process.stdin.close()
            stop(process)

    def _git(self) -> Git:
        """GitPython's runner; its import costs 160 ms, and runs `git version`."""
        try:
            from git import Git
        except ImportError as error:
            raise MigrateError(NO_GIT, WRONG_USAGE) from error
        return Git(self.git_dir.parent)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        # Replacement objects are one clone's private view, and what is pushed is without them.
        options = ["--no-pager", "--no-replace-objects", f"--git-dir={self.git_dir}"]
        return [*self._without(), str(self._git().GIT_PYTHON_GIT_EXECUTABLE), *options, *settings, *arguments]

    def _environment(self) -> dict[str, str]:
        """What git is given besides the environment of this process."""
        return ENVIRONMENT | ({"GIT_INDEX_FILE": str(self.index)} if self.index else {}) | dict(self.more)

    def _without(self) -> list[str]:
        """How the command begins where git must not see a variable: GitPython can set variables, but unset none."""
        seen = {name for name in os.environ if name.startswith("GIT_") and not KEPT.fullmatch(name)}
        unset = [word for name in sorted(seen - self._environment().keys()) for word in ("-u", name)]
        return ["env", *unset] if unset else []

    def _failure(self, command: str, reason: str) -> MigrateError:
        return MigrateError(f'"git {command}" failed in {self.git_dir}: {reason}; see to that, then run migrate again')


def stop(process: Git.AutoInterrupt) -> None:
    """End a git that is not needed any more, whatever it is at."""
    from git import GitCommandError

    process.stdout.close()
    with suppress(GitCommandError):  # one that is still writing loses the pipe for it
        process.wait()
    process.stderr.close()


@contextmanager
def _as_file(content: bytes) -> Iterator[BinaryIO | None]:
    """A file to be read by git: unlike a pipe, it cannot make git and us wait for each other."""
    if not content:
        yield None
        return
    with TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file
