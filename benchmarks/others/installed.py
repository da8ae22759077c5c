"""What a user would take instead, installed into a folder of its own: LibCST's own runner, ast-grep and ripgrep."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring.timing import Command

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".bench"
WANTED = ("libcst", "ast-grep-cli", "ripgrep", "hiredis")
"""Those that have no wheel for this system are left out, and named."""
CODEMOD = "benchmarks.others.bus_codemod.MoveBus"


@dataclass(frozen=True, slots=True)
class Others:
    """The programs that are there; None for what could not be had."""

    python: Path  # it has libcst
    ast_grep: Path | None
    ripgrep: Path | None
    packages: Path | None  # where hiredis is
    root: Path = ROOT  # from where LibCST's runner imports the transformer

    def codemod(self, *paths: str) -> list[str | Path]:
        """LibCST's runner with the transformer, which writes what it changes; as many processes as there are cores."""
        runner = [self.python, "-m", "libcst.tool", "codemod", "-x", CODEMOD]
        return [*runner, "--no-format", "--hide-progress", *paths]

    def rewrite(self, rules: Path, *more: str) -> list[str | Path]:
        """ast-grep with the rules, on as many threads as it likes; with `-U` it writes what it changes."""
        assert self.ast_grep is not None
        return [self.ast_grep, "scan", "--rule", rules, *more, "."]

    def search(self, words: Sequence[str]) -> list[str | Path]:
        """ripgrep for the names of files that hold one of the words."""
        assert self.ripgrep is not None
        return [self.ripgrep, "-l", "-F", *(part for word in words for part in ("-e", word)), "."]

    def versions(self) -> str:
        """What is there and what is not, as `libcst 1.9.0, ast-grep 0.51.1, no ripgrep`."""
        said = [_version([self.python, "-c", "import libcst; print('libcst', libcst.LIBCST_VERSION)"])]
        for name, path in (("ast-grep", self.ast_grep), ("ripgrep", self.ripgrep)):
            said.append(f"no {name}" if path is None else _version([path, "--version"]))
        return ", ".join(said)


def _version(command: Command) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return " ".join(re.findall(r"\S+", done.stdout)[:2])


def install(folder: Path) -> Others:
    """Install what is wanted and not there yet. What has no wheel for this system is left out, and named on stderr."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--only-binary", ":all:"]
    for package in WANTED:
        done = subprocess.run([*pip, package], capture_output=True, text=True, check=False)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["pip does not say why"])[-1]
            print(f"{package} could not be installed: {why}", file=sys.stderr)
    return there(folder)


def there(folder: Path) -> Others:
    """What is there already: in the folder, else on the PATH; libcst at least beside this Python."""
    places = os.pathsep.join((str(folder / "bin"), os.environ.get("PATH", os.defpath)))
    ast_grep, ripgrep = (shutil.which(name, path=places) for name in ("ast-grep", "rg"))
    python = folder / "bin" / "python"
    return Others(
        python if python.exists() else Path(sys.executable),
        Path(ast_grep) if ast_grep else None,
        Path(ripgrep) if ripgrep else None,
        next(folder.glob("lib/python*/site-packages"), None),
    )
